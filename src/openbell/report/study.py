"""The page of a study: figures, warnings, plots and tables in one file.

It opens without a network.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from openbell.files import SHARED, write_whole
from openbell.report.html import asset, template
from openbell.report.sections import Column, Table, Tile
from openbell.report.sheet import Picture


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a study tells.

    Attributes:
        title: Of the run that was studied. study: What was done with it, such as SWEEP.
        is_synthetic: True where the prices were invented.
        about: What was asked, in a sentence. warnings: What a reader must know before believing a figure.
        tiles, pictures, tables: What was found. facts: Names and values of how it was found.
        note: How the figures are to be read.
    """

    title: str
    study: str
    is_synthetic: bool
    about: str
    warnings: Sequence[str] = ()
    tiles: Sequence[Tile] = ()
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    facts: Sequence[tuple[str, str]] = ()
    note: str = ""


def write_page(path: Path, page: Page) -> None:
    """Write a page as one HTML file, replacing an older one in one step.

    Raises:
        OSError: The file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, render(page).encode(), mode=SHARED)


def render(page: Page) -> str:
    """Return a page as HTML; nothing in it is fetched from anywhere."""
    from markupsafe import Markup

    pictures = [one._replace(svg=Markup(one.svg)) for one in page.pictures if one.svg]  # noqa: S704  # texts are escaped where they are drawn
    style = Markup(asset("report.css"))  # noqa: S704  # our own file
    return template("study.html.j2").render(page=page, pictures=pictures, style=style)


def table(label: str, texts: Sequence[str], numbers: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table whose first columns are texts and whose further ones are numbers."""
    columns = [Column(name, is_number=False) for name in texts] + [Column(name, is_number=True) for name in numbers]
    return Table(label, tuple(columns), [tuple(row) for row in rows])
