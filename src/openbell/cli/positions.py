"""`openbell positions`: what a run holds, from its journal alone."""

import sys

from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.shell.output import headline_of, say, say_json

EXAMPLES = """
openbell positions               what the run written last holds, with profit and totals
openbell positions runs/a --json
"""


def positions(word: StateWord = None, state: StateOption = None, as_json: Json = False) -> int:
    """Show what a run holds, at the latest prices its engine has seen."""
    from openbell.cli.shell.place import chosen
    from openbell.cli.status import shown_mode
    from openbell.core.execution import is_dust
    from openbell.report.figures import exact, utc
    from openbell.report.metrics import text_positions
    from openbell.run import state as states
    from openbell.run.reading import read_book

    folder = chosen(word, state)
    read = read_book(states.journal(folder))
    book, mode = read.book, shown_mode(folder, read)
    if not as_json:
        say(headline_of(book, mode, sys.stdout))
        say(text_positions(book))
        return 0
    rows = []
    for position in book.all_positions():
        if position.qty:
            instrument, mark = book.instrument(position.instrument), book.mark_px(position.instrument)
            rows.append({
                "account": position.account, "deployment": position.deployment, "instrument": position.instrument,
                "qty": exact(position.qty), "entry": exact(position.average(instrument)),
                "current": exact(mark) if mark is not None else None, "value": exact(position.value),
                "unrealised": exact(position.unrealised), "realised": exact(position.realised),
                "fees": exact(position.fees), "currency": instrument.currency, "opened": utc(position.opened_ts),
                "is_dust": is_dust(book, position),
            })  # fmt: skip
    say_json({"state": str(folder), "mode": mode, "seq": read.seq, "ts": utc(book.truth.ts), "positions": rows})
    return 0
