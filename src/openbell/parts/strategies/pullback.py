"""Buys a rising instrument a little below the market with a limit order.

It sells when the rise has ended.

A free strategy: while the close stands above its average it bids `discount` below the close, moves the bid up when
the market has run away from it by twice that, and leaves when the close falls under the average.
"""

import msgspec
from pydantic import Field

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.events import Bar
from openbell.core.strategy import View
from openbell.core.types import OrderType, as_float
from openbell.parts.indicators.ema import follow
from openbell.schema import Fraction, PartConfig, parse_fraction


class Config(PartConfig):
    """Options: `period` of the average in bars, at least 1; `discount`.

    The discount is the fraction below the close at which it bids.
    """

    period: int = Field(default=50, ge=1)
    discount: Fraction = parse_fraction("0.2%")


class Tracked(msgspec.Struct):
    """What is remembered of one instrument.

    Average and last bid in quote currency (0 for none), bars seen.
    """

    average: float = 0.0
    bid: float = 0.0
    bars: int = 0


class State(msgspec.Struct):
    """Memory of the strategy: by instrument."""

    tracked: dict[str, Tracked] = {}


def decide(config: Config, state: State, bar: Bar, view: View) -> list[Intent]:
    """Take one bar; return the wish for its instrument, if there is one."""
    mine = state.tracked.setdefault(bar.instrument, Tracked(average=bar.close))
    mine.average = follow(mine.average, bar.close, config.period)
    mine.bars += 1
    if mine.bars < config.period:
        return []
    if bar.close <= mine.average:
        had_bid, mine.bid = mine.bid > 0.0, 0.0
        if view.qty(bar.instrument) or had_bid:
            return [Intent(instrument=bar.instrument, target=0.0, reason=Code.SIGNAL_FLAT, rebalance=had_bid)]
        return []
    if view.qty(bar.instrument):
        return []
    discount = as_float(config.discount)
    bid = bar.close * (1.0 - discount)
    if mine.bid and bid <= mine.bid * (1.0 + 2.0 * discount):
        return []
    mine.bid = bid
    return [
        Intent(
            instrument=bar.instrument,
            target=1.0,
            reason=Code.SIGNAL_LONG,
            type=OrderType.LIMIT,
            limit=bid,
            rebalance=True,
        )
    ]
