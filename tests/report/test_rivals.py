"""Strategies side by side: each on its own capital, over the days that all of them traded."""

from collections.abc import Sequence
from itertools import accumulate

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.report import rivals
from openbell.report.rivals import Rivals
from tests.report.desk import START, Desk, make_spec

DAYS = 12


class Beside(Desk):
    """A book worked by hand, with the rivals looking on as well."""

    def __init__(self, *deployments: str) -> None:
        self.rivals = Rivals()
        super().__init__(make_spec(("AAA", "BBB"), deployments))

    def take(self, event: ev.Event, effects: Sequence[fx.Effect] = ()) -> None:
        super().take(event, effects)
        self.rivals.watch(self.book, event, effects)


def worked(*deployments: str) -> Beside:
    """Return twelve days: the first deployment trades on even ones, the second on odd ones, at a dollar an order."""
    desk = Beside(*deployments)
    for n in range(DAYS):
        desk.ts = begin = START + n * 86_400 * NS
        date, close = f"2024-01-{2 + n:02d}", begin + 6 * 3_600 * NS
        desk.take(ev.Schedule(ts=begin, calendar="24x7", date=date, open=begin, close=close, is_open=True))
        symbol, name = ("AAA", deployments[0]) if n % 2 == 0 else ("BBB", deployments[-1])
        desk.trade(10, "100", "1", symbol, name)
        desk.trade(-10, "110" if n % 3 else "95", "1", symbol, name)
    return desk


def results(parity: int) -> list[float]:
    return [(98.0 if n % 3 else -52.0) if n % 2 == parity else 0.0 for n in range(DAYS)]


def test_each_day_is_its_result_over_what_the_deployment_was_worth() -> None:
    desk = worked("one", "two")
    found = desk.rivals.daily(desk.book)
    assert list(found) == ["one", "two"]
    for name, parity in (("one", 0), ("two", 1)):
        made = results(parity)
        before = [100_000.0, *(100_000.0 + done for done in accumulate(made))]
        assert list(found[name].values()) == pytest.approx([a / b for a, b in zip(made, before, strict=False)])
    # What both made together is what the account made.
    account = desk.book.truth.accounts["main"]
    assert float(account.equity - account.equity_start) == pytest.approx(sum(results(0)) + sum(results(1)))


def test_periods_are_equal_for_all() -> None:
    desk = worked("one", "two")
    found = desk.rivals.daily(desk.book)
    assert list(found["one"]) == list(found["two"]) == [f"2024-01-{2 + n:02d}" for n in range(DAYS)]


def test_figures_stand_beside_each_other() -> None:
    desk = worked("one", "two")
    daily = desk.rivals.daily(desk.book)
    found = rivals.figures(daily, 365.0)
    assert found["one"]["days"] == found["two"]["days"] == DAYS
    assert found["one"]["total_return"] == pytest.approx(sum(results(0)) / 100_000.0, abs=1e-5)
    assert found["one"]["worst_day"] == pytest.approx(-52.0 / 100_000.0, abs=1e-6)
    table = rivals.table(found)
    assert table is not None and [column.name for column in table.columns] == ["Figure", "one", "two"]
    assert [row[0] for row in table.rows][:2] == ["Days", "Total return"]
    picture = rivals.picture(daily)
    assert picture is not None and picture.svg.count("<polyline") == 2 and "12 days" in picture.note


def test_one_alone_stands_beside_nobody() -> None:
    desk = worked("one")
    daily = desk.rivals.daily(desk.book)
    assert rivals.table(rivals.figures(daily, 365.0)) is None and rivals.picture(daily) is None
    assert Rivals().daily(desk.book) == {} and rivals.picture({}) is None
