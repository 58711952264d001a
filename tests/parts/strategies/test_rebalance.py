"""Rebalance: weights once a period, sales first, turnover limited."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from openbell.core.effects import Intent
from openbell.core.types import NS
from openbell.parts.strategies import rebalance
from tests.core.build import bar, d
from tests.parts.strategies.told import World


class Table:
    """A strategy, its memory and the world it sees, on a day."""

    def __init__(self, **options: Any) -> None:
        self.config, self.state = rebalance.Config(**options), rebalance.State()
        self.world = World("A", "B")
        self.world.closes = {"A": 100.0, "B": 50.0}
        self.on(2024, 1, 15)

    def on(self, *day: int) -> None:
        midnight = datetime(*day, tzinfo=UTC)  # type: ignore[arg-type]
        self.world.close_ts = int((midnight + timedelta(hours=21)).timestamp()) * NS

    def told(self, symbol: str) -> list[tuple[str, float]]:
        wishes = rebalance.decide(self.config, self.state, bar(1, self.world.closes[symbol], symbol=symbol), self.world)
        assert all(isinstance(wish, Intent) and wish.rebalance for wish in wishes)
        return [(wish.instrument, round(wish.target, 6)) for wish in wishes]

    def day(self) -> list[tuple[str, float]]:
        return [wish for symbol in "ABAB" for wish in self.told(symbol)]


def test_it_buys_its_weights_once() -> None:
    table = Table(weights={"A": "60%", "B": "30%"})
    assert table.day() == [("B", 0.3), ("A", 0.6)]
    assert table.day() == []


def test_without_weights_all_are_even() -> None:
    assert sorted(Table().day()) == [("A", 0.5), ("B", 0.5)]


def test_nothing_is_planned_before_every_price_is_known() -> None:
    table = Table()
    del table.world.closes["B"]
    assert table.told("A") == table.told("A") == []
    table.world.closes["B"] = 50.0
    assert table.told("B") == []
    assert table.told("B") == [("B", 0.5)]


def test_the_next_month_brings_the_weights_back_sales_first() -> None:
    table = Table()
    table.day()
    table.world.held = {"A": d(70), "B": d(60)}
    assert table.day() == []
    table.on(2024, 1, 31)
    assert table.day() == []
    table.on(2024, 2, 1)
    assert table.told("B") == table.told("B") == [], "A has to be sold before"
    assert table.told("A") == [("A", 0.5)]
    assert table.told("B") == [], "it has not been filled yet"
    table.world.held["A"] = d(50)
    assert table.told("B") == [("B", 0.5)]


def test_a_sale_that_never_fills_does_not_hold_up_for_ever() -> None:
    table = Table(patience=2)
    table.state.period = 0
    table.world.held = {"A": d(70), "B": d(10)}
    table.told("A")
    assert table.told("A") == [("A", 0.5)]
    assert [table.told("B") for _ in range(3)] == [[], [], [("B", 0.5)]]


def test_the_limit_on_turnover_shrinks_all_changes_alike() -> None:
    table = Table(weights={"A": "80%", "B": "20%"}, max_turnover="30%")
    assert sorted(table.day()) == [("A", 0.24), ("B", 0.06)]


def test_what_is_near_its_weight_is_left_alone() -> None:
    table = Table(band="2%")
    table.world.held = {"A": d("51"), "B": d("97")}
    assert table.day() == []
    assert Table(band="2%").day() != []


def test_what_has_no_weight_is_sold_and_a_negative_one_is_sold_short() -> None:
    table = Table(weights={"A": "-50%"})
    table.world.held = {"B": d(100)}
    assert table.day() == [("B", 0.0)]
    table.world.held = {}
    assert table.day() == [("A", -0.5)]


def test_equity_of_nothing_holds_nothing() -> None:
    table = Table()
    table.world.equity = d(0)
    table.world.held = {"A": d(10)}
    assert rebalance.weight_of(table.world, "A") == 0.0


@pytest.mark.parametrize("every", ["month", "week", "session"])
def test_periods_follow_the_calendar(every: str) -> None:
    day, before, number = date(1970, 1, 1), None, -1
    while day < date(2110, 1, 1):
        close = int(datetime(day.year, day.month, day.day, 21, tzinfo=UTC).timestamp()) * NS
        key = {"month": (day.year, day.month), "week": day.isocalendar()[:2], "session": day}[every]
        found = rebalance.period_of(every, close)
        assert (found > number) == (key != before) and found >= number
        if every == "month":
            assert found == (day.year - 1970) * 12 + day.month - 1
        before, number, day = key, found, day + timedelta(days=1)


def test_a_session_until_midnight_belongs_to_the_day_it_fills() -> None:
    midnight = int(datetime(2024, 2, 1, tzinfo=UTC).timestamp()) * NS
    assert rebalance.period_of("month", midnight) + 1 == rebalance.period_of("month", midnight + 1)


def test_an_earlier_period_of_another_calendar_changes_nothing() -> None:
    table = Table()
    table.on(2024, 2, 1)
    table.told("A")
    planned = table.state.period
    table.on(2024, 1, 31)
    table.told("B")
    assert table.state.period == planned


def test_wrong_options_are_refused() -> None:
    for wrong in ({"every": "year"}, {"max_turnover": 0}, {"patience": 0}):
        with pytest.raises(ValidationError):
            rebalance.Config(**wrong)
