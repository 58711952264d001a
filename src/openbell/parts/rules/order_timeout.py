"""Cancels an entry that has been working for too long with nothing filled.

A market order to the simulated exchange waits for the next bar and not for a price, so it has no time-out there.
The time ends behind the bar that closes with it: what was traded within that bar still fills the order.
"""

from collections.abc import Iterator
from typing import NamedTuple

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Cancel, SetTimer, Submit
from openbell.core.events import Timer
from openbell.core.types import NS, OrderType, Status
from openbell.schema import PartConfig, Span, format_span

ID, WHEN, EFFECT, SOURCE = "D38", "timer", "cancels the order", "founding documents"
APPLIES = "none"
HEARS = (Submit, Timer)
NAME = "order_timeout"
_BEHIND = 1
"""Nanoseconds behind the end of its time: at one instant timers come before bars, which tell what was."""


class Config(PartConfig):
    """Options: `after`, how long an entry may work unfilled."""

    after: Span = 300 * NS


class Facts(NamedTuple):
    """What it is told: how long the order has been working in ns.

    And 1 if any of it was filled.
    """

    age: int
    is_filled: int


def params(config: Config) -> tuple[int, ...]:
    """Return the time in ns."""
    return (config.after,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when it has worked for as long without a fill."""
    return int(Code.ORDER_TIMEOUT) if facts.age >= params[0] and not facts.is_filled else 0


def hear(params: tuple[int, ...], book: Book, cause: Submit | Timer) -> Iterator[SetTimer | Cancel]:
    """Start the clock with an entry, and cancel it when the clock rings.

    What is in doubt is not touched.
    """
    if isinstance(cause, Submit):
        is_waiting = cause.type is not OrderType.MARKET or book.spec.accounts[cause.account].outside is not None
        if is_waiting and not cause.reduce_only:
            yield SetTimer(deployment="", name=f"{NAME}/{cause.oid}", at=book.truth.ts + params[0] + _BEHIND)
        return
    name, _, oid = cause.name.partition("/")
    order = book.truth.orders.get(oid)
    if name != NAME or cause.deployment or order is None or not order.is_open:
        return
    if not book.session(order.instrument).is_open:
        # Nothing works while the market is closed, and no venue answers a cancel: look again later.
        yield SetTimer(deployment="", name=cause.name, at=cause.ts + params[0])
    elif order.status is Status.WORKING and check(params, Facts(cause.ts - order.sent_ts, int(bool(order.filled)))):
        yield Cancel(oid=oid, account=order.account, reason=Code.ORDER_TIMEOUT)


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"an entry that works unfilled for {format_span(config.after)} is cancelled"
