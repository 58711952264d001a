"""A file with its source, ready to be tried."""

from pathlib import Path

from openbell.cli.shell.begin import Asked, begin
from openbell.run.assemble import Prepared
from openbell.run.source import Source


def began(folder: Path, text: str) -> tuple[Prepared, Source]:
    """Return the run of a file and its source."""
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return begin(Asked(file=path))
