"""Strategies that do what the script says: a digit in the bar's volume names the wish.

The volume is `digit of the first deployment + 16 * digit of the second`. Some digits depend on what the strategy
remembers, so that lost or altered memory shows in its orders.
"""

import math
from array import array
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.strategy import FreeStrategy, StockStrategy
from openbell.core.types import NS, OrderType, Tif

STOCK_TARGETS = {1: 0.0, 2: 1.0, 3: -1.0, 4: 0.5, 5: -0.5, 6: 1.0, 9: 0.25, 14: 5000.0}
SECOND = 256
"""How much higher the digit of a second wish with the same bar stands."""
AGAIN, FLIP, WARMING, REBALANCE, RAISE = 0, 7, 8, 6, 15


class Config(msgspec.Struct, frozen=True):
    """Place of this deployment's digit: 1 for the first, 16 for the second."""

    place: int


def digit_of(volume: float, place: int) -> int:
    """Return a deployment's digit of a bar's volume."""
    return int(volume) // place % 16


def _step(state: Any, params: Any, row: Any) -> tuple[float, int]:
    state.q[0] += 1
    digit = digit_of(row.volume, int(params[0]))
    if digit == RAISE:
        raise ValueError("the strategy fell over")
    if digit == WARMING or (not state.q[1] and digit in (AGAIN, FLIP)):
        return math.nan, Code.WARMING_UP
    target = state.d[0]
    if digit == FLIP:
        target = -target if target else 1.0
    elif digit in STOCK_TARGETS:
        target = STOCK_TARGETS[digit]
    state.d[0], state.q[1] = target, 1
    if digit == REBALANCE:
        return target, Code.REBALANCE
    return target, Code.SIGNAL_FLAT if target == 0 else Code.SIGNAL_LONG if target > 0 else Code.SIGNAL_SHORT


def stock(place: int) -> StockStrategy:
    """Return the stock strategy that reads the digit at `place`."""
    layout = (("target", "f8", 1), ("bars", "i8", 1), ("is_warm", "i8", 1))
    return StockStrategy(kind="obedient", layout=layout, params=array("d", [float(place)]), step=_step)


class State(msgspec.Struct):
    """What the free strategy remembers: bars, fills and quotes seen, its last target by instrument."""

    bars: int = 0
    fills: int = 0
    quotes: int = 0
    last: dict[str, float] = {}


WISHES: dict[int, tuple[float, OrderType, float, Tif]] = {
    1: (0.0, OrderType.MARKET, 0.0, Tif.GTC),
    2: (1.0, OrderType.MARKET, 0.0, Tif.GTC),
    3: (-1.0, OrderType.MARKET, 0.0, Tif.GTC),
    4: (1.0, OrderType.LIMIT, -0.002, Tif.GTC),
    5: (-1.0, OrderType.LIMIT, 0.002, Tif.GTC),
    6: (1.0, OrderType.STOP, 0.002, Tif.GTC),
    8: (1.0, OrderType.LIMIT, 0.001, Tif.IOC),
    10: (0.5, OrderType.MARKET, 0.0, Tif.GTC),
    11: (1.0, OrderType.LIMIT, 0.001, Tif.FOK),
    12: (0.5, OrderType.LIMIT, -0.001, Tif.DAY),
    13: (-0.5, OrderType.STOP_LIMIT, -0.002, Tif.GTC),
    14: (5000.0, OrderType.MARKET, 0.0, Tif.GTC),
}
TIMED = 9
QUOTED = {1: 0.0, 2: 1.0, 3: -1.0, 10: 0.5}


def _decide(config: Config, state: State, bar: Any, view: Any) -> list[Any]:
    state.bars += 1
    first, second = digit_of(bar.volume, config.place), digit_of(bar.volume, config.place * SECOND)
    return _wish(state, bar, first) + (_wish(state, bar, second) if second else [])


def _wish(state: State, bar: Any, digit: int) -> list[Any]:
    if digit == RAISE:
        raise ValueError("the strategy fell over")
    if digit == TIMED:
        return [fx.SetTimer(deployment="", name=bar.instrument, at=bar.ts + 7 * NS)]
    if digit == FLIP:
        target = -state.last.get(bar.instrument, -1.0) or 1.0
        state.last[bar.instrument] = target
        return [fx.Intent(instrument=bar.instrument, target=target, reason=Code.SIGNAL_LONG)]
    if digit not in WISHES:
        return []
    target, kind, away, tif = WISHES[digit]
    state.last[bar.instrument] = target
    limit = bar.close * (1 + away) if kind in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None
    stop = bar.close * (1 + away) if kind in (OrderType.STOP, OrderType.STOP_LIMIT) else None
    is_moved = kind is not OrderType.MARKET
    return [
        fx.Intent(instrument=bar.instrument, target=target, reason=Code.SIGNAL_LONG, type=kind, limit=limit, stop=stop,
                  tif=tif, rebalance=is_moved)
    ]  # fmt: skip


def _decide_bracketed(config: Config, state: State, bar: Any, view: Any) -> list[Any]:
    """As `_decide`, with a stop and a target at prices of its own; some wishes are for one unit at most."""
    wishes = _decide(config, state, bar, view)
    digit = digit_of(bar.volume, config.place)
    return [_bracket(wish, bar.close, digit) if isinstance(wish, fx.Intent) else wish for wish in wishes]


def _bracket(wish: fx.Intent, close: float, digit: int) -> fx.Intent:
    sign = 1 if wish.target > 0 else -1
    px = wish.limit or wish.stop or close
    qty = Decimal(1) if digit in (FLIP, 10) else None
    return replace(wish, qty=qty, stop_loss=px * (1 - sign * 0.01), take_profit=px * (1 + sign * 0.008))


def _on_timer(config: Config, state: State, timer: Any, view: Any) -> list[Any]:
    state.last[timer.name] = 0.0
    return [fx.Intent(instrument=timer.name, target=0.0, reason=Code.SIGNAL_FLAT)]


def _on_quote(config: Config, state: State, quote: Any, view: Any) -> list[Any]:
    """Read the wish from the size of the bid, as from a bar's volume."""
    state.quotes += 1
    target = QUOTED.get(digit_of(quote.bid_size, config.place))
    if target is None:
        return []
    state.last[quote.instrument] = target
    return [fx.Intent(instrument=quote.instrument, target=target, reason=Code.SIGNAL_LONG)]


def _on_fill(config: Config, state: State, fill: Any, view: Any) -> list[Any]:
    state.fills += 1
    return []


def free(place: int, decide: Any = _decide, on_quote: Any = _on_quote) -> FreeStrategy:
    """Return the free strategy that reads the digit at `place`."""
    return FreeStrategy(
        kind="obedient_free", config=Config(place), state=State, state_type=State, decide=decide, on_timer=_on_timer,
        on_fill=_on_fill, on_quote=on_quote,
    )  # fmt: skip


def bracketed(place: int) -> FreeStrategy:
    """Return the one whose wishes bring stop and target along."""
    return free(place, _decide_bracketed, None)
