"""One request and its answer, apart from the sockets that carry them."""

from collections.abc import Callable
from typing import Any

import msgspec

from openbell.wire.alpaca.auction import Sessions
from openbell.wire.alpaca.data import Reader
from openbell.wire.alpaca.desk import Desk
from openbell.wire.alpaca.views import ACCOUNT_NUMBER
from openbell.wire.tape import Tape


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: names in the path, the query, the body or None, and when (UTC ns)."""

    path: dict[str, str] = {}
    query: dict[str, str] = {}
    body: Any = None
    now: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered; `body` None is an answer without one."""

    body: Any = None
    status: int = 200


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A call, and who answers it: `place` is what a fault script calls it."""

    act: "Act"
    place: str
    call: Call


class WatchList(msgspec.Struct, kw_only=True):
    """One list: its symbols in the order in which they were added; instants in UTC ns."""

    id: str
    name: str
    symbols: list[str]
    created: int
    updated: int


class House(msgspec.Struct, kw_only=True):
    """Everything that a question can be about.

    Attributes:
        desk, tape: The account, the prices. sessions: The exchange's hours between two instants (UTC ns).
        opened: When the doors opened, UTC ns. worth: (instant, equity in USD) of each minute since.
        number: Of the last trade told. watch_lists: By id. account: Its number.
    """

    desk: Desk
    tape: Tape
    sessions: Sessions
    opened: int
    worth: list[tuple[int, float]] = []
    number: int = 0
    watch_lists: dict[str, WatchList] = {}
    account: str = ACCOUNT_NUMBER

    @property
    def reader(self) -> Reader:
        """Who answers questions about prices."""
        return Reader(self.tape)


Act = Callable[[House, Call], Answer]
Route = tuple[str, str, Act]
