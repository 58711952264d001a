"""What the plain venue writes down: every order, every execution, positions and cash.

It is the truth that tests compare with; an engine sees only what frames tell it.
"""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.core.codes import Code
from openbell.core.types import ZERO

OPEN = ("working", "partial")
"""States of an order that can still execute."""
WORDS = {
    Code.OK: "",
    Code.OFF_LOT: "off_lot",
    Code.OFF_TICK: "off_tick",
    Code.UNKNOWN_ORDER: "unknown_symbol",
    Code.TOO_LATE: "too_late",
    Code.NO_LIQUIDITY: "no_liquidity",
    Code.NO_AUCTION: "no_auction",
    Code.SESSION_END: "session_end",
    Code.OCO: "group",
    Code.DUPLICATE_ID: "duplicate_cid",
    Code.WOULD_INCREASE: "would_increase",
}
"""Reason words of the protocol."""


def word(code: int) -> str:
    """Return the protocol's word for a reason of the exchange.

    A client's own reasons mean `by_request`.
    """
    return WORDS.get(Code(code), "by_request")


class Record(msgspec.Struct, kw_only=True):
    """One order, from its acceptance for ever.

    Attributes:
        cid, order: The client's id and the venue's. symbol to group: As submitted; quantity and prices in force now.
        epoch: Lease epoch it came under. state: working, partial, filled, cancelled or expired.
        filled: Units executed. code: Why it ended. time, changed: Accepted and last changed, UTC ns.
        amends: Changes carried out.
    """

    cid: str
    order: str
    symbol: str
    side: str
    qty: Decimal
    type: str
    tif: str
    limit: Decimal | None
    stop: Decimal | None
    trail: Decimal | None
    reduce_only: bool
    group: str
    epoch: int
    time: int
    changed: int
    state: str = "working"
    filled: Decimal = ZERO
    code: str = ""
    amends: int = 0

    @property
    def is_open(self) -> bool:
        """True while it can execute."""
        return self.state in OPEN


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One execution, correction or bust.

    Attributes:
        n: Number, from 1, without gaps. exec, order, cid: Ids; `cid` is empty for a trade by hand.
        symbol, side, qty, px, fee, currency: What was done.
        time: UTC ns. is_maker: The order was resting.
        corrects: `exec` that this one replaces, empty for none. is_bust: It is taken back without replacement.
    """

    n: int
    exec: str
    order: str
    cid: str
    symbol: str
    side: str
    qty: Decimal
    px: Decimal
    fee: Decimal
    currency: str
    time: int
    is_maker: bool = False
    corrects: str = ""
    is_bust: bool = False


class Books(msgspec.Struct, kw_only=True):
    """Orders by client id, executions in order, signed positions, cash by currency."""

    orders: dict[str, Record] = {}
    executions: list[Done] = []
    positions: dict[str, Decimal] = {}
    cash: dict[str, Decimal] = {}

    def book(self, done: Done, value: Decimal) -> None:
        """Write an execution down; `value` is its signed worth in its currency.

        Positive for a buy.
        """
        self.executions.append(done)
        self.move(done.symbol, done.qty if done.side == "buy" else -done.qty)
        self.cash[done.currency] = self.cash.get(done.currency, ZERO) - value - done.fee

    def move(self, symbol: str, qty: Decimal) -> None:
        """Change a position by signed units."""
        held = self.positions.get(symbol, ZERO) + qty
        self.positions.pop(symbol, None)
        if held:
            self.positions[symbol] = held

    def latest(self, exec_id: str) -> Done | None:
        """Return the execution that now stands under an id; None if it was busted or never was."""
        found: Done | None = None
        for done in self.executions:
            if done.exec == exec_id:
                found = done
            elif found is not None and done.corrects == found.exec:
                found = None if done.is_bust else done
        return found

    def open_orders(self) -> list[Record]:
        """Return the orders that can execute, oldest first."""
        return [record for record in self.orders.values() if record.is_open]


def order_frame(record: Record) -> dict[str, Any]:
    """Return an order as the protocol writes it."""
    return {
        "cid": record.cid, "order": record.order, "symbol": record.symbol, "side": record.side,
        "qty": record.qty, "type": record.type, "tif": record.tif, "limit": record.limit, "stop": record.stop,
        "trail": record.trail, "reduce_only": record.reduce_only, "group": record.group, "state": record.state,
        "filled": record.filled, "code": record.code, "time": record.changed,
        "amends": record.amends,
    }  # fmt: skip


def execution_frame(done: Done) -> dict[str, Any]:
    """Return an execution as the protocol writes it."""
    return {
        "n": done.n, "exec": done.exec, "order": done.order, "cid": done.cid, "symbol": done.symbol,
        "side": done.side, "qty": done.qty, "px": done.px, "fee": done.fee, "currency": done.currency,
        "time": done.time, "maker": done.is_maker, "corrects": done.corrects, "bust": done.is_bust,
    }  # fmt: skip


def listed(records: list[Record], *, is_nested: bool) -> list[dict[str, Any]]:
    """Return open orders as the protocol lists them.

    Of a group only the oldest stands in the list; the others are its `legs`, and are told only to those who ask.
    """
    heads: dict[str, dict[str, Any]] = {}
    found = []
    for record in records:
        frame = order_frame(record)
        if record.group and record.group in heads:
            if is_nested:
                heads[record.group].setdefault("legs", []).append(frame)
            continue
        heads[record.group] = frame
        found.append(frame)
    return found
