"""`openbell trades`: trades and fills of a run for other programs."""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.shell.output import say, say_json

EXAMPLES = """
openbell trades export --out trades.csv                     every closed trade of the run written last
openbell trades export runs/a --fills --format json         every fill as JSON, to standard output
"""
EXPORT_EXAMPLES = """
openbell trades export                       closed trades as CSV to standard output
openbell trades export --out trades.csv      into a file
openbell trades export --fills --out f.csv   every fill with its order's and the venue's ids
openbell trades export --out trades.json     a list of objects
"""
FORMATS = ("csv", "json")
PLAIN = ("is_exit", "bars", "duration_s", "mae", "mfe")
"""Columns that are no text in JSON."""
Fills = Annotated[bool, typer.Option("--fills", help="Fills instead of closed trades.")]
Form = Annotated[
    str | None,
    typer.Option("--format", metavar="csv|json", help="Default: as FILE ends, else csv.", show_default=False),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Default: standard output.", show_default=False)
]


def export(
    word: StateWord = None,
    state: StateOption = None,
    fills: Fills = False,
    form: Form = None,
    out: Out = None,
    as_json: Json = False,
) -> int:
    """Write out every closed trade or every fill of a run's whole life."""
    from openbell.cli.shell.place import chosen
    from openbell.report import tabular
    from openbell.run import state as states
    from openbell.run.reading import fold

    form = form or ("json" if out is not None and out.suffix == ".json" else "csv")
    if form not in FORMATS:
        raise Wrong(f"--format: {form!r} is not known", f"known: {', '.join(FORMATS)}")
    if as_json and out is None:
        raise Wrong("--json prints one object, and the rows would come between", "add --out FILE")
    folder = chosen(word, state)
    _, recorder = fold(states.journal(folder), keeps_all=True)
    head, rows = (
        (tabular.FILLS, list(tabular.fills(recorder))) if fills else (tabular.TRADES, list(tabular.trades(recorder)))
    )
    if out is None:
        _write(sys.stdout, form, head, rows)
        return 0
    part = out.with_name(out.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        _write(file, form, head, rows)
    part.replace(out)
    if as_json:
        say_json({"state": str(folder), "rows": len(rows), "columns": list(head), "format": form, "out": str(out)})
    else:
        say(f"{len(rows):,} {'fills' if fills else 'trades'} of {folder} written to {out}")
    return 0


def _write(file: TextIO, form: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if form == "json":
        told = ({name: _value(name, text) for name, text in zip(head, row, strict=True)} for row in rows)
        json.dump(list(told), file, ensure_ascii=False, indent=1)
        file.write("\n")
        return
    table = csv.writer(file, lineterminator="\n")
    table.writerow(head)
    table.writerows(rows)


def _value(name: str, text: str) -> object:
    """Return a column's text as what it is: money and units stay exact text."""
    return json.loads(text) if name in PLAIN else text
