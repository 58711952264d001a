"""`openbell compare`: two runs, and the cause of every difference."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.failure import DIFFERENT, Wrong
from openbell.cli.shell.options import Choose, Data, Json, Until
from openbell.cli.shell.output import say, say_json, tell
from openbell.cli.shell.study import Html
from openbell.words import counted

if TYPE_CHECKING:
    from openbell.report.compare import Difference
    from openbell.report.study import Page
    from openbell.run.assemble import Prepared
    from openbell.run.source import Source
    from openbell.run.study.compare import Compared

EXAMPLES = """
openbell compare runs/live my.yaml --data bars     a live state against a backtest over the recorded bars
openbell compare runs/a runs/b                     two states
openbell compare one.yaml other.yaml --json        two files over their sources; exit code 4 where they differ
"""
SHOWN = 20
"""Differences listed for people; the page has more, --json all of them."""
_ON_PAGE = 1000

Left = Annotated[Path, typer.Argument(metavar="LEFT", help="State directory or file of one run.", show_default=False)]
Right = Annotated[Path, typer.Argument(metavar="RIGHT", help="The same of the other.", show_default=False)]
Tolerance = Annotated[
    str | None,
    typer.Option(
        "--tolerance",
        metavar="TIME",
        help="Furthest that one order may be decided apart in both, such as 5m; default: three bars.",
        show_default=False,
    ),
]


def compare(
    left: Left,
    right: Right,
    data: Data = None,
    source: Choose = None,
    until: Until = None,
    tolerance: Tolerance = None,
    html: Html = None,
    as_json: Json = False,
) -> int:
    """Compare two runs: data, timing, price, fee, rejection or state; 4 if they differ."""
    from openbell.cli.shell.begin import Asked, begin
    from openbell.cli.shell.options import parse_until
    from openbell.run.study.compare import compared
    from openbell.schema import parse_span

    for path in (left, right):
        if not path.exists():
            raise Wrong(f"{path} does not exist", "name a state directory, or a configuration file")
    try:
        span = parse_span(tolerance) if tolerance is not None else None
    except ValueError as error:
        raise Wrong(f"--tolerance: {error}", "write it like 5m") from None
    end = parse_until(until) if until else None

    def load(path: Path) -> "tuple[Prepared, Source]":
        return begin(Asked(file=path, data=data, choose=source, until=end))

    found = compared(left, right, load, span)
    report = _write(html, found)
    if as_json:
        say_json(_data(found) | {"report": report})
    else:
        for line in _lines(found):
            say(line)
        if report:
            say(f"Report: {report}")
    return DIFFERENT if found.differences else 0


def _data(found: "Compared") -> dict[str, object]:
    from openbell.report.figures import utc

    return {
        "verb": "compare",
        "left": found.left.name,
        "right": found.right.name,
        "is_equal": not found.differences,
        "same_configuration": found.configurations,
        "same_code": found.codes,
        "signals": [len(found.left.signals), len(found.right.signals)],
        "orders": [len(found.left.orders), len(found.right.orders)],
        "equity_end": [found.left.equity, found.right.equity],
        "counts": found.counts,
        "differences": [
            {
                "cause": one.cause, "ts": utc(one.ts), "deployment": one.deployment, "instrument": one.instrument,
                "what": one.what, "left": _told(one, one.left), "right": _told(one, one.right),
            }
            for one in found.differences
        ],
    }  # fmt: skip


def _told(one: "Difference", side: str) -> str:
    """Return one side of a difference, instants as times."""
    from openbell.report.figures import utc

    return str(utc(int(side))) if one.what.startswith(("instant", "moment")) else side


def _lines(found: "Compared") -> list[str]:
    from openbell.report.figures import utc

    lines = [
        f"{word:6} {one.name}: {counted(len(one.orders), 'order')}, equity {_equity(one.equity)}"
        for word, one in (("Left", found.left), ("Right", found.right))
    ]
    if not found.configurations:
        lines.append("The configurations differ.")
    if not found.codes:
        lines.append("The code differs.")
    if not found.differences:
        return [*lines, "Equal: no difference over the time that both cover."]
    lines.append(", ".join(f"{count:,} {cause}" for cause, count in found.counts.items() if count))
    for one in found.differences[:SHOWN]:
        whose = " ".join(filter(None, (one.deployment, one.instrument)))
        sides = f"{_told(one, one.left)} | {_told(one, one.right)}"
        lines.append(f"{utc(one.ts)} {one.cause:<9} {whose}: {one.what}: {sides}")
    more = len(found.differences) - SHOWN
    return [*lines, f"and {more:,} more (--json has all)"] if more > 0 else lines


def _equity(equity: dict[str, str]) -> str:
    return ", ".join(f"{name} {amount}" for name, amount in equity.items())


def _write(place: Path | None, found: "Compared") -> str | None:
    """Write the page where one was asked for, and return where it is."""
    from openbell.report.study import write_page

    if place is None:
        return None
    try:
        write_page(place, _page(found))
    except OSError as error:
        tell(f"note: the report could not be written: {error}")
        return None
    return str(place)


def _page(found: "Compared") -> "Page":
    from openbell.report import plots
    from openbell.report.figures import utc
    from openbell.report.sections import Tile
    from openbell.report.sheet import Picture
    from openbell.report.study import Page, table

    bars = [plots.Column(cause, float(n), f"{cause}: {n:,}", "even") for cause, n in found.counts.items()]
    rows = [
        (
            utc(one.ts) or "", one.cause, one.deployment, one.instrument, one.what, _told(one, one.left),
            _told(one, one.right),
        )
        for one in found.differences[:_ON_PAGE]
    ]  # fmt: skip
    names = ["Time", "Cause", "Deployment", "Instrument", "What", "Left", "Right"]
    return Page(
        title=f"{found.left.name} and {found.right.name}",
        study="COMPARE",
        is_synthetic=False,
        about="Every difference of two runs over the time that both cover, with its cause",
        tiles=[
            Tile(
                "Differences",
                f"{len(found.differences):,}",
                "equal" if not found.differences else "each with one cause",
            ),
            Tile("Orders left", f"{len(found.left.orders):,}", _equity(found.left.equity)),
            Tile("Orders right", f"{len(found.right.orders):,}", _equity(found.right.equity)),
        ],
        pictures=[Picture("Differences by cause", "", plots.columns("Differences by cause", bars))],
        tables=[table("Differences", names, [], rows)],
        facts=[
            ("Same configuration", "yes" if found.configurations else "no"),
            ("Same code", "yes" if found.codes else "no"),
        ],
        note=f"The first {_ON_PAGE:,} differences are listed.",
    )
