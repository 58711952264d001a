"""Orders and positions for a program: one client of a run that trades what it is told.

The run has a deployment of `strategy: {kind: manual}`. An order goes through the run's local socket into its loop like
any operator's word: it is recorded, passes every limit, and its stop and target rest beside it.
"""

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from openbell.core.codes import Code, label
from openbell.core.events import Command
from openbell.core.order import Order
from openbell.core.types import OrderType, Side, Status, Tif
from openbell.parts.strategies.manual import Wish
from openbell.report.orders import ALL, Orders
from openbell.report.performance import Figure
from openbell.run import giving
from openbell.run import state as states
from openbell.run.asked import unready
from openbell.run.clock import WallClock
from openbell.run.money import in_money
from openbell.run.reading import fold, read_book
from openbell.run.records import first_event, parse_spec
from openbell.schema import parse_decimal

KIND = "manual"
OrderSide = Side


class OrderStatus(StrEnum):
    """How an order stands."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"


STATUS = {
    Status.NEW: OrderStatus.PENDING,
    Status.SENT: OrderStatus.PENDING,
    Status.UNKNOWN: OrderStatus.PENDING,
    Status.WORKING: OrderStatus.SUBMITTED,
    Status.REPLACING: OrderStatus.SUBMITTED,
    Status.CANCELLING: OrderStatus.SUBMITTED,
    Status.PARTIAL: OrderStatus.PARTIALLY_FILLED,
    Status.FILLED: OrderStatus.FILLED,
    Status.CANCELLED: OrderStatus.CANCELLED,
    Status.REJECTED: OrderStatus.REJECTED,
    Status.EXPIRED: OrderStatus.FAILED,
}
"""What the engine's own word for a status is called here; one that is not answered is pending, never failed."""


class PositionSide(StrEnum):
    """Direction of a holding."""

    LONG = "LONG"
    SHORT = "SHORT"


class UnknownOrder(KeyError):
    """A run has no order of this id, or one so old that only its journal knows it."""


class OrderRequest(msgspec.Struct, kw_only=True):
    """An order to be sent, with the protection of what it buys.

    Attributes:
        symbol: Instrument. side: BUY or SELL. quantity: Units, positive; a float counts as it is printed.
        order_type: How. tif: For how long.
        limit_price, stop_price: Quote currency, for the types that have them.
        stop_loss, take_profit: Prices at which the holding is left, quote currency; one fill takes the other back.
        order_id: Of the run, once it was sent; empty before.
    """

    symbol: str
    side: Side
    quantity: Decimal | int | float
    order_type: OrderType = OrderType.MARKET
    tif: Tif = Tif.GTC
    limit_price: float | None = None
    stop_price: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    order_id: str = ""


class OrderManager:
    """Sends orders to a run and tells how they stand.

    Attributes:
        state: Directory of the run. deployment: Who trades them.
    """

    def __init__(self, state: str | Path, deployment: str = "") -> None:
        """Speak to a run; `deployment` is needed where several take orders by hand.

        Raises:
            NoState: There is no state. ValueError: It has no deployment of this kind, or several and none is named.
        """
        self.state = states.existing(Path(state))
        spec = parse_spec(first_event(states.journal(self.state)))
        found = [name for name, one in spec.deployments.items() if one.strategy == KIND]
        if deployment not in (found if len(found) > 1 else ["", *found]) or not found:
            what = f"deployments that take orders: {', '.join(found) or 'none'}"
            raise ValueError(f"{self.state} has {what}; a file names one with strategy: {{kind: {KIND}}}")
        self.deployment = deployment or found[0]
        self._spec = spec
        self._clock = WallClock()

    def submit_order(self, order: OrderRequest) -> tuple[bool, str]:
        """Send an order and return whether it was sent, and in words what became of it.

        False means that nothing was sent: no engine runs, or a limit refused it. What was sent has its `order_id`.
        """
        wrong = self._wrong(order)
        if wrong:
            return False, wrong
        try:
            wish = Wish(
                symbol=order.symbol, side=order.side, qty=parse_decimal(order.quantity), type=order.order_type,
                tif=order.tif, limit=order.limit_price, stop=order.stop_price, stop_loss=order.stop_loss,
                take_profit=order.take_profit,
            )  # fmt: skip
        except ValueError as error:
            return False, str(error)
        reply = self._give(wish)
        if not reply.get("ok"):
            return False, str(reply.get("error"))
        sent = reply["orders"]
        if not sent:
            return False, ", ".join([reply["code"], *reply["told"], *self._unready(reply["code"])])
        order.order_id = sent[0]
        return True, ", ".join([OrderStatus.SUBMITTED, *reply["told"]])

    def cancel_orders(self, symbol: str) -> tuple[bool, str]:
        """Take back the entry that works in a symbol; what is held keeps its protection."""
        reply = self._give(Wish(symbol=symbol, side=Side.BUY, qty=Decimal(0)))
        return bool(reply.get("ok")), str(reply.get("error") or "asked for")

    def get_order_status(self, order_id: str) -> OrderStatus:
        """Return how an order stands.

        Raises:
            UnknownOrder: The run has none of this id.
        """
        return STATUS[self.get_order(order_id).status]

    def get_order(self, order_id: str) -> Order:
        """Return all that is known of an order.

        Its ids, instants and executions, and the code of its error.

        Raises:
            UnknownOrder: The run has none of this id.
        """
        with in_money():
            found = read_book(states.journal(self.state)).book.truth.orders.get(order_id)
        if found is None:
            raise UnknownOrder(f"{self.state} has no order {order_id!r}; openbell orders lists them")
        return found

    def get_statistics(self) -> dict[str, Figure]:
        """Return what became of all orders of the run; `report.orders.KEYS` names the figures."""
        told = Orders()
        with in_money():
            book, _ = fold(states.journal(self.state), beside=(told.watch,))
            return told.figures(book)[ALL]

    def _unready(self, code: str) -> list[str]:
        """Return in words what keeps the account from taking risk, where an order was refused for that."""
        if code != label(Code.NOT_READY):
            return []
        book = read_book(states.journal(self.state)).book
        return unready(book, self._spec.deployments[self.deployment].account)

    def _wrong(self, order: OrderRequest) -> str:
        """Return what cannot be meant, empty for nothing; where prices stand to each other is the venue's to judge."""
        known = self._spec.deployments[self.deployment].instruments
        if order.symbol not in known:
            return f"{order.symbol} is not traded; {self.deployment} trades {', '.join(known)}"
        if order.quantity <= 0:
            return f"quantity {order.quantity} is not above 0"
        needs = {
            "limit_price": (order.limit_price, (OrderType.LIMIT, OrderType.STOP_LIMIT)),
            "stop_price": (order.stop_price, (OrderType.STOP, OrderType.STOP_LIMIT)),
        }
        for name, (px, types) in needs.items():
            if (px is not None) != (order.order_type in types):
                word = "needs" if px is None else "has no"
                return f"an order of type {order.order_type} {word} {name}"
        worst, best = (order.stop_loss, order.take_profit)[:: 1 if order.side is Side.BUY else -1]
        if worst is not None and best is not None and worst >= best:
            return f"stop_loss {order.stop_loss} and take_profit {order.take_profit} are the wrong way round"
        return ""

    def _give(self, wish: Wish) -> dict[str, Any]:
        change = msgspec.json.encode(wish).decode()
        command = Command(
            ts=0, id=giving.new_id(self._clock), kind="order", actor="program", scope=f"deployment:{self.deployment}",
            change=change,
        )  # fmt: skip
        reply = giving.over_socket(self.state, command)
        return reply or {"ok": False, "error": f"no engine runs {self.state}, and an order does not wait; start it"}


class Position:
    """A holding by itself: what it is worth at a price, and whether it is left there.

    A run's own positions are protected at the venue and need nobody to look; `openbell.connect(state).positions()`
    tells them.
    """

    def __init__(
        self, symbol: str, quantity: Decimal | int, side: PositionSide, entry_price: float,
        stop_loss: float | None = None, take_profit: float | None = None,
    ) -> None:  # fmt: skip
        """Hold `quantity` units since `entry_price`; prices in quote currency."""
        self.symbol = symbol
        self.side = side
        self.entry_price = Decimal(str(entry_price))
        self.stop_loss, self.take_profit = _exact(stop_loss), _exact(take_profit)
        self.price = self.highest = self.lowest = self.entry_price
        self._sign = 1 if side is PositionSide.LONG else -1
        self.quantity = Decimal(quantity)

    def update_price(self, price: float) -> None:
        """Take a price; the highest and the lowest are kept."""
        self.price = Decimal(str(price))
        self.highest, self.lowest = max(self.highest, self.price), min(self.lowest, self.price)

    @property
    def unrealized_pnl(self) -> Decimal:
        """Profit at the latest price before fees, quote currency."""
        return self._sign * self.quantity * (self.price - self.entry_price)

    def check_exit_conditions(self) -> tuple[bool, str]:
        """Return whether the latest price leaves the holding, and why.

        That is stop_loss, take_profit or nothing.
        """
        gone = self._sign * self.price
        if self.stop_loss is not None and gone <= self._sign * self.stop_loss:
            return True, "stop_loss"
        if self.take_profit is not None and gone >= self._sign * self.take_profit:
            return True, "take_profit"
        return False, ""


def _exact(px: float | None) -> Decimal | None:
    return None if px is None else Decimal(str(px))
