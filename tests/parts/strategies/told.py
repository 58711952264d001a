"""Plays stock strategies over short lists, and shows free ones a world of a few words."""

from decimal import Decimal
from typing import Any

from openbell.core.codes import Code
from openbell.core.session import Session
from openbell.core.strategy import Row, StockState, fresh_state, row_of
from openbell.run.parts import bind_strategy
from tests.core.build import T0, at, bar, d


def rows(*closes: float, span: int = 10_000, **columns: list[float]) -> list[Row]:
    """Return flat bars at these closes in sessions of `span` minutes; `columns` gives highs, lows or volumes."""
    found = []
    for n, close in enumerate(closes, 1):
        fields = {name: values[n - 1] for name, values in columns.items()}
        begin = at((n - 1) // span * span)
        session = Session(calendar="x", open=begin, close=begin + span * (at(1) - T0))
        found.append(row_of(bar(n, close, fields.pop("volume", 1.0), **fields), session))
    return found


def played(part: Any, told: list[Row], **options: Any) -> tuple[list[str], StockState]:
    """Return what a stock strategy says of each bar, as `target reason`, and its state at the end."""
    made = bind_strategy("x", part, part.Config(**options))
    state, found = fresh_state(made.layout), []  # type: ignore[union-attr]  # a stock one
    for row in told:
        target, code = made.step(state, made.params, row)  # type: ignore[union-attr]  # the same
        found.append("-" if target != target else f"{target:g} {Code(code).name.lower()}")
    return found, state


def numbers(part: Any, state: StockState, **options: Any) -> dict[str, float]:
    """Return the numbers that explain a decision, by name."""
    layout = bind_strategy("x", part, part.Config(**options)).layout  # type: ignore[union-attr]  # the same
    found, place = {}, 0
    for name, kind, length in layout:
        if kind == "f8":
            if length == 1:
                found[name] = state.d[place]
            place += length
    return found


class World:
    """What a free strategy sees; a test changes it as it likes."""

    def __init__(self, *instruments: str, equity: object = 10_000) -> None:
        self.instruments = instruments
        self.equity = d(equity)
        self.closes: dict[str, float] = {}
        self.held: dict[str, Decimal] = {}
        self.close_ts = at(1_440)

    def close(self, symbol: str) -> float | None:
        return self.closes.get(symbol)

    def qty(self, symbol: str) -> Decimal:
        return self.held.get(symbol, Decimal(0))

    def session(self, symbol: str) -> tuple[int, int]:
        return at(0), self.close_ts
