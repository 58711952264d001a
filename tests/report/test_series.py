"""Thinning keeps extremes, the last value and the bound."""

import itertools
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from openbell.core.account import Account, open_account, settle
from openbell.core.events import Bar
from openbell.core.types import E8, MINUTE_NS, div
from openbell.report.series import BarSeries, Block, Curve, Point, halve


def account_of(equity: int) -> Account:
    return open_account("main", "USD", {"USD": Decimal(equity)})


def move(account: Account, curve: Curve, ts: int, equity: int) -> None:
    account.cash["USD"] = Decimal(equity)
    settle(account)
    if account.equity is not curve.equity:
        curve.add(ts)


@given(st.lists(st.integers(1, 1000), max_size=300), st.sampled_from([8, 10, 16, 64]))
def test_a_curve_keeps_extremes_the_deepest_fall_and_the_last_point(values: list[int], limit: int) -> None:
    account = account_of(500)
    curve = Curve(account, 0, limit)
    for ts, value in enumerate(values, 1):
        move(account, curve, ts, value)
    points = curve.points(len(values))
    everything = [500, *values]
    assert min(p.equity for p in points) == min(everything)
    assert max(p.equity for p in points) == max(everything)
    assert points[0] == Point(0, Decimal(500), Decimal(500))
    assert points[-1].equity == everything[-1]
    assert [p.ts for p in points] == sorted(p.ts for p in points)
    assert all(everything[p.ts] == p.equity for p in points)
    assert len(points) <= limit + 5
    assert max(div(p.peak - p.equity, p.peak, E8) for p in points) == account.max_drawdown


def test_an_unchanged_curve_has_one_point() -> None:
    assert [p.ts for p in Curve(account_of(5), 7).points(7)] == [7]


def bar(n: int, px: float, high: float = 0.0, low: float = 0.0, interval: int = MINUTE_NS, nominal: int = 0) -> Bar:
    return Bar(ts=(n + 1) * MINUTE_NS, instrument="A", open=px, high=high or px, low=low or px, close=px, volume=2.0,
               interval=interval, nominal=nominal)  # fmt: skip


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=300), st.sampled_from([5, 8, 9, 64]))
def test_bars_are_joined_without_losing_extremes_or_volume(values: list[int], limit: int) -> None:
    series = BarSeries(MINUTE_NS, limit)
    for n, value in enumerate(values):
        series.add(bar(n, float(value), value + 0.5, value - 0.5))
    blocks = series.all_blocks()
    assert series.count == len(values)
    assert len(blocks) <= limit
    assert max(b.high for b in blocks) == max(values) + 0.5
    assert min(b.low for b in blocks) == min(values) - 0.5
    assert blocks[0].open == values[0]
    assert blocks[-1].close == values[-1]
    assert sum(b.volume for b in blocks) == 2.0 * len(values)
    assert blocks[0].open_ts == 0
    assert blocks[-1].ts == len(values) * MINUTE_NS
    assert all(a.ts <= b.open_ts for a, b in itertools.pairwise(blocks))
    assert all(b.low <= min(b.open, b.close) <= max(b.open, b.close) <= b.high for b in blocks)


def test_only_one_interval_is_drawn() -> None:
    series = BarSeries(0)
    series.add(bar(0, 1.0))
    series.add(bar(1, 2.0, interval=5 * MINUTE_NS))
    series.add(bar(2, 3.0, interval=MINUTE_NS // 2, nominal=MINUTE_NS))
    assert [b.close for b in series.all_blocks()] == [1.0, 3.0]


def test_unknown_volume_counts_as_none() -> None:
    series = BarSeries(MINUTE_NS)
    series.add(Bar(ts=MINUTE_NS, instrument="A", open=1.0, high=1.0, low=1.0, close=1.0, volume=float("nan"),
                   interval=MINUTE_NS))  # fmt: skip
    assert series.all_blocks()[0].volume == 0.0


def test_halving_keeps_an_odd_last_block() -> None:
    blocks = [Block(n, n + 1, n, n + 2, n - 2, n + 1, 1.0) for n in range(3)]
    assert halve(blocks) == [Block(0, 2, 0, 3, -2, 2, 2.0), blocks[2]]
