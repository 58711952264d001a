"""The way from the loop to a line; in a dry run only questions pass."""

from collections.abc import Callable
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.types import Status, require


class Door:
    """The way from the loop to a line: what a line cannot know of the book is looked up here."""

    def __init__(self, line: Any, book: Book) -> None:
        """Hand effects on `book` to `line`."""
        self._line = line
        self._book = book

    def send(self, effect: fx.Effect, ts: int) -> None:
        """Hand an effect decided at `ts` (ns) on.

        An order that is sent again is written out from the book.
        """
        self._line.send(again(self._book, effect) if isinstance(effect, fx.Resend) else effect, ts)


def again(book: Book, resend: fx.Resend) -> fx.Submit:
    """Return the order that is to be sent once more, under its own id."""
    order = book.truth.orders[resend.oid]
    require(order.status is Status.SENT and order.filled == 0, "an order that the venue knows is never sent again")
    fields = {name: getattr(order, name) for name in fx.Submit.__struct_fields__ if name not in ("passed", "seen")}
    return fx.Submit(**fields)


class DryDoor:
    """A wall before a line: questions pass, every order is answered with no at once."""

    def __init__(self, line: Any, tell: Callable[[list[ev.Event]], None]) -> None:
        """Hand questions to `line`; `tell` takes the answers to everything else."""
        self._line = line
        self._tell = tell

    def send(self, effect: fx.Effect, ts: int) -> None:
        """Hand a question decided at `ts` (ns) on; an order is answered and goes nowhere."""
        if isinstance(effect, fx.Query):
            self._line.send(effect, ts)
        elif isinstance(effect, fx.Submit):
            no = ev.OrderUpdate(
                ts=ts, account=effect.account, oid=effect.oid, happening="rejected", time=ts, code=Code.DRY_RUN
            )
            self._tell([no])
