"""What is too good to be true is said, and what is not is not."""

from decimal import Decimal

import numpy as np
import pytest

from openbell.core.codes import Code
from openbell.report.plausible import Range, alarms, idle, outside
from openbell.report.recorder import Execution

NS = 1_000_000_000
BARS = Range(np.array([60, 120, 180]) * NS, np.array([9.0, 10.0, 11.0]), np.array([10.0, 11.0, 12.0]), 0.01)


def fill(px: str, second: int, side: str = "buy", instrument: str = "AAA", account: str = "main") -> Execution:
    return Execution(
        time=second * NS, account=account, deployment="d", instrument=instrument, side=side, qty=Decimal(1),
        px=Decimal(px), value=Decimal(px), fee=Decimal(0), fee_currency="USD", reason="x", is_exit=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("px", "second", "is_odd"),
    [
        ("9", 30, False),
        ("10.01", 60, False),
        ("10.02", 60, False),
        ("11.03", 60, True),
        ("10.02", 59, False),
        ("10.03", 59, True),
        ("8.98", 1, False),
        ("8.97", 1, True),
        ("10.02", 61, False),
        ("9.5", 61, True),
        ("99", 181, False),
    ],
)
def test_a_fill_belongs_to_the_bars_that_hold_its_moment(px: str, second: int, is_odd: bool) -> None:
    assert bool(outside([fill(px, second)], {"AAA": BARS}, {})) is is_odd
    assert outside([fill(px, second, instrument="BBB")], {"AAA": BARS}, {}) == []


def test_costs_of_the_venue_are_allowed() -> None:
    odd = fill("10.1", 30)
    assert outside([odd], {"AAA": BARS}, {"main": 0.01}) == []
    assert outside([odd], {"AAA": BARS}, {"other": 0.01}) == [odd]


def test_costs_are_a_share_of_the_bars_price_and_rounded_twice() -> None:
    bars = Range(np.array([60]) * NS, np.array([424.04]), np.array([424.42]), 0.0001)
    sold, bought = (fill(px, 30) for px in ("423.9974", "424.4626"))
    assert outside([sold, bought], {"AAA": bars}, {"main": 0.0001}) == []
    beyond = [fill(px, 30) for px in ("423.9972", "424.4628")]
    assert outside(beyond, {"AAA": bars}, {"main": 0.0001}) == beyond


class Stand:
    """A run of so many days and trades, as far as alarms ask."""

    def __init__(self, daily: list[float], trades: int, wins: int) -> None:
        from types import SimpleNamespace as Space

        from openbell.report.days import Day

        days, worth = [], 1000.0
        for n, one in enumerate(daily):
            day = Day(f"2024-01-{n + 1:02d}", n, Decimal(str(worth)), Decimal(str(worth * (1 + one))), Decimal(0))
            days.append(day)
            worth *= 1 + one
        self.recorder = Space(days=lambda name: days, fills=[fill("20", 30)])
        self.book = Space(truth=Space(accounts={"main": None}, counts=Space(trades=trades, wins=wins)))


def test_a_ratio_above_five_and_ninety_percent_of_wins_are_said() -> None:
    good = Stand([0.01, 0.012, 0.011, 0.009, 0.01] * 4, 20, 19)
    found = alarms(good.recorder, good.book, {"AAA": BARS}, {})
    assert len(found) == 3
    assert "account main has a Sharpe ratio of " in found[0]
    assert "95% of 20 trades were won" in found[1]
    assert "1 fill outside of what the bars saw, the first a buy of AAA at 20" in found[2]


def test_what_is_usual_or_short_is_not_said() -> None:
    usual = Stand([0.01, -0.012, 0.011, -0.009, 0.001] * 4, 20, 18)
    assert alarms(usual.recorder, usual.book, {}, {}) == []
    short = Stand([0.01, 0.012, 0.011], 9, 9)
    assert alarms(short.recorder, short.book, {}, {}) == []


@pytest.mark.parametrize(
    ("orders", "rejected", "words"),
    [
        (0, {}, ""),
        (1, {Code.BELOW_MINIMUM: 9}, ""),
        (
            0,
            {Code.NEAR_CLOSE: 2, Code.BELOW_MINIMUM: 1_900},
            "refused 1,902 times, mostly by O300 below_minimum: a full",
        ),
        (0, {Code.ORDER_QUANTITY: 1}, "refused 1 time, mostly by R216 order_quantity: a full position has more units"),
        (0, {Code.NEAR_CLOSE: 3}, "R243 near_close: openbell plan FILE tells what each limit allows."),
    ],
)
def test_a_run_that_wanted_and_never_ordered_says_what_kept_it_and_what_to_do(
    orders: int, rejected: dict[int, int], words: str
) -> None:
    from types import SimpleNamespace as Space

    told = idle(Space(truth=Space(counts=Space(orders=orders, rejected=rejected))))  # type: ignore[arg-type]  # counts
    assert words in told
    assert bool(told) is bool(words)
