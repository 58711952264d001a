"""Holds instruments at given weights, to which it brings them back once a period.

A weight is a share of a full position, so `per_position: 100%` makes it a share of the deployment's equity. Sales
come first; what is bought waits until they have filled. A limit on turnover shrinks all changes alike. Weights are
measured at prices in the account's currency without a multiplier, so it suits shares, funds and coins.
"""

from decimal import Decimal
from typing import Literal

import msgspec
from pydantic import Field

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.events import Bar
from openbell.core.strategy import View
from openbell.core.types import DAY_NS, as_float
from openbell.schema import Fraction, PartConfig, parse_fraction


class Config(PartConfig):
    """Options.

    Attributes:
        weights: Share of a full position by instrument, negative to be short; empty weighs all the same.
        every: Length of a period: month, week (from Monday) or session.
        max_turnover: Most that is bought and sold together at once, as a share of equity; 200% changes everything.
        band: Weights nearer to their goal than this are left alone.
        patience: Bars of its own that a purchase waits for sales that do not fill.
    """

    weights: dict[str, Fraction] = Field(default_factory=dict)
    every: Literal["month", "week", "session"] = "month"
    max_turnover: Fraction = Field(default=Decimal(2), gt=0)
    band: Fraction = Field(default=parse_fraction("0.5%"), ge=0, le=1)
    patience: int = Field(default=5, ge=1)


class State(msgspec.Struct):
    """Memory of the strategy.

    Attributes:
        period: Number of the period that was planned for, -1 before the first.
        goals: Weights still to be asked for, by instrument.
        sold: Units held when a sale was asked for, by instrument. waited: Bars that purchases have waited.
    """

    period: int = -1
    goals: dict[str, float] = {}
    sold: dict[str, str] = {}
    waited: int = 0


def decide(config: Config, state: State, bar: Bar, view: View) -> list[Intent]:
    """Take one bar; return the wish for its instrument where a change of it is due."""
    symbol = bar.instrument
    period = period_of(config.every, view.session(symbol)[1])
    if period > state.period:
        if any(view.close(name) is None for name in view.instruments):
            return []
        state.period, state.waited, state.sold = period, 0, {}
        state.goals = plan(config, view)
        return []
    if symbol not in state.goals or not _is_due(config, state, symbol, view):
        return []
    target = state.goals.pop(symbol)
    return [Intent(instrument=symbol, target=target, reason=Code.REBALANCE, rebalance=True)]


def plan(config: Config, view: View) -> dict[str, float]:
    """Return the weights to ask for, by instrument, within the limit on turnover."""
    now = {name: weight_of(view, name) for name in view.instruments}
    even = 1.0 / len(now)
    goals = {name: _goal(config, name, even) for name in now}
    changes = {name: goals[name] - now[name] for name in now if abs(goals[name] - now[name]) > as_float(config.band)}
    turnover = sum(abs(change) for change in changes.values())
    most = as_float(config.max_turnover)
    share = most / turnover if turnover > most else 1.0
    return {name: now[name] + share * change for name, change in changes.items()}


def weight_of(view: View, name: str) -> float:
    """Return what the deployment holds of an instrument, as a signed share of its equity."""
    equity, close = as_float(view.equity), view.close(name)
    return as_float(view.qty(name)) * close / equity if close is not None and equity > 0.0 else 0.0


def _goal(config: Config, name: str, even: float) -> float:
    return as_float(config.weights[name]) if name in config.weights else 0.0 if config.weights else even


def _is_due(config: Config, state: State, symbol: str, view: View) -> bool:
    now, goal = weight_of(view, symbol), state.goals[symbol]
    if abs(goal) < abs(now) and goal * now >= 0.0:
        state.sold[symbol] = str(view.qty(symbol))
        return True
    sales = [name for name in state.goals if name != symbol and abs(state.goals[name]) < abs(weight_of(view, name))]
    open_sales = [name for name, units in state.sold.items() if str(view.qty(name)) == units]
    state.waited += 1
    return not (sales or open_sales) or state.waited > config.patience


def period_of(every: str, close: int) -> int:
    """Return the number of a session's period; a session is dated by its close (ns)."""
    day = (close - 1) // DAY_NS
    if every == "month":
        return month_of(day)
    # Day 0, the first of January 1970, was a Thursday.
    return (day + 3) // 7 if every == "week" else day


def month_of(day: int) -> int:
    """Return how many months a day, counted from 1970-01-01, lies after January 1970."""
    # Years are counted from March on, so that the leap day is the last of its year.
    since = day + 719_468
    era = since // 146_097
    inside = since - era * 146_097
    year = (inside - inside // 1_460 + inside // 36_524 - inside // 146_096) // 365
    month = (5 * (inside - (365 * year + year // 4 - year // 100)) + 2) // 153
    return (era * 400 + year) * 12 + month + 2 - 1970 * 12
