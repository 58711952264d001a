"""Asking for a whole account: executions first, then orders, coins. Pure."""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.core import events as ev
from openbell.core.types import NS, ZERO
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.listing import Listing
from openbell.edges.brokers.fields import mapping, number, text, whole
from openbell.edges.brokers.mail import Asked
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.snapshot import Step

OVERLAP_NS = 60 * NS
"""Executions so long before the last one known are asked for again, where no number of one is known yet."""
FEE_COIN = frozenset({"BNB"})
"""In which an account may pay all its fees."""
MOST_NAMES = 20_000
"""Orders that are kept at most."""
_MS = NS // 1000


class Memory(msgspec.Struct, kw_only=True):
    """What outlives a connection.

    Attributes:
        after: Executions before this instant (UTC ns) are not asked for. offset: The venue's clock less ours, ns.
        is_apart: As in `Clocks`. deaf: As in `Hearing`.
        next: By symbol, the number from which on executions are not known.
        orders: Our latest orders by our id: symbol, side, type and the name that the order has now.
        names: Ours by symbol and the venue's number. listings: What the venue trades, by symbol.
    """

    after: int
    offset: int = 0
    is_apart: bool = False
    deaf: int = 0
    next: dict[str, int] = {}
    orders: dict[str, Body] = {}
    names: dict[str, str] = {}
    listings: dict[str, Listing] = {}

    def learn(self, order: Body) -> None:
        """Note an order as it stands now: after a change it has another name.

        Raises:
            OutcomeUnknown: A field is missing, or is not what it should be.
        """
        name = text(order, "clientOrderId")
        kept = {field: text(order, field) for field in ("symbol", "side", "type")}
        self.orders[codec.oid_of(name)] = kept | {"clientOrderId": name}
        if "orderId" in order:
            self.names[f"{kept['symbol']}/{whole(order, 'orderId')}"] = codec.oid_of(name)
        for known in (self.orders, self.names):
            if len(known) > MOST_NAMES:
                del known[next(iter(known))]


class Parts:
    """The parts of one answer."""

    def __init__(self, account: str, symbols: tuple[str, ...], memory: Memory) -> None:
        """Read answers about the account that we call so, and about what it does in `symbols`."""
        self.account = account
        self._symbols = symbols
        self._memory = memory
        self._as_of = 0
        self._left: list[str] = []
        self._trades: list[Body] = []
        self._next: dict[str, int] = {}
        self._orders: list[Body] = []

    def begin(self, now: int) -> Request:
        """Forget what was told and return the first part to ask for at `now` (ns)."""
        self._as_of = now
        self._left, self._trades, self._orders = list(self._symbols), [], []
        self._next = dict(self._memory.next)
        return self._executions()

    def _executions(self) -> Request:
        symbol = self._left[0]
        first = self._next.get(symbol)
        since = max(self._memory.after - OVERLAP_NS, 0) // _MS
        where: Body = {"startTime": since} if first is None else {"fromId": first}
        body = {"symbol": symbol, **where, "limit": codec.PAGE}
        return codec.ask("executions", f"{codec.V3}/myTrades", body)

    def told(self, asked: Asked, body: Any) -> Step:
        """Take the next part.

        Raises:
            OutcomeUnknown: It is not what was asked for.
        """
        return getattr(self, f"_told_{asked.request.op}")(asked, body)  # type: ignore[no-any-return]  # one of ours

    def _told_executions(self, asked: Asked, body: Any) -> Step:
        found, symbol = codec.rows(body), self._left[0]
        self._trades += found
        if found:
            self._next[symbol] = max(whole(row, "id") for row in found) + 1
        if len(found) < codec.PAGE:
            self._left.pop(0)
        return ([], self._executions()) if self._left else self._resolve()

    def _resolve(self) -> Step:
        """Ask whose an execution is, or go on where all of them have a name."""
        for row in self._trades:
            symbol, number_ = text(row, "symbol"), whole(row, "orderId")
            if f"{symbol}/{number_}" not in self._memory.names:
                return [], codec.ask("named", codec.ORDER, {"symbol": symbol, "orderId": number_})
        found: list[ev.Event] = []
        for row in self._trades:
            oid = self._memory.names[f"{text(row, 'symbol')}/{whole(row, 'orderId')}"]
            fill = codec.execution(row, self.account, oid)
            self._memory.after = max(self._memory.after, fill.time)
            found.append(fill)
        # Known from now on: what was listed and not told, because the question was given up, is asked for again.
        self._memory.next = dict(self._next)
        self._trades, self._left = [], list(self._symbols)
        return found, self._open_orders()

    def _told_named(self, asked: Asked, body: Any) -> Step:
        self._memory.learn(mapping(body))
        return self._resolve()

    def _open_orders(self) -> Request:
        if self._left:
            return codec.ask("orders", f"{codec.V3}/openOrders", {"symbol": self._left[0]})
        return codec.ask("cash", f"{codec.V3}/account", {"omitZeroBalances": "true"})

    def _told_orders(self, asked: Asked, body: Any) -> Step:
        # From here on it is a state: not later than this was asked.
        if len(self._left) == len(self._symbols):
            self._as_of = asked.sent
        self._orders += codec.rows(body)
        self._left.pop(0)
        return [], self._open_orders()

    def _told_cash(self, asked: Asked, body: Any) -> Step:
        coins = balances(mapping(body))
        listings = [self._memory.listings[symbol] for symbol in self._symbols if symbol in self._memory.listings]
        bases = {one.base: one.symbol for one in listings}
        # Fees may be taken in the vendor's own coin, which is money then unless it is traded here.
        quotes = {one.quote for one in listings} | (FEE_COIN - set(bases))
        for order in self._orders:
            self._memory.learn(order)
        state = ev.BrokerState(
            ts=0,
            account=self.account,
            orders=tuple(codec.listed(order) for order in self._orders),
            positions={bases.get(coin, coin): units for coin, units in coins.items() if coin not in quotes},
            cash={coin: coins.get(coin, ZERO) for coin in sorted(quotes)},
            as_of=self._as_of,
        )
        return [state], None


def balances(account: Body) -> dict[str, Decimal]:
    """Return the units of each coin that an account holds, bound ones included.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    found = codec.rows(account.get("balances"))
    held = {text(row, "asset"): number(row, "free") + number(row, "locked") for row in found}
    return {coin: units for coin, units in held.items() if units}
