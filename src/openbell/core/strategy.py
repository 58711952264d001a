"""The authoring contract: what a strategy is and what it sees.

A *stock* strategy is `Config`, `STATE` and `step(state, params, row) -> (target, reason)`. Its state is two flat
arrays, so the compiled kernels run the very same function. A *free* strategy is `Config`, `State` and
`decide(config, state, bar, view) -> list[Intent | SetTimer | Ask]`, with optional `on_bars`, `on_quote`, `on_fill`,
`on_timer` and `on_answer`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from openbell.core.codes import Code
from openbell.core.effects import Ask, Intent, SetTimer
from openbell.core.events import Answer, Bar, Fill, Quote, Timer
from openbell.core.session import Session
from openbell.core.types import require

Wish = Intent | SetTimer | Ask
"""What a free strategy may return."""


class StockState(msgspec.Struct):
    """State of a stock strategy for one instrument.

    `d` holds its float64, `q` its int64 values.
    """

    d: array[float]
    q: array[int]


class Row(Protocol):
    """What `step` sees: a bar and the session it belongs to.

    Prices in quote currency and volume in units are floats, instants are ints in ns.
    """

    @property
    def open(self) -> float:
        """First price."""

    @property
    def high(self) -> float:
        """Highest price."""

    @property
    def low(self) -> float:
        """Lowest price."""

    @property
    def close(self) -> float:
        """Last price."""

    @property
    def volume(self) -> float:
        """Traded units."""

    @property
    def ts(self) -> int:
        """When the bar closed, ns."""

    @property
    def open_ts(self) -> int:
        """When the bar opened, ns."""

    @property
    def session_open(self) -> int:
        """When the session that the bar belongs to opened, ns."""

    @property
    def session_close(self) -> int:
        """When that session closes, ns."""


class SessionRow(msgspec.Struct, frozen=True, gc=False):
    """A bar and the session it belongs to, as `step` sees them.

    Attributes:
        open, high, low, close: Quote currency. volume: Traded units.
        ts, open_ts: When the bar closed and opened, ns. session_open, session_close: Bounds of its session, ns.
    """

    open: float
    high: float
    low: float
    close: float
    volume: float
    ts: int
    open_ts: int
    session_open: int
    session_close: int


def row_of(bar: Bar, session: Session) -> SessionRow:
    """Return a bar as a step sees it."""
    ts = bar.ts
    return SessionRow(
        bar.open, bar.high, bar.low, bar.close, bar.volume, ts, ts - bar.interval, session.open, session.close
    )


class Strength(StrEnum):
    """A signal's confidence in words."""

    NONE = "NONE"
    WEAK = "WEAK"
    MODERATE = "MODERATE"
    STRONG = "STRONG"


_MODERATE, _STRONG = 0.4, 0.7
"""Confidence from which on a signal is called so; one at its threshold has 0.5."""


def strength(confidence: float) -> Strength:
    """Return a confidence from 0 to 1 in words; NaN and 0 are none."""
    if not confidence > 0.0:
        return Strength.NONE
    if confidence < _MODERATE:
        return Strength.WEAK
    return Strength.MODERATE if confidence < _STRONG else Strength.STRONG


_NO_SIGNAL, _FLAT = int(Code.NO_SIGNAL), int(Code.SIGNAL_FLAT)
_LONG, _SHORT = int(Code.SIGNAL_LONG), int(Code.SIGNAL_SHORT)


def signal(target: float, before: float) -> int:
    """Return the code of a target: long, short or flat; no signal for the one of before."""
    if target == before:
        return _NO_SIGNAL
    if target == 0.0:
        return _FLAT
    return _LONG if target > 0.0 else _SHORT


Layout = tuple[tuple[str, str, int], ...]
"""`STATE` of a stock part: (name, "f8" or "i8", length) each."""


def layout_sizes(layout: Layout) -> tuple[int, int]:
    """Return how many float64 and int64 values a layout needs.

    Raises:
        InvariantError: A kind other than f8 and i8, or a length below one.
    """
    require(all(kind in ("f8", "i8") and length > 0 for _, kind, length in layout), "bad STATE")
    floats = sum(length for _, kind, length in layout if kind == "f8")
    return floats, sum(length for _, kind, length in layout if kind == "i8")


def fresh_state(layout: Layout) -> StockState:
    """Return an all-zero state for a layout.

    Arrays are never empty, so that kernels can view them.
    """
    floats, ints = layout_sizes(layout)
    return StockState(array("d", bytes(8 * max(floats, 1))), array("q", bytes(8 * max(ints, 1))))


def explained(layout: Layout) -> tuple[tuple[str, int], ...]:
    """Return (name, place in `d`) of the float values of length one.

    They are the numbers behind a decision.
    """
    found, place = [], 0
    for name, kind, length in layout:
        if kind == "f8":
            if length == 1:
                found.append((name, place))
            place += length
    return tuple(found)


class StockStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """A stock part bound to its options.

    It has the `step` function, its state layout and its parameters (float64).
    """

    kind: str
    layout: Layout
    params: array[float]
    step: Callable[[StockState, array[float], Row], tuple[float, int]]


class FreeStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """A free part bound to its options. The hooks it does not have are None."""

    kind: str
    config: Any
    state: Callable[[], Any]
    state_type: type
    decide: Callable[[Any, Any, Bar, View], Sequence[Wish]]
    on_bars: Callable[[Any, Any, Sequence[Bar], View], Sequence[Wish]] | None = None
    on_quote: Callable[[Any, Any, Quote, View], Sequence[Wish]] | None = None
    on_fill: Callable[[Any, Any, Fill, View], Sequence[Wish]] | None = None
    on_timer: Callable[[Any, Any, Timer, View], Sequence[Wish]] | None = None
    on_answer: Callable[[Any, Any, Answer, View], Sequence[Wish]] | None = None


Strategy = StockStrategy | FreeStrategy


class View(Protocol):
    """What a free strategy may know of the world.

    That is its own sub-account and the market up to now.
    """

    @property
    def ts(self) -> int:
        """The instant of the event being decided on, ns."""

    @property
    def equity(self) -> Decimal:
        """Equity of the deployment, base currency: its capital plus its result."""

    @property
    def instruments(self) -> tuple[str, ...]:
        """Symbols the deployment trades, in the order of its configuration."""

    def session(self, instrument: str) -> tuple[int, int]:
        """Opening and close of the instrument's session, ns."""

    def qty(self, instrument: str) -> Decimal:
        """Signed units the deployment holds."""

    def average(self, instrument: str) -> Decimal:
        """Average entry price, quote currency; 0 when flat."""

    def close(self, instrument: str) -> float | None:
        """Latest close, quote currency; None before the first bar."""

    def working(self, instrument: str) -> Decimal:
        """Signed units of the deployment's entry orders that may still fill."""
