"""What the Binance front writes down.

Every order, every trade, lists of orders, and coins.
"""

from decimal import Decimal

import msgspec

from openbell.core.types import ZERO
from openbell.wire.binance.peg import Peg

OPEN = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW"})
"""States of an order that can still execute."""


class Record(msgspec.Struct, kw_only=True):
    """One order, for ever.

    Attributes:
        id, client_id: Ours and the client's. symbol to strategy_type: As asked for; `qty` is the total.
        status: In the vendor's words. filled, value: Units executed, and what they cost in quote currency.
        created, updated: UTC ns. worked: When it went to work, UTC ns; -1 while it has not.
        list_id, role: Of an order in a list: its list, and working, pending, above or below; else -1 and empty.
        is_live: The exchange holds it. best: Best price since a trailing order was taken.
        cancelled_by: The client's id of the cancel. expiry: Why it expired.
        peg: What its price hangs on. is_rest: Its size is what the order before it brings.
        is_sor: What it took at once was allotted to it from several books.
    """

    id: int
    client_id: str
    symbol: str
    side: str
    type: str
    tif: str
    qty: Decimal
    quote_qty: Decimal | None
    price: Decimal | None
    stop: Decimal | None
    trail: int | None
    iceberg: Decimal | None
    stp: str
    strategy_id: int | None
    strategy_type: int | None
    created: int
    updated: int
    worked: int = -1
    status: str = "NEW"
    filled: Decimal = ZERO
    value: Decimal = ZERO
    list_id: int = -1
    role: str = ""
    is_live: bool = False
    best: Decimal | None = None
    cancelled_by: str = ""
    expiry: str = ""
    executions: int = 0
    peg: Peg | None = None
    is_rest: bool = False
    is_sor: bool = False

    @property
    def oid(self) -> str:
        """Its name at the exchange."""
        return str(self.id)

    @property
    def is_open(self) -> bool:
        """True while it can execute."""
        return self.status in OPEN

    @property
    def leaves(self) -> Decimal:
        """Units that can still execute."""
        return self.qty - self.filled if self.is_open else ZERO


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One execution: `qty` positive, `px` in quote currency, `commission` in `asset`.

    `time` in UTC ns. One that was allotted has no `id` (-1) but an `allotted` one.
    """

    id: int
    order: int
    list_id: int
    symbol: str
    px: Decimal
    qty: Decimal
    commission: Decimal
    asset: str
    time: int
    is_buyer: bool
    is_maker: bool
    allotted: int = -1


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was made smaller: names and units before and behind it, `time` in UTC ns."""

    id: int
    order: int
    name: str
    new_name: str
    qty: Decimal
    new_qty: Decimal
    time: int


class OrderList(msgspec.Struct, kw_only=True):
    """Orders that belong together.

    Attributes:
        kind: OCO, OTO or OTOCO; one whose exits take what is bought is called OTO.
        orders: Their ids. time: Of the last change, UTC ns. is_done: None of them is open.
    """

    id: int
    client_id: str
    kind: str
    symbol: str
    orders: list[int]
    time: int
    is_done: bool = False


class Books(msgspec.Struct, kw_only=True):
    """Orders, trades, allotments, amendments and lists by id, and the units held of each coin.

    Attributes:
        live: Those of the orders that can execute, and some that have just ended. last: Highest id of an order.
        by_name: The last order of each client id: an ended one's may be used again.
    """

    coins: dict[str, Decimal]
    orders: dict[int, Record] = {}
    by_name: dict[tuple[str, str], Record] = {}
    trades: list[Trade] = []
    allotted: list[Trade] = []
    lists: dict[int, OrderList] = {}
    amendments: list[Amendment] = []
    live: dict[int, Record] = {}
    last: int = 0

    def add(self, record: Record) -> None:
        """Take an order down."""
        self.orders[record.id] = self.live[record.id] = record
        self.last = record.id
        self.by_name[record.symbol, record.client_id] = record

    def open_orders(self, symbol: str = "") -> list[Record]:
        """Return the orders that can execute, of one symbol or of all, oldest first."""
        self.live = {name: one for name, one in self.live.items() if one.is_open}
        return [one for one in self.live.values() if symbol in ("", one.symbol)]

    def family(self, record: Record) -> list[Record]:
        """Return the other orders of an order's list."""
        found = self.lists.get(record.list_id)
        return [self.orders[name] for name in found.orders if name != record.id] if found is not None else []

    def trades_of(self, order: int) -> list[Trade]:
        """Return an order's executions."""
        return [trade for trade in (*self.allotted, *self.trades) if trade.order == order]
