"""Asking for a whole account: executions first, then orders, positions, cash. Pure."""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.core import events as ev
from openbell.edges.brokers.alpaca import codec, feed
from openbell.edges.brokers.fields import mapping, number, text
from openbell.edges.brokers.mail import Asked
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.snapshot import Step

MOST_ORDERS = 500
OVERLAP_NS = 60 * 1_000_000_000
"""Executions so long before the last one known are asked for again: what was late comes with them, once."""
MOST_UNHEARD = 3
"""Snapshots that may be cut off while the feed of corrections is asked; behind them it is asked rarely."""
LOOKS = 15
"""One snapshot in so many asks a feed again that was silent as often: it may have been a bad moment."""
MOST_NAMES = 20_000
"""Orders whose names are kept at most."""
MOST_CORRECTIONS = 1_000
"""Corrections that are kept at most."""


class Memory(msgspec.Struct, kw_only=True):
    """What outlives a connection.

    Attributes:
        after: Executions before this instant (UTC ns) are not asked for. offset: The venue's clock less ours, ns.
        is_apart: As in `Clocks`. deaf: As in `Hearing`.
        ids: The venue's id of each of the latest orders, by ours. names: Ours by the venue's. What is forgotten is
            asked after.
        unheard: How often in a row the feed of corrections gave no answer. is_refused: This account may not open it.
        looks: Snapshots so far. heard: Until when (UTC ns) its corrections are known; 0 before the first snapshot.
        corrections: Which of them were handed in, the oldest first: they are listed for a minute and more.
    """

    after: int
    offset: int = 0
    is_apart: bool = False
    deaf: int = 0
    ids: dict[str, str] = {}
    names: dict[str, str] = {}
    unheard: int = 0
    is_refused: bool = False
    looks: int = 0
    heard: int = 0
    corrections: dict[str, None] = {}

    @property
    def hears(self) -> bool:
        """True while the feed of corrections is worth asking."""
        return not self.is_refused and (self.unheard < MOST_UNHEARD or self.looks % LOOKS == 0)

    def hear(self, oid: str, venue_order: str) -> None:
        """Note an order that the venue spoke of; one that was changed since keeps its later id."""
        self.name(oid, venue_order)
        self.ids.setdefault(oid, venue_order)

    def learn(self, oid: str, venue_order: str) -> None:
        """Note how the venue calls an order now."""
        self.ids[oid] = venue_order
        self.name(oid, venue_order)

    def is_new(self, correction: str) -> bool:
        """Note a correction; return False for one that was handed in before."""
        if correction in self.corrections:
            return False
        self.corrections[correction] = None
        if len(self.corrections) > MOST_CORRECTIONS:
            del self.corrections[next(iter(self.corrections))]
        return True

    def name(self, oid: str, venue_order: str) -> None:
        """Note whose order the venue's is."""
        self.names[venue_order] = oid
        for known in (self.ids, self.names):
            if len(known) > MOST_NAMES:
                del known[next(iter(known))]


class Parts:
    """The parts of one answer."""

    def __init__(self, account: str, symbols: tuple[str, ...], memory: Memory) -> None:
        """Read answers about the account that we call so; `symbols` are written as we write them."""
        self.account = account
        self._symbols = {symbol.replace("/", ""): symbol for symbol in symbols}
        self._memory = memory
        self._as_of = 0
        self._since = 0
        self._until = 0
        self._listens = False
        self._rows: list[Body] = []
        self._orders: list[Body] = []
        self._positions: dict[str, Decimal] = {}

    def begin(self, now: int) -> Request:
        """Forget what was told and return the first part to ask for at `now` (ns)."""
        if self._listens:
            # The one before ended while it waited for the feed: a beta without which all else must go on.
            self._memory.unheard += 1
        self._as_of, self._rows, self._orders, self._listens = now, [], [], False
        self._until = now + self._memory.offset
        self._since = max(self._memory.after - OVERLAP_NS, 0)
        self._memory.looks += 1
        self._memory.heard = self._memory.heard or self._since
        return self._executions("")

    def _executions(self, token: str) -> Request:
        after = codec.stamp(self._since)
        more = {"page_token": token} if token else {}
        query = {"after": after, "direction": "asc", "page_size": str(codec.PAGE), **more}
        return codec.ask("executions", codec.ACTIVITIES, query)

    def told(self, asked: Asked, body: Any) -> Step:
        """Take the next part.

        Raises:
            OutcomeUnknown: It is not what was asked for.
        """
        return getattr(self, f"_told_{asked.request.op}")(asked, body)  # type: ignore[no-any-return]  # one of ours

    def _told_executions(self, asked: Asked, body: Any) -> Step:
        rows = codec.rows(body)
        self._rows += rows
        if len(rows) >= codec.PAGE:
            return [], self._executions(text(rows[-1], "id"))
        return self._resolve()

    def _resolve(self) -> Step:
        """Ask whose an execution is, or go on where all of them have a name."""
        unknown = next((row for row in self._rows if text(row, "order_id") not in self._memory.names), None)
        if unknown is not None:
            return [], codec.ask("named", f"{codec.ORDERS}/{text(unknown, 'order_id')}", {})
        found: list[ev.Event] = []
        for row in self._rows:
            fill = codec.execution(row, self.account, self._memory.names[text(row, "order_id")])
            self._memory.after = max(self._memory.after, fill.time)
            found.append(fill)
        self._rows = []
        self._listens = self._memory.hears
        # What was corrected while the feed was silent is told by its next answer.
        since = min(self._since, self._memory.heard)
        return found, feed.question(since, self._until) if self._listens else self._open_orders()

    def _told_corrections(self, asked: Asked, body: Any) -> Step:
        """Take what was corrected; whoever is refused the feed asks it no more, and goes on without."""
        self._listens = False
        if not isinstance(body, list):
            self._memory.is_refused = True
            return [], self._open_orders()
        self._memory.unheard, self._memory.heard = 0, self._until
        told = feed.corrected(codec.rows(body), self.account, self._memory.names)
        found: list[ev.Event] = [one for one in told if self._memory.is_new(one.exec_id)]
        return found, self._open_orders()

    def _open_orders(self) -> Request:
        query = {"status": "open", "limit": str(MOST_ORDERS), "direction": "asc"}
        return codec.ask("orders", codec.ORDERS, query)

    def _told_named(self, asked: Asked, body: Any) -> Step:
        order = mapping(body)
        self._memory.name(codec.name_of(order), text(order, "id"))
        return self._resolve()

    def _told_orders(self, asked: Asked, body: Any) -> Step:
        rows = codec.rows(body)
        # From here on it is a state: not later than this was asked.
        if not self._orders:
            self._as_of = asked.sent
        self._orders += rows
        if len(rows) >= MOST_ORDERS:
            query = {"status": "open", "limit": str(MOST_ORDERS), "direction": "asc"}
            query["after_order_id"] = text(rows[-1], "id")
            return [], codec.ask("orders", codec.ORDERS, query)
        return [], codec.ask("positions", "/v2/positions", {})

    def _told_positions(self, asked: Asked, body: Any) -> Step:
        self._positions = {}
        for row in codec.rows(body):
            symbol, qty = text(row, "symbol"), abs(number(row, "qty", codec.PLACES))
            sign = -1 if text(row, "side") == "short" else 1
            self._positions[self._symbols.get(symbol, symbol)] = sign * qty
        return [], codec.ask("cash", "/v2/account", {})

    def _told_cash(self, asked: Asked, body: Any) -> Step:
        account = mapping(body)
        for order in self._orders:
            self._memory.learn(codec.name_of(order), text(order, "id"))
        state = ev.BrokerState(
            ts=0,
            account=self.account,
            orders=tuple(codec.listed(order) for order in self._orders),
            positions=self._positions,
            cash={text(account, "currency"): number(account, "cash", codec.PLACES)},
            as_of=self._as_of,
        )
        return [state], None
