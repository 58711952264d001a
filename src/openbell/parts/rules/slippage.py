"""Watches how much worse than at arrival each order is executed."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Alert
from openbell.core.events import Fill
from openbell.core.monitor import Hold
from openbell.core.order import Order
from openbell.core.risk import HOLD, NOTHING, WARN, cents
from openbell.parts.rules._limits import reached, stage_params
from openbell.schema import LimitShare, PartConfig, Stage, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D40", "every fill", "alerts; holds the strategy", "founding documents"
APPLIES = "none"
HEARS = (Fill,)


class Config(PartConfig):
    """Options: `limit`, a share of what was paid at which the strategy is held.

    `warn`, one that alerts, or `off`; `warn_ticks`, so many ticks that alert as well, 0 for none.
    """

    limit: LimitShare = parse_fraction("2%")
    warn: Stage = parse_fraction("0.5%")
    warn_ticks: int = Field(default=0, ge=0)


class Facts(NamedTuple):
    """What it is told of one order, in 1e-8.

    By how much it was worse than at arrival, what it came to, and what one tick of it is worth.
    """

    worse: int
    paid: int
    tick: int = 0


def look_back(book: Book, order: Order) -> Facts:
    """Return what one order came to."""
    trades = book.truth.conduct[order.deployment].trades
    trade = next((one for one in reversed(trades) if one.order == order.index), None)
    if trade is None:
        return Facts(0, 0)
    instrument = book.instrument(order.instrument)
    tick = instrument.value(trade.qty, instrument.tick_at(order.arrival))
    return Facts(cents(trade.slippage), cents(trade.paid), cents(tick))


def params(config: Config) -> tuple[int, ...]:
    """Return both shares as numerators and denominators, then the ticks."""
    return (*config.limit.as_integer_ratio(), *stage_params(config.warn), config.warn_ticks)


def stage(params: tuple[int, ...], facts: Facts) -> int:
    """Return how far the limit has been passed."""
    if reached(facts.worse, facts.paid, (params[0], params[1])):
        return HOLD
    is_far = params[4] > 0 and facts.worse > params[4] * facts.tick
    return WARN if is_far or reached(facts.worse, facts.paid, (params[2], params[3])) else NOTHING


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when the limit is reached."""
    return int(Code.SLIPPAGE) if stage(params, facts) == HOLD else 0


def hear(params: tuple[int, ...], book: Book, fill: Fill) -> Iterator[Hold | Alert]:
    """Alert, or hold the strategy that got the fill."""
    order = book.truth.orders.get(fill.oid)
    if order is None:
        return
    found = stage(params, look_back(book, order))
    words = f"{order.instrument} was executed at {fill.px:f}, the mark was {order.arrival:f}"
    if found == HOLD:
        yield Hold(scope=f"deployment:{order.deployment}", reason=words)
    elif found == WARN:
        yield Alert(level="warning", key=f"slippage/{order.deployment}", text=f"{order.deployment}: {words}")


def text(config: Config) -> str:
    """Return the rule in words."""
    early = "" if config.warn is None else f", with an alert from {format_fraction(config.warn)} on"
    early += f", and beyond {config.warn_ticks} ticks" if config.warn_ticks else ""
    return f"a strategy executed {format_fraction(config.limit)} worse than at arrival is held{early}"
