"""Trades two instruments against each other when their prices have moved apart.

The spread is the logarithm of the first price less `beta` times that of the second, counted in standard deviations
from its mean. Far above, it sells the first and buys the second; far below, the other way round; it leaves both when
the spread has come back. It needs `short: true` and both legs of one size. Where a protective order has closed one
leg it leaves the other too, and waits until the spread has come back once.
"""

import msgspec
from pydantic import Field, model_validator

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.events import Bar
from openbell.core.fmath import log
from openbell.core.strategy import View
from openbell.parts.indicators.stdev import mean, spread
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars of both; `entry` and `exit` in standard deviations; `beta`.

    The exit is below the entry.
    """

    period: int = Field(default=60, ge=2)
    entry: float = Field(default=2.0, gt=0)
    exit: float = Field(default=0.5, ge=0)
    beta: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> "Config":
        if self.exit >= self.entry:
            raise ValueError(f"exit ({self.exit:g}) must be below entry ({self.entry:g})")
        return self


class State(msgspec.Struct):
    """Memory of the strategy.

    Attributes:
        closes, stamps: Latest close and its instant (ns) by instrument.
        spreads: Of the last `period` instants that had a bar of both, oldest first.
        side: 1 long the first and short the second, -1 the other way round, 0 flat.
        had_both: Both legs have been held since the entry. waits: No entry before the spread has come back.
    """

    closes: dict[str, float] = {}
    stamps: dict[str, int] = {}
    spreads: list[float] = []
    side: int = 0
    had_both: bool = False
    waits: bool = False


def decide(config: Config, state: State, bar: Bar, view: View) -> list[Intent]:
    """Take one bar; at the second one of an instant return the wishes for both legs."""
    if len(view.instruments) != 2:
        raise ValueError(f"pairs trades two instruments, not {len(view.instruments)}")
    first, second = view.instruments
    state.closes[bar.instrument], state.stamps[bar.instrument] = bar.close, bar.ts
    if state.stamps.get(first) != state.stamps.get(second):
        return []
    state.spreads.append(log(state.closes[first]) - config.beta * log(state.closes[second]))
    if len(state.spreads) < config.period:
        return []
    state.spreads = state.spreads[-config.period :]
    before, state.side = state.side, _side(config, state, view)
    if state.side == before:
        return []
    state.had_both = False
    return [_leg(first, state.side), _leg(second, -state.side)]


def _side(config: Config, state: State, view: View) -> int:
    middle = mean(state.spreads, 0, config.period)
    wide = spread(state.spreads, 0, config.period, middle)
    apart = (state.spreads[-1] - middle) / wide if wide > 0.0 else 0.0
    if abs(apart) <= config.exit:
        state.waits = False
    held = [bool(view.qty(symbol)) for symbol in view.instruments]
    state.had_both = state.had_both or (state.side != 0 and all(held))
    if state.had_both and not all(held):
        state.waits = True
    if state.waits:
        return 0
    if abs(apart) >= config.entry:
        return -1 if apart > 0.0 else 1
    return 0 if abs(apart) <= config.exit else state.side


def _leg(symbol: str, side: int) -> Intent:
    reason = Code.SIGNAL_FLAT if side == 0 else Code.SIGNAL_LONG if side > 0 else Code.SIGNAL_SHORT
    return Intent(instrument=symbol, target=float(side), reason=reason)
