"""S5, what is deployed from the form: its defaults and what overrides them, traded on bars made by hand."""

from pathlib import Path
from typing import Any

import pytest

from openbell.config.brief import as_yaml
from openbell.core.codes import Code
from openbell.edges.web.deploying import DeploymentConfig
from openbell.run.web import wish
from tests.checklist.market import AGAIN, FLAT, LONG, WISHES, Market, Row, rows

BUSY = 10_000_000
"""Added to the volume of every bar: so liquid that the rules of the whole table have nothing to say."""


def deployed(folder: Path, bars: list[Row], risk: dict[str, Any] | None = None, **fields: Any) -> Market:
    """Run what the form's wish becomes, with recorded bars and the strategy of these tests."""
    symbols = list(dict.fromkeys(bar.symbol for bar in bars))
    asked = {"strategy": {"kind": "ema_cross"}, "symbols": symbols, "risk": risk or {}, **fields}
    made = wish.document_of(DeploymentConfig.model_validate(asked).model_dump(), folder)
    made["source"] = {"kind": "csv", "path": "bars.csv", "interval": "1m", "tz": "UTC"}
    for one in made["deployments"]:
        one["strategy"] = {"kind": "./wishes.py"}
    del made["speed"]
    busy = [bar._replace(volume=bar.volume + BUSY) for bar in bars]
    market = Market(folder, as_yaml(made, "as deployed"), busy)
    (folder / "wishes.py").write_text(WISHES.replace("int(row.volume)", "int(row.volume) % 10"), encoding="utf-8")
    market.live()
    return market


def latched(market: Market) -> list[str]:
    return [latch.kind for latch in market.told.book.truth.latches.values()]


@pytest.mark.parametrize(("size", "qty"), [(None, 20), (0.05, 50)])
def test_a_position_is_two_percent_of_the_portfolio_or_what_the_form_says(
    tmp_path: Path, size: float | None, qty: int
) -> None:
    market = deployed(tmp_path, rows([(100, LONG), 100, 100]), {"position_size": size} if size else None)
    assert [int(order.qty) for order in market.told.entered] == [qty]


@pytest.mark.parametrize(
    ("limit", "px", "pauses"), [(None, 91, False), (None, 90, True), (0.02, 81, False), (0.02, 80, True)]
)
def test_a_day_is_paused_at_its_loss_and_not_before(
    tmp_path: Path, limit: float | None, px: float, pauses: bool
) -> None:
    risk = {"position_size": 0.1, "stop_loss": None, "drawdown": 1.0} | ({"daily_loss": limit} if limit else {})
    market = deployed(tmp_path, rows([(100, LONG), 100, 95, px, (px, AGAIN), px]), risk)
    # A tenth of the portfolio is held: at 91 the day has lost 0.9 percent, at 90 one, at 81 1.9, at 80 two.
    assert latched(market) == (["daily_loss"] if pauses else [])
    # What is wanted once more then is refused by the pause, and bought where there is none.
    assert (market.told.codes()[4], len(market.told.entered)) == (("LATCHED", 1) if pauses else ("REBALANCE", 2))


def test_a_good_day_goes_on_trading(tmp_path: Path) -> None:
    risk = {"position_size": 0.1, "take_profit": None}
    bars = rows([(100, LONG), 100, 108, 115, (115, FLAT), 115, (115, LONG), 115, 115])
    market = deployed(tmp_path, bars, risk)
    assert market.told.book.truth.accounts["main"].session_result == 1500
    assert (latched(market), len(market.told.entered)) == ([], 2)


@pytest.mark.parametrize(
    ("limit", "px", "pauses"),
    [(None, 51, False), (None, 50, True), (0.03, 71, False), (0.03, 70, True), (0.08, 21, False), (0.08, 20, True)],
)
def test_a_fall_from_the_peak_pauses_at_its_limit_and_not_before(
    tmp_path: Path, limit: float | None, px: float, pauses: bool
) -> None:
    risk = {"position_size": 0.1, "stop_loss": None, "daily_loss": 1.0} | ({"drawdown": limit} if limit else {})
    down = [round(100 - (100 - px) * n / 6, 2) for n in range(1, 7)]
    market = deployed(tmp_path, rows([(100, LONG), 100, *down, (px, AGAIN), px]), risk)
    # A tenth of the portfolio is held: at 51 it has fallen by 4.9 percent, at 50 by five, at 21 by 7.9, at 20 by eight.
    assert ("drawdown" in latched(market)) == pauses
    # Nothing is sold by it. What is wanted once more is refused, where nothing is closed (a week ends at five percent) bought.
    assert market.told.book.position("ema_cross", "AAA").qty >= 100
    is_shut = pauses or latched(market) == ["weekly_loss"]
    assert (market.told.codes()[8], len(market.told.entered)) == (("LATCHED", 1) if is_shut else ("REBALANCE", 2))


@pytest.mark.parametrize(
    ("risk", "resting"),
    [
        ({}, {"STOP_LOSS": 98, "TAKE_PROFIT": 105}),
        ({"stop_loss": 0.03, "take_profit": 0.1}, {"STOP_LOSS": 97, "TAKE_PROFIT": 110}),
        ({"stop_loss": None}, {"TAKE_PROFIT": 105}),
        ({"take_profit": None}, {"STOP_LOSS": 98}),
        ({"stop_loss": None, "take_profit": None}, {}),
    ],
)
def test_every_entry_has_the_stop_and_the_target_of_the_form_and_none_that_is_off(
    tmp_path: Path, risk: dict[str, Any], resting: dict[str, int]
) -> None:
    bars = rows([(100, LONG), 100, 100], "AAA") + rows([(100, LONG), 100, 100], "BBB")
    market = deployed(tmp_path, bars, risk)
    assert [order.instrument for order in market.told.entered] == ["AAA", "BBB"]
    for symbol in ("AAA", "BBB"):
        orders = [order for order in market.told.orders if order.reduce_only and order.instrument == symbol]
        assert {Code(order.reason).name: order.stop or order.limit for order in orders} == resting


@pytest.mark.parametrize(("most", "entered"), [(None, 3), (2, 2)])
def test_one_position_more_than_the_form_allows_is_refused_and_an_exit_goes_through(
    tmp_path: Path, most: int | None, entered: int
) -> None:
    names = ["AAA", "BBB", "CCC", "DDD"]
    bars = [bar for name in names for bar in rows([(100, LONG), 100, 100, (100, FLAT), 100], name)]
    market = deployed(tmp_path, bars, {"max_positions": most} if most else None)
    assert [order.instrument for order in market.told.entered] == names[:entered]
    assert "MAX_POSITIONS" in market.told.codes(names[entered])
    assert [int(market.told.book.position("ema_cross", name).qty) for name in names] == [0, 0, 0, 0]


@pytest.mark.parametrize("px", [99.0, 101.0])
def test_stop_and_target_are_away_from_the_price_of_the_entry_and_not_of_the_decision(
    tmp_path: Path, px: float
) -> None:
    market = deployed(tmp_path, rows([(100, LONG), px, px]))
    assert [float(fill.px) for fill in market.told.fills] == [px]
    resting = market.told.book.open_orders["AAA"].values()
    assert sorted(float(order.stop or order.limit or 0) for order in resting) == pytest.approx([px * 0.98, px * 1.05])
