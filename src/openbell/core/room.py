"""Venues at which what rests for a holding keeps its units from every other exit.

One protective order stands there for a holding: its stop or, where it has none, its target. The price of a target
beside a stop is watched here instead. An exit takes back what rests and waits until the venue has confirmed that it is
gone; what waits is part of the truth, so that a crash loses no exit.
"""

from decimal import Decimal

import msgspec

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Cancel
from openbell.core.line import is_going
from openbell.core.order import Order
from openbell.core.position import Position
from openbell.core.types import ZERO, OrderType


def is_scarce(book: Book, position: Position) -> bool:
    """Return True if a holding's venue keeps what rests from every other exit."""
    return book.spec.accounts[position.account].caps.reserves


def exits(book: Book, position: Position) -> list[Order]:
    """Return the open orders that would reduce a holding."""
    return [
        order
        for order in book.pair_orders(position.deployment, position.instrument)
        if order.reduce_only and order.side.sign * position.qty < 0
    ]


def is_protective(order: Order) -> bool:
    """Return True for an order of the group that protects a holding."""
    return order.reduce_only and bool(order.oco) and order.type is not OrderType.MARKET


def is_target(order: Order) -> bool:
    """Return True for an order that takes the profit of a holding."""
    return is_protective(order) and order.type is OrderType.LIMIT and order.reason == Code.TAKE_PROFIT


def is_leaving(order: Order) -> bool:
    """Return True for an exit that is to execute now: at the market, or at its collar."""
    return order.reduce_only and order.type in (OrderType.MARKET, OrderType.LIMIT) and not is_target(order)


def resting(book: Book, position: Position) -> list[Order]:
    """Return the protective orders that could still execute for a holding."""
    return [o for o in exits(book, position) if is_protective(o)]


def cancels(book: Book, position: Position, qty: Decimal | None, reason: int) -> list[Cancel]:
    """Return what makes room for an exit of `qty` units (None for all).

    Nothing where that is under way.
    """
    before = position.leaving
    is_noted = before is not None and (before[0] == ZERO or qty is not None)
    return [
        Cancel(oid=order.oid, account=order.account, reason=reason, exit=qty or ZERO)
        for order in resting(book, position)
        if not (is_noted and is_going(book, order))
    ]


def unreserved(book: Book, position: Position, but: str) -> Position:
    """Return a holding as far as no exit keeps it back.

    The protective orders of the group `but` do not count.
    """
    busy = (o.leaves for o in exits(book, position) if o.oco != but or o.type is OrderType.MARKET)
    left = max(abs(position.qty) - sum(busy, ZERO), ZERO)
    return msgspec.structs.replace(position, qty=left if position.qty > 0 else -left)
