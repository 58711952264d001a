"""`openbell orders`: what a run has ordered, from its journal alone."""

import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.shell.options import Json, StateOption, StateWord, shown_time
from openbell.cli.shell.output import headline_of, say, say_json

if TYPE_CHECKING:
    from openbell.core.book import Book
    from openbell.core.order import Order

EXAMPLES = """
openbell orders               open orders and the latest ended ones
openbell orders --open        open ones only
openbell orders --last 200 --json
"""
OpenOnly = Annotated[bool, typer.Option("--open", help="Only those that could still be executed.")]
Last = Annotated[int, typer.Option("--last", metavar="N", min=1, help="Ended orders to show; the book keeps 2000.")]


def orders(
    word: StateWord = None, state: StateOption = None, is_open: OpenOnly = False, last: Last = 20, as_json: Json = False
) -> int:
    """Show what a run has ordered, the newest first."""
    from openbell.cli.shell.place import chosen
    from openbell.cli.status import shown_mode
    from openbell.run import state as states
    from openbell.run.reading import read_book

    folder = chosen(word, state)
    read = read_book(states.journal(folder))
    book, mode = read.book, shown_mode(folder, read)
    newest = list(reversed(book.truth.orders.values()))
    working = [order for order in newest if order.is_open]
    ended = [] if is_open else list(islice((order for order in newest if not order.is_open), last))
    if as_json:
        say_json({
            "state": str(folder), "mode": mode, "seq": read.seq, "open": [as_data(order) for order in working],
            "ended": [as_data(order) for order in ended],
        })  # fmt: skip
        return 0
    say(headline_of(book, mode, sys.stdout))
    _table(f"=== OPEN ORDERS: {len(working)} ===", working, book)
    if not is_open:
        total = book.truth.counts.orders - len(working)
        _table(f"=== ENDED ORDERS: the latest {len(ended)} of {total:,} ===", ended, book)
    return 0


def as_data(order: "Order") -> dict[str, Any]:
    """Return an order for machines; numbers as text."""
    from openbell.report.figures import code_name, exact, utc

    prices = {
        name: None if value is None else exact(value)
        for name, value in (("limit", order.limit), ("stop", order.stop), ("trail", order.trail))
    }
    return {
        "oid": order.oid, "account": order.account, "deployment": order.deployment, "instrument": order.instrument,
        "side": str(order.side), "qty": exact(order.qty), "filled": exact(order.filled), "type": str(order.type),
        "tif": str(order.tif), **prices, "status": str(order.status), "reason": code_name(order.reason),
        "code": code_name(order.code) if order.code else None, "is_exit": order.reduce_only,
        "sent": utc(order.sent_ts), "changed": utc(order.changed_ts),
    }  # fmt: skip


def _table(title: str, rows: "list[Order]", book: "Book") -> None:
    from openbell.report.figures import code_label, price, quantity

    say(title)
    if not rows:
        say("  none")
        return
    cells = [("Sent", "Side", "Qty", "Symbol", "Kind", "Price", "Status", "Filled", "Why")]
    for order in rows:
        px = order.limit if order.limit is not None else order.stop
        cells.append((
            shown_time(order.sent_ts), str(order.side).upper(), quantity(order.qty), order.instrument,
            str(order.type), price(px, book.instrument(order.instrument)) if px is not None else "",
            str(order.status).upper(), quantity(order.filled),
            code_label(order.code) if order.code else code_label(order.reason),
        ))  # fmt: skip
    wide = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
    for row in cells:
        say("  " + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, wide, strict=True)).rstrip())
