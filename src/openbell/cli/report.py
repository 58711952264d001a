"""`openbell report`: what a run has earned and risked, from its journal alone."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.shell.output import headline_of, say, say_json

EXAMPLES = """
openbell report                        figures of the run written last, and a page that opens offline
openbell report runs/a --out a.html    the page goes elsewhere; the run may go on meanwhile
openbell report --pdf a.pdf --csv a.csv  the page printed, and a line for each trading day
openbell report --risk-free 2% --json  every figure as one object
openbell report --period day           the latest session: result, positions, risk, trades, health; day, week or month
openbell report --period week --on 2024-01-04
"""
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Default: report.html in the state.", show_default=False)
]
Pdf = Annotated[
    Path | None,
    typer.Option("--pdf", metavar="FILE", help="Print the page, too, by this machine's Chromium.", show_default=False),
]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="A line for each trading day.", show_default=False),
]
RiskFree = Annotated[
    str, typer.Option("--risk-free", metavar="PERCENT", help="Return a year that is free of risk: 2% or 0.02.")
]
PeriodWord = Annotated[
    str | None,
    typer.Option("--period", metavar="day|week|month", help="Of one of these, not the whole.", show_default=False),
]
OnDate = Annotated[
    str | None,
    typer.Option("--on", metavar="DATE", help="A date in it; default: the latest.", show_default=False),
]


def report(
    word: StateWord = None,
    state: StateOption = None,
    out: Out = None,
    pdf: Pdf = None,
    csv: Csv = None,
    risk_free: RiskFree = "0%",
    period: PeriodWord = None,
    on: OnDate = None,
    as_json: Json = False,
) -> int:
    """Write the tear sheet of a run: returns, risk, costs, trades; as page, text or JSON."""
    from openbell.cli.shell.place import chosen

    if period is not None:
        return _periodic(chosen(word, state), period, on or "", (pdf, csv), as_json=as_json)
    from openbell.cli.status import shown_mode
    from openbell.report import orders, rivals
    from openbell.report.daily import days_csv
    from openbell.report.html import per_year, write_report
    from openbell.report.metrics import summary
    from openbell.report.performance import performance
    from openbell.report.sheet import rolling, text_sheet, text_table
    from openbell.run import state as states
    from openbell.run.reading import Read, fold
    from openbell.run.records import first_event

    free = _fraction(risk_free)
    folder = chosen(word, state)
    genesis = first_event(states.journal(folder))
    sent, beside = orders.Orders(), rivals.Rivals()
    book, recorder = fold(states.journal(folder), beside=(sent.watch, beside.watch))
    mode = shown_mode(folder, Read(genesis=genesis, book=book, seq=0))
    told = summary(book, {"mode": mode, "rules": list(genesis.rules), "risk_free": free})
    figures = performance(recorder, book, free)
    became = sent.figures(book)
    place = out if out is not None else folder / "report.html"
    daily = beside.daily(book)
    summed = {**told, "of_orders": became, "of_rivals": daily}
    write_report(place, recorder, book, summed, book.truth.title or "openbell")
    written = _exported(place, pdf, csv, lambda: days_csv(recorder, book, daily))
    if as_json:
        each = rivals.figures(daily, per_year(recorder, book))
        rolled = {name: rolling(recorder.days(name)) for name in book.truth.accounts}
        say_json({**told, "state": str(folder), "report": str(place), "performance": figures, "of_orders": became,
                  "side_by_side": each, "rolling": rolled, **written})  # fmt: skip
        return 0
    say(headline_of(book, mode, sys.stdout))
    say(f"{told['first_ts'] or 'no market data yet'} to {told['last_ts'] or '-'}")
    say()
    say(text_sheet(figures))
    say()
    say(text_table(orders.table(became)))
    say()
    table = rivals.table(rivals.figures(daily, per_year(recorder, book)))
    if table is not None:
        say(text_table(table))
        say()
    say(f"Report: {place}")
    for name, file in written.items():
        say(f"{name.upper()}: {file}")
    return 0


def _exported(page: Path, pdf: Path | None, csv: Path | None, days: Callable[[], str]) -> dict[str, str]:
    """Write the page as a PDF and the days as CSV where they are asked for; return what was written.

    Raises:
        Wrong: It cannot be printed. OSError: It cannot be written.
    """
    from openbell.cli.shell.failure import Wrong
    from openbell.files import SHARED, write_whole
    from openbell.run.printing import CannotPrint, print_page

    written = {}
    if csv is not None:
        write_whole(csv, days().encode(), mode=SHARED)
        written["csv"] = str(csv)
    if pdf is not None:
        try:
            print_page(page, pdf, os.environ)
        except CannotPrint as error:
            raise Wrong(f"--pdf: {error}", error.advice) from None
        written["pdf"] = str(pdf)
    return written


def _periodic(folder: Path, kind: str, day: str, files: tuple[Path | None, Path | None], *, as_json: bool) -> int:
    """Write the report of a day, a week or a month.

    Raises:
        Wrong: There is no such period, or no session in it.
    """
    from openbell.cli.shell.failure import Wrong
    from openbell.report.digest import sections
    from openbell.report.rows import shown
    from openbell.report.sheet import text_table
    from openbell.run.money import in_money
    from openbell.run.periodic import report_of, write

    try:
        digest = report_of(folder, kind, day)
    except ValueError as error:
        raise Wrong(str(error), "openbell report --period day --on 2024-01-03") from None
    file = write(folder, digest)
    if files[1] is not None:
        raise Wrong("--csv: the days of a run stand in the report of its whole life", "leave --period out")
    written = _exported(file, files[0], None, str)
    with in_money():
        found = sections(digest)
    first, last = digest.period.first, digest.period.last
    if as_json:
        say_json(
            {
                "state": str(folder),
                "period": kind,
                "first": first,
                "last": last,
                "report": str(file),
                **written,
                **found,
            }
        )
        return 0
    say(headline_of(digest.book, digest.book.truth.mode, sys.stdout))
    say(f"{kind}: {first}" + (f" to {last}" if last != first else ""))
    for table in shown(found):
        say()
        say(text_table(table))
    say()
    say(f"Report: {file}")
    for place in written.values():
        say(f"PDF: {place}")
    return 0


def _fraction(text: str) -> float:
    """Return a share of one; the units are those of the configuration.

    Raises:
        Wrong: It is no percentage or fraction between -100 % and 100 %.
    """
    from openbell.cli.shell.failure import Wrong
    from openbell.schema import parse_fraction

    try:
        return float(parse_fraction(text))
    except ValueError as error:
        raise Wrong(f"--risk-free: {error}", "write it like 2% or 0.02") from None
