"""Strategies asked later or more often than their bars close: what they say at a close is what they would have said."""

import math
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.codes import Code
from openbell.core.strategy import FreeStrategy, SessionRow, StockStrategy, fresh_state
from openbell.core.types import MINUTE_NS
from openbell.parts.indicators import atr
from openbell.parts.strategies import ema_cross
from openbell.run.paced import folded, paced
from openbell.run.parts import PartError, bind_indicator, bind_strategy

OPEN = 1_000 * MINUTE_NS
SPAN = 5 * MINUTE_NS


def strategy() -> StockStrategy:
    made = bind_strategy("ema_cross", ema_cross, ema_cross.Config(fast=2, slow=4))
    assert isinstance(made, StockStrategy)
    return made


def minute(n: int, px: float) -> SessionRow:
    at = OPEN + n * MINUTE_NS
    return SessionRow(px, px + 1, px - 1, px, 10.0, at + MINUTE_NS, at, OPEN, OPEN + 390 * MINUTE_NS)


def five(rows: Sequence[SessionRow]) -> SessionRow:
    """Return the bar that some minutes make."""
    first, last = rows[0], rows[-1]
    return SessionRow(
        first.open, max(r.high for r in rows), min(r.low for r in rows), last.close, sum(r.volume for r in rows),
        last.ts, first.open_ts, first.session_open, first.session_close,
    )  # fmt: skip


def run(made: StockStrategy, rows: Sequence[SessionRow]) -> list[tuple[float, int]]:
    state = fresh_state(made.layout)
    return [made.step(state, made.params, row) for row in rows]


def same(one: tuple[float, int], other: tuple[float, int]) -> bool:
    return one[1] == other[1] and (one[0] == other[0] or (math.isnan(one[0]) and math.isnan(other[0])))


@given(st.lists(st.floats(10, 1000), min_size=5, max_size=100))
def test_at_each_close_it_says_what_its_own_bars_would_have_said(prices: list[float]) -> None:
    rows = [minute(n, px) for n, px in enumerate(prices)]
    often = paced(strategy(), SPAN, 0)
    assert isinstance(often, StockStrategy)
    said = run(often, rows)
    assert len(said) == len(prices)
    own = run(strategy(), [five(rows[n : n + 5]) for n in range(0, len(rows) - 4, 5)])
    assert all(same(one, other) for one, other in zip(said[4::5], own, strict=True))


@given(st.lists(st.floats(10, 1000), min_size=12, max_size=60))
def test_between_closes_it_says_what_it_would_of_the_bar_so_far(prices: list[float]) -> None:
    rows = [minute(n, px) for n, px in enumerate(prices)]
    often = paced(strategy(), SPAN, 0)
    assert isinstance(often, StockStrategy)
    for n, said in enumerate(run(often, rows)):
        begin = n // 5 * 5
        bars = [five(rows[k : k + 5]) for k in range(0, begin, 5)]
        assert same(said, run(strategy(), [*bars, five(rows[begin : n + 1])])[-1])


def test_a_bar_without_its_last_minute_counts_when_the_next_one_comes() -> None:
    rows = [minute(n, 100.0 + n * n) for n in range(40) if n != 14]
    often = paced(strategy(), SPAN, 0)
    assert isinstance(often, StockStrategy)
    groups = [[row for row in rows if (row.open_ts - OPEN) // SPAN == k] for k in range(8)]
    own = run(strategy(), [five(group) for group in groups])
    assert same(run(often, rows)[-1], own[-1])


@pytest.mark.parametrize("warmup", [1, 7, 20])
def test_nothing_is_wanted_before_so_many_bars_have_been_seen(warmup: int) -> None:
    rows = [minute(n, 100.0 + n) for n in range(30)]
    late = paced(strategy(), 0, warmup)
    assert isinstance(late, StockStrategy)
    said, own = run(late, rows), run(strategy(), rows)
    assert all(math.isnan(target) and code == Code.WARMING_UP for target, code in said[: warmup - 1])
    # It has learned meanwhile.
    assert all(same(one, other) for one, other in zip(said[warmup - 1 :], own[warmup - 1 :], strict=True))


def test_bars_of_its_own_are_counted_where_it_is_asked_more_often() -> None:
    rows = [minute(n, 100.0 + n) for n in range(60)]
    made = paced(strategy(), SPAN, 8)
    assert isinstance(made, StockStrategy)
    codes = [code for _, code in run(made, rows)]
    # Seven bars have closed after 35 minutes; the eighth is under way.
    assert set(codes[:35]) == {Code.WARMING_UP}
    assert Code.WARMING_UP not in codes[35:]


def test_a_range_changes_when_a_longer_bar_has_closed() -> None:
    rows = [minute(n, 100.0 + (n % 7)) for n in range(60)]
    own, often = bind_indicator(atr, atr.Config(period=3)), folded(bind_indicator(atr, atr.Config(period=3)), SPAN)
    states = fresh_state(own.layout), fresh_state(often.layout)
    for n in range(12):
        wanted = own.step(states[0], own.params, five(rows[n * 5 : n * 5 + 5]))
        found = [often.step(states[1], often.params, row) for row in rows[n * 5 : n * 5 + 5]]
        assert found[4] == wanted or (math.isnan(wanted) and math.isnan(found[4]))
        assert len({str(value) for value in found[:4]}) == 1


def test_a_free_strategy_does_that_by_itself() -> None:
    free = FreeStrategy(kind="own", config=None, state=dict, state_type=dict, decide=lambda *_: [])
    assert paced(free, 0, 0) is free
    for span, warmup, word in ((SPAN, 0, "every"), (0, 9, "warmup")):
        with pytest.raises(PartError, match=f"leave {word} out"):
            paced(free, span, warmup)


def test_one_at_its_own_pace_is_left_as_it_is() -> None:
    made = strategy()
    assert paced(made, 0, 0) is made
    assert isinstance(made.params, array)
