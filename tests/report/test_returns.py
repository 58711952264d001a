"""Figures of daily returns, against empyrical and quantstats and against formulas written a second time with numpy.

`libraries.json` holds what those two libraries said (their versions stand in it) of four series of drawn returns;
they bring fifty packages along and are not needed to run these tests.
"""

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.report import returns
from openbell.report.days import Day

LIBRARIES = json.loads((Path(__file__).parent / "libraries.json").read_text(encoding="utf-8"))
OURS = {
    "total": returns.total,
    "volatility": lambda x: returns.volatility(x, 252),
    "sharpe": lambda x: returns.sharpe(x, 252),
    "sharpe_free": lambda x: returns.sharpe(x, 252, 0.0001),
    "sortino": lambda x: returns.sortino(x, 252),
    "sortino_free": lambda x: returns.sortino(x, 252, 0.0001),
    "max_drawdown": lambda x: returns.falls(chain(x))[0].depth,
    "value_at_risk": returns.value_at_risk,
    "normal_value_at_risk": returns.normal_value_at_risk,
    "best": max,
    "worst": min,
}
"""Our figure by the libraries' word for it."""
series = st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=60)


def close_to(ours: float | None, theirs: float) -> bool:
    return ours is not None and ours == pytest.approx(theirs, rel=1e-7, abs=1e-9)


def day(date: str, start: object, end: object, flows: object = 0) -> Day:
    return Day(date, 0, Decimal(str(start)), Decimal(str(end)), Decimal(str(flows)))


def path(*levels: float) -> list[Day]:
    """Return days of March 2024 that end at these levels, the first beginning at 100."""
    found, before = [], 100.0
    for n, level in enumerate(levels, 1):
        found.append(day(f"2024-03-{n:02d}", before, level))
        before = level
    return found


def chain(daily: list[float]) -> list[Day]:
    """Return days with these returns, dates counting on from the first of 2024."""
    level, days = 1.0, []
    for n, one in enumerate(daily):
        after = level * (1 + one)
        days.append(day(str(np.datetime64("2024-01-01") + n), level, after))
        level = after
    return days


@pytest.mark.parametrize("library", ["empyrical", "quantstats"])
@pytest.mark.parametrize("known", LIBRARIES["series"], ids=lambda known: f"{len(known['returns'])} days")
def test_the_figures_are_those_of_two_other_libraries(known: dict[str, Any], library: str) -> None:
    assert len(known[library]) >= 7
    for name, theirs in known[library].items():
        assert OURS[name](known["returns"]) == pytest.approx(theirs, rel=1e-9, abs=1e-12), name


def test_a_days_return_leaves_flows_out() -> None:
    days = [day("2024-03-01", 100, 110), day("2024-03-02", 110, 231, 100), day("2024-03-03", 231, 115, -110)]
    # A deposit works from the beginning of its day, a withdrawal until its end.
    assert returns.daily(days) == pytest.approx([0.1, 21 / 210, -6 / 231])
    assert returns.daily([day("2024-03-01", 0, 0)]) == []


def test_a_year_has_as_many_days_as_the_account_trades() -> None:
    assert returns.days_per_year([day("2024-03-01", 1, 1), day("2024-03-04", 1, 1)]) == 252.0
    assert returns.days_per_year([day("2024-03-01", 1, 1), day("2024-03-02", 1, 1)]) == 365.0


@given(series)
def test_growth_is_compounded(daily: list[float]) -> None:
    grown = np.prod(1.0 + np.array(daily))
    assert close_to(returns.total(daily), grown - 1.0)
    assert close_to(returns.cagr(daily, 730.5), grown**0.5 - 1.0)


@given(series)
def test_volatility_and_sharpe_are_those_of_a_sample(daily: list[float]) -> None:
    x = np.array(daily)
    assert close_to(returns.volatility(daily, 252), x.std(ddof=1) * math.sqrt(252))
    excess = x - 0.0001
    if excess.std(ddof=1) > 1e-9:
        theirs = excess.mean() / excess.std(ddof=1) * math.sqrt(252)
        assert returns.sharpe(daily, 252, 0.0001) == pytest.approx(theirs, rel=1e-6, abs=1e-6)


@given(series)
def test_sortino_divides_by_the_shortfall_of_all_days(daily: list[float]) -> None:
    x = np.array(daily) - 0.0002
    downside = np.sqrt(np.mean(np.minimum(x, 0.0) ** 2))
    if downside > 1e-9:
        # empyrical: mean * N over (downside * root of N).
        theirs = x.mean() * 252 / (downside * math.sqrt(252))
        assert returns.sortino(daily, 252, 0.0002) == pytest.approx(theirs, rel=1e-6, abs=1e-6)


@given(series, st.sampled_from([0.9, 0.95, 0.99]))
def test_value_at_risk_is_a_quantile(daily: list[float], level: float) -> None:
    assert close_to(returns.value_at_risk(daily, level), max(-np.percentile(daily, 100 * (1 - level)), 0.0))


@given(series)
def test_parametric_value_at_risk_is_the_normal_one(daily: list[float]) -> None:
    x = np.array(daily)
    assert close_to(returns.normal_value_at_risk(daily, 0.95), max(-(x.mean() - 1.6448536269514722 * x.std(ddof=1)), 0))


@given(series)
def test_expected_shortfall_is_the_mean_over_the_tail_of_the_quantiles(daily: list[float]) -> None:
    # Acerbi and Tasche: the integral of the quantile function up to 5 %, over 5 %.
    x, edges = np.sort(daily), np.arange(len(daily) + 1) / len(daily)
    part = np.clip(0.05 - edges[:-1], 0.0, 1.0 / len(daily))
    assert close_to(returns.expected_shortfall(daily, 0.95), max(-(x * part).sum() / 0.05, 0.0))


@given(series)
def test_shortfall_is_never_less_than_what_stands_behind_it(daily: list[float]) -> None:
    shortfall = returns.expected_shortfall(daily, 0.95)
    assert shortfall is not None and shortfall <= max(-min(daily), 0.0) + 1e-12


def test_known_figures() -> None:
    daily = [0.01, -0.02, 0.03, -0.01, 0.02]
    assert returns.total(daily) == pytest.approx(1.01 * 0.98 * 1.03 * 0.99 * 1.02 - 1)
    assert returns.volatility(daily, 252) == pytest.approx(0.0207364 * math.sqrt(252), rel=1e-5)
    assert returns.sharpe(daily, 252) == pytest.approx(0.006 / 0.0207364 * math.sqrt(252), rel=1e-5)
    assert returns.sortino(daily, 252) == pytest.approx(0.006 / 0.01 * math.sqrt(252))
    assert returns.value_at_risk(daily, 0.75) == pytest.approx(0.01)
    # A mean of 0.6 percent less 1.645 deviations of 2.07 percent.
    assert returns.normal_value_at_risk(daily, 0.95) == pytest.approx(0.028108, abs=1e-6)
    assert returns.expected_shortfall(daily, 0.75) == pytest.approx((0.02 + 0.25 * 0.01) / 1.25)
    assert returns.calmar(0.2, 0.1) == 2.0


def test_what_cannot_be_computed_is_none() -> None:
    assert returns.cagr([0.1], 29) is returns.cagr([], 400) is returns.cagr([-1.0], 400) is None
    assert returns.volatility([0.1], 252) is returns.sharpe([0.1], 252) is returns.sharpe([0.1, 0.1], 252) is None
    assert returns.sortino([], 252) is returns.sortino([0.1, 0.2], 252) is None
    assert returns.calmar(None, 0.1) is returns.calmar(0.1, 0.0) is None
    assert returns.value_at_risk([]) is returns.expected_shortfall([]) is returns.normal_value_at_risk([0.1]) is None


def test_falls_have_depth_and_duration() -> None:
    found = returns.falls(path(110, 99, 104.5, 110, 120, 90, 100))
    assert [(round(fall.depth, 6), fall.days, fall.peak, fall.trough, fall.end) for fall in found] == [
        (0.25, 2, "2024-03-05", "2024-03-06", ""),
        (0.1, 3, "2024-03-01", "2024-03-02", "2024-03-04"),
    ]


def test_a_fall_from_the_very_beginning_counts() -> None:
    (fall,) = returns.falls(path(90, 95))
    assert (round(fall.depth, 6), fall.peak, fall.end) == (0.1, "2024-03-01", "")
    assert returns.falls(path(100, 101)) == returns.falls([]) == []


@given(series)
def test_the_deepest_fall_is_the_largest_drawdown_of_the_curve(daily: list[float]) -> None:
    level, days = 100.0, []
    for n, one in enumerate(daily):
        days.append(day(f"2024-{n // 28 + 1:02d}-{n % 28 + 1:02d}", level, level * (1 + one)))
        level *= 1 + one
    curve = np.cumprod(np.concatenate(([1.0], 1.0 + np.array(daily))))
    deepest = (1.0 - curve / np.maximum.accumulate(curve)).max()
    found = returns.falls(days)
    assert (found[0].depth if found else 0.0) == pytest.approx(deepest, abs=1e-9)


def test_the_interval_of_sharpes_ratio_is_los() -> None:
    daily = [0.01, -0.02, 0.03, -0.01, 0.02] * 12
    ratio = np.mean(daily) / np.std(daily, ddof=1)
    error = math.sqrt((1 + 0.5 * ratio**2) / 60)
    found = returns.sharpe_interval(daily, 252)
    assert found == pytest.approx(
        ((ratio - 1.959964 * error) * 252**0.5, (ratio + 1.959964 * error) * 252**0.5), rel=1e-6
    )
    assert found[0] < returns.sharpe(daily, 252) < found[1]
    assert returns.sharpe_interval([0.1], 252) is None


def test_few_trades_have_a_wide_interval() -> None:
    # Wilson's interval for 8 of 10, as published.
    assert returns.share_interval(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert returns.share_interval(0, 0) is None
    few, many = returns.share_interval(12, 20), returns.share_interval(1200, 2000)
    assert few is not None and many is not None
    assert few[1] - few[0] > 9 * (many[1] - many[0])
    assert few[0] < 0.5 < many[0], "twenty trades prove nothing, two thousand do"
