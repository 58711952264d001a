"""What strategies hold between events (their memory) and what they see of the world."""

from __future__ import annotations

from array import array
from decimal import Decimal
from operator import itemgetter
from typing import Any

import msgspec

from openbell.core.book import Book
from openbell.core.position import Position
from openbell.core.spec import DeploymentSpec
from openbell.core.strategy import FreeStrategy, Layout, StockState, StockStrategy, explained, fresh_state
from openbell.core.types import ZERO


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator part bound to its parameters.

    It is asked by `step(state, params, row) -> value`, NaN while warming up.
    """

    layout: Layout
    params: array[float]
    step: Any


class Pair:
    """One deployment in one instrument at run time.

    It has its position, its strategy's state and its volatility.
    """

    def __init__(self, spec: DeploymentSpec, position: Position, strategy: StockStrategy | FreeStrategy) -> None:
        """Bind a deployment's strategy to one of its positions, with blank memory."""
        self.spec, self.name = spec, spec.name
        self.position, self.symbol = position, position.instrument
        self.stock = strategy if isinstance(strategy, StockStrategy) else None
        self.places = tuple(place for _, place in explained(self.stock.layout)) if self.stock else ()
        self._pick = itemgetter(*self.places) if len(self.places) > 1 else None
        self.state = fresh_state(self.stock.layout) if self.stock else StockState(array("d"), array("q"))
        self.atr_state: StockState | None = None
        self.atr = ZERO

    def numbers(self) -> tuple[float, ...]:
        """Return the strategy's explained values, in the order of its layout."""
        d: Any = self.state.d
        picked: tuple[float, ...] = self._pick(d) if self._pick else tuple(map(d.__getitem__, self.places))
        return picked


class PairMemory(msgspec.Struct, kw_only=True):
    """Memory of one pair.

    Float64 and int64 arrays of its strategy and of its volatility, and the latter's value.
    """

    d: bytes
    q: bytes
    atr_d: bytes = b""
    atr_q: bytes = b""
    atr: Decimal = ZERO


class Memory(msgspec.Struct, kw_only=True):
    """All strategy state as plain bytes, for snapshots and hashes.

    Attributes:
        stock: By deployment and instrument. free: By deployment: the strategy's own state in msgpack.
    """

    stock: dict[str, dict[str, PairMemory]] = {}
    free: dict[str, bytes] = {}


class DeploymentView:
    """The world as one deployment may see it; it reads the book and changes nothing."""

    def __init__(self, book: Book, name: str) -> None:
        """Look at `book` through the eyes of the deployment `name`."""
        self._book, self._name = book, name

    @property
    def ts(self) -> int:
        """The instant of the event being decided on, ns."""
        return self._book.truth.ts

    @property
    def equity(self) -> Decimal:
        """Equity of the deployment, base currency: its capital plus its result."""
        return self._book.deployment_equity(self._name)

    @property
    def instruments(self) -> tuple[str, ...]:
        """Symbols the deployment trades, in the order of its configuration."""
        return self._book.spec.deployments[self._name].instruments

    def session(self, instrument: str) -> tuple[int, int]:
        """Return opening and close of the instrument's latest session, ns; zeros before the first."""
        session = self._book.session(instrument)
        return session.open, session.close

    def qty(self, instrument: str) -> Decimal:
        """Return the signed units the deployment holds."""
        return self._book.position(self._name, instrument).qty

    def average(self, instrument: str) -> Decimal:
        """Return the average entry price, quote currency; 0 when flat."""
        return self._book.position(self._name, instrument).average(self._book.instrument(instrument))

    def close(self, instrument: str) -> float | None:
        """Return the latest close, quote currency; None before the first bar."""
        mark = self._book.truth.marks[instrument]
        return mark.close if mark.ts else None

    def working(self, instrument: str) -> Decimal:
        """Return the signed units of the deployment's entry orders that may still fill."""
        return sum(
            (o.leaves * o.side.sign for o in self._book.pair_orders(self._name, instrument) if not o.reduce_only), ZERO
        )
