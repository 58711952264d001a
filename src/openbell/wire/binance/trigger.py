"""Orders that wait for the price: on which side, how far, and whether it has come."""

from decimal import Decimal

from openbell.core.types import div
from openbell.wire.binance.books import Record
from openbell.wire.binance.ticket import Ticket

_BASIS = Decimal(10_000)


def waits_above(order: Record | Ticket) -> bool:
    """Return True for an order whose trigger lies above the price."""
    return (order.side == "BUY") == order.type.startswith("STOP_LOSS")


def is_reached(record: Record, low: Decimal, high: Decimal) -> bool:
    """Return True if prices between these two trigger an order."""
    if record.stop is None:
        return False
    return high >= record.stop if waits_above(record) else low <= record.stop


def follow(record: Record, low: Decimal, high: Decimal, tick: Decimal) -> None:
    """Keep a trailing order's trigger its distance behind the best price between these two.

    It only ever comes nearer.
    """
    if record.trail is None:
        return
    is_above = waits_above(record)
    px = low if is_above else high
    best = record.best or px
    record.best = min(best, px) if is_above else max(best, px)
    distance = div(record.best * record.trail, _BASIS, tick)
    moved = record.best + distance if is_above else record.best - distance
    record.stop = moved if record.stop is None else (min if is_above else max)(record.stop, moved)
