"""Holds a strategy whose executions drift away from the marks at which it sent orders."""

from collections.abc import Iterator
from typing import NamedTuple

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.conduct import Conduct
from openbell.core.events import Fill
from openbell.core.monitor import Hold
from openbell.core.risk import cents
from openbell.core.types import NS, ZERO
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, PartConfig, Span, format_fraction, format_span, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D5", "every fill", "holds the strategy", 'RTS 6 art. 15(1)(a) "over a period"'
APPLIES = "none"
HEARS = (Fill,)


class Config(PartConfig):
    """Options: `limit`, how much worse than at arrival, as a share of what was paid.

    `within`, the time counted.
    """

    limit: LimitShare = parse_fraction("1%")
    within: Span = 300 * NS


class Facts(NamedTuple):
    """What it is told, in 1e-8.

    By how much the latest orders were worse than at arrival, and what they came to.
    """

    worse: int
    paid: int


def look_back(conduct: Conduct, since: int) -> Facts:
    """Return the drift of all orders executed after `since` (ns)."""
    some = [trade for trade in conduct.trades if trade.ts > since]
    return Facts(cents(sum((t.slippage for t in some), ZERO)), cents(sum((t.paid for t in some), ZERO)))


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator, and the time in ns."""
    return (*config.limit.as_integer_ratio(), config.within)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when the drift is above the limit; exactly at it is allowed."""
    return int(Code.PRICE_DRIFT) if is_more(facts.worse, params[1], params[0], facts.paid) else 0


def hear(params: tuple[int, ...], book: Book, fill: Fill) -> Iterator[Hold]:
    """Hold the strategy that got the fill if its prices drift."""
    order = book.truth.orders.get(fill.oid)
    if order is not None and check(params, look_back(book.truth.conduct[order.deployment], fill.ts - params[2])):
        reason = f"executions drift by more than the limit, last {order.instrument} at {fill.px:f}"
        yield Hold(scope=f"deployment:{order.deployment}", reason=reason)


def text(config: Config) -> str:
    """Return the rule in words."""
    return (
        f"a strategy whose fills drift by over {format_fraction(config.limit)} in {format_span(config.within)} is held"
    )
