"""What the Alpaca front writes down: every order, every execution, positions and cash."""

from decimal import Decimal

import msgspec

from openbell.core.types import E8, ZERO, div

OPEN = frozenset({"accepted", "new", "partially_filled", "held", "pending_new", "pending_cancel", "pending_replace"})
"""States of an order that can still execute."""


class Record(msgspec.Struct, kw_only=True):
    """One order, for ever.

    Attributes:
        id, client_order_id: Ours and the client's. symbol to extended_hours: As asked for; `qty` is the total.
        status: In the vendor's words. filled, value: Units executed, and what they cost (USD, positive).
        created to replaced_at: UTC ns, 0 for never. replaced_by, replaces: Its neighbours after a change.
        group, role, parent, legs: Of an order with legs: its group, its part in it, and the ids of the others.
        size, worked: Units put to work at the exchange, and executed there since; what was filled before a change is
            in neither.
        hwm: Best price since a trailing stop was taken, USD.
        due: When the auction begins that it waits for, or its day ends, UTC ns; 0 for none that is known.
    """

    id: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    tif: str
    order_class: str
    qty: Decimal | None
    notional: Decimal | None
    limit: Decimal | None
    stop: Decimal | None
    trail_price: Decimal | None
    trail_percent: Decimal | None
    extended_hours: bool
    intent: str
    created: int
    updated: int
    size: Decimal = ZERO
    worked: Decimal = ZERO
    status: str = "accepted"
    filled: Decimal = ZERO
    value: Decimal = ZERO
    filled_at: int = 0
    expired_at: int = 0
    canceled_at: int = 0
    failed_at: int = 0
    replaced_at: int = 0
    replaced_by: str = ""
    replaces: str = ""
    group: str = ""
    role: str = ""
    parent: str = ""
    legs: list[str] = []
    hwm: Decimal | None = None
    due: int = 0

    @property
    def is_open(self) -> bool:
        """True while it can execute."""
        return self.status in OPEN

    @property
    def leaves(self) -> Decimal:
        """Units that can still execute."""
        return self.size - self.worked if self.is_open else ZERO

    @property
    def average(self) -> Decimal | None:
        """Average price of its executions, USD; None before the first."""
        return div(self.value, self.filled, E8) if self.filled else None


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One execution.

    Attributes:
        id: UUID. order, symbol, side, qty, px: What was done; `qty` is positive, `px` in USD.
        total, leaves: Units of the order executed behind it, and still to come. time: UTC ns.
        held: Signed units of the position behind it. is_last: It was the order's last one.
        supersedes: Id of the execution that this one corrects, or takes back where `is_bust`; empty for a trade.
    """

    id: str
    order: str
    symbol: str
    side: str
    qty: Decimal
    px: Decimal
    total: Decimal
    leaves: Decimal
    time: int
    held: Decimal
    is_last: bool
    supersedes: str = ""
    is_bust: bool = False


class Position(msgspec.Struct, kw_only=True):
    """A position: signed units and what they cost, USD with the same sign."""

    qty: Decimal = ZERO
    cost: Decimal = ZERO

    def trade(self, qty: Decimal, px: Decimal) -> None:
        """Change it by signed units at a price, USD."""
        closed = min(abs(qty), abs(self.qty)) if qty * self.qty < 0 else ZERO
        sign = 1 if qty > 0 else -1
        if closed:
            self.cost -= div(self.cost * closed, abs(self.qty), E8)
        self.qty += qty
        self.cost += sign * (abs(qty) - closed) * px

    @property
    def average(self) -> Decimal:
        """Average price of its entries, USD; 0 while flat."""
        return div(self.cost, self.qty, E8) if self.qty else ZERO


class Books(msgspec.Struct, kw_only=True):
    """Orders by id and by the client's id, executions, positions by symbol, cash in USD.

    Attributes:
        live: Those of the orders that can execute, and some that have just ended. groups: Orders with legs, by group.
    """

    cash: Decimal
    orders: dict[str, Record] = {}
    by_client: dict[str, Record] = {}
    executions: list[Execution] = []
    holdings: dict[str, Position] = {}
    live: dict[str, Record] = {}
    groups: dict[str, list[Record]] = {}

    def add(self, record: Record) -> None:
        """Take an order down."""
        self.orders[record.id] = self.live[record.id] = record
        self.by_client[record.client_order_id] = record
        if record.group:
            self.groups.setdefault(record.group, []).append(record)

    def held(self, symbol: str) -> Decimal:
        """Return the signed units of a position."""
        holding = self.holdings.get(symbol)
        return holding.qty if holding is not None else ZERO

    def trade(self, symbol: str, qty: Decimal, px: Decimal) -> None:
        """Book signed units at a price, USD."""
        holding = self.holdings.setdefault(symbol, Position())
        holding.trade(qty, px)
        self.cash -= qty * px
        if not holding.qty:
            del self.holdings[symbol]

    def open_orders(self, symbol: str = "") -> list[Record]:
        """Return the orders that can execute, of one symbol or of all, oldest first."""
        self.live = {name: one for name, one in self.live.items() if one.is_open}
        return [one for one in self.live.values() if symbol in ("", one.symbol)]

    def family(self, record: Record) -> list[Record]:
        """Return the other orders of an order's group."""
        return [one for one in self.groups.get(record.group, []) if one is not record]
