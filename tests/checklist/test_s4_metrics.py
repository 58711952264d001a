"""S4, metrics of an account that a program reads: each against figures worked out by hand."""

import statistics
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from openbell import connect
from openbell.report.now import correlation_risk
from tests.checklist.market import FLAT, LONG, NONE, SHORT, Market, config, deployment, row, stamp

# Two sessions of two instruments; what is bought at one close is bought at the open of the next bar.
FIRST, SECOND = "2024-01-02 10:00", "2024-01-03 10:00"
AAA = [(100, LONG), (100, NONE), (110, FLAT), (110, NONE), (110, LONG), (112, NONE), (109, FLAT), (109, NONE), (109, LONG),
       (109, NONE), (111, FLAT), (111, NONE)]  # fmt: skip
BBB = [(50, NONE), (50, NONE), (50, NONE), (50, NONE), (50, SHORT), (50, NONE), (48, NONE), (48, NONE), (48, NONE),
       (48, NONE), (48, NONE), (48, NONE)]  # fmt: skip


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Any]:
    """A trade of the first session; of the second a loss of 3 a unit, a gain of 2, and a short that is held."""
    entry = deployment(symbols="AAA, BBB", more="short: true\n    size: {quantity: 100}")
    account = "cash: 100000 USD, fees: {kind: per_share, rate: 0.01}"
    bars = [
        row(stamp(n % 4 if n < 4 else n, FIRST if n < 4 else SECOND), px, wish, symbol)
        for symbol, path in (("AAA", AAA), ("BBB", BBB))
        for n, (px, wish) in enumerate(path)
    ]
    rules = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}")
    market = Market(tmp_path, config(deployments=[entry], account=account, rules=rules), bars)
    assert market.run() == 0
    (found,) = connect(market.state).metrics().values()
    return found


def test_trades_of_today_are_those_that_ended_in_this_session(told: dict[str, Any]) -> None:
    # One trade ended the day before.
    assert told["trades_today"] == 2


def test_the_win_rate_of_today_counts_after_fees(told: dict[str, Any]) -> None:
    assert told["win_rate_today"] == 0.5


def test_the_mean_result_of_a_trade_is_after_fees(told: dict[str, Any]) -> None:
    # Bought at 112 and sold at 109, bought at 109 and sold at 111, a cent a unit each way.
    assert told["avg_trade_pnl"] == (Decimal(-300) - 2 + 200 - 2) / 2


def test_costs_of_today_are_fees_and_what_was_paid_beyond_the_price_at_sending(told: dict[str, Any]) -> None:
    # Five orders of a hundred units at a cent; the entry wanted at 110 was filled at 112.
    assert told["transaction_costs"] == 5 * 100 * Decimal("0.01") + 2 * 100


def test_leverage_is_gross_exposure_over_equity(told: dict[str, Any]) -> None:
    equity = 100_000 + 1000 - 2 - 302 + 198 + 200 - 1
    assert told["gross_exposure"] == 4800
    assert told["net_exposure"] == -4800
    assert told["leverage_ratio"] == pytest.approx(4800 / equity, abs=1e-8)
    assert told["current_pnl"] == equity - 100_000
    assert (told["unrealized_pnl"], told["realized_pnl"]) == (200, equity - 100_000 - 200)
    assert told["cash_balance"] == equity + 4800
    assert told["position_concentration"] == pytest.approx(4800 / equity, abs=1e-8)
    # Of one instrument alone nothing moves together.
    assert told["correlation_risk"] == 0.0


def test_correlation_risk_is_told_of_what_an_account_holds(tmp_path: Path) -> None:
    closes = {"AAA": (100, 110, 99, 120, 150), "BBB": (50, 45, 49, 40, 60), "CCC": (10, 11, 12, 11, 12)}
    days = ("2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-06")
    bars = [row(f"{day} 10:0{n}", px, LONG if (n, day) == (0, days[0]) and symbol != "CCC" else NONE, symbol)
            for symbol, path in closes.items() for day, px in zip(days, path, strict=True) for n in range(2)]  # fmt: skip
    entry = deployment(symbols="AAA, BBB, CCC", more="size: {quantity: 10}")
    rules = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    assert market.run() == 0
    (found,) = connect(market.state).metrics().values()
    moves = [[now / before - 1 for before, now in pairwise(closes[one][:4])] for one in ("AAA", "BBB")]
    # Both are held long over four sessions that have ended; what is not held counts for nothing.
    assert found["correlation_risk"] == pytest.approx(statistics.correlation(*moves))
    assert -1.0 < found["correlation_risk"] < -0.9


def test_correlation_risk_is_how_much_what_is_held_moves_as_one() -> None:
    up, down = [100.0, 110.0, 99.0, 108.9, 98.01], [50.0, 45.0, 49.5, 44.55, 49.005]
    long, half = Decimal(1000), Decimal(500)
    assert correlation_risk({"A": long, "B": long}, {"A": up, "B": up}) == pytest.approx(1.0)
    assert correlation_risk({"A": long, "B": long}, {"A": up, "B": down}) == pytest.approx(-1.0)
    # A short position of what moves along hedges; one of what moves against it does not.
    assert correlation_risk({"A": long, "B": -half}, {"A": up, "B": up}) == pytest.approx(-1.0)
    assert correlation_risk({"A": long, "B": -half}, {"A": up, "B": down}) == pytest.approx(1.0)
    # Three, by the product of their values: A with B 1, A with C and B with C -1.
    worth = {"A": Decimal(2), "B": Decimal(1), "C": Decimal(1)}
    closes = {"A": up, "B": up, "C": down}
    assert correlation_risk(worth, closes) == pytest.approx((2 - 2 - 1) / 5)
    # Too few closes, or none that move, count as moving together; one alone has no risk of it.
    assert correlation_risk({"A": long, "B": long}, {"A": up[:3], "B": down}) == 1.0
    assert correlation_risk({"A": long, "B": long}, {"A": [100.0] * 5, "B": down}) == 1.0
    assert correlation_risk({"A": long}, {"A": up}) == 0.0
