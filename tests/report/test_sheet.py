"""The figures of a tear sheet: every one once, months and falls that agree with them, texts that line up."""

from decimal import Decimal
from typing import Any, cast

import pytest

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.report import returns, sheet
from openbell.report.days import Day
from openbell.report.performance import performance
from tests.report.desk import START, Desk, make_spec
from tests.report.test_sections import worked


def day(date: str, start: object, end: object) -> Day:
    return Day(date, 0, Decimal(str(start)), Decimal(str(end)), Decimal(0))


def test_every_figure_of_an_account_and_of_trades_stands_in_one_group() -> None:
    desk = worked()
    figures = cast("Any", performance(desk.recorder, desk.book))
    for groups, blocks in ((sheet.GROUPS, figures["accounts"]), (sheet.OF_TRADES, figures["trades"])):
        shown = [key for _, keys in groups for key in keys]
        assert len(shown) == len(set(shown))
        left = set(next(iter(blocks.values()))) - set(shown)
        assert left <= {"currency", "largest_now_in"}


def test_groups_and_axes_stand_in_tables() -> None:
    desk = worked()
    figures = performance(desk.recorder, desk.book)
    tables = {t.label: t for t in (*sheet.account_groups(figures), *sheet.trade_groups(figures))}
    assert list(tables) == ["Growth", "Risk", "At work", "Costs", "Results of closed trades", "A trade"]
    assert ("Win rate", "50.00%") in tables["Results of closed trades"].rows
    by = {table.label: table for table in sheet.axis_tables(figures)}
    (row,) = by["Trades by instrument"].rows
    assert row[:5] == ("AAA", "USD", "2", "50.00%", "$1,046.00")
    for table in (*tables.values(), *by.values()):
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_without_trades_there_are_no_tables_of_them() -> None:
    desk = Desk(make_spec())
    figures = performance(desk.recorder, desk.book)
    assert sheet.trade_groups(figures) == sheet.axis_tables(figures) == sheet.axis_pictures(figures) == []
    assert "GROWTH" in sheet.text_sheet(figures)


def test_months_compound_to_the_year() -> None:
    days = [
        day("2023-12-29", 100, 110),
        day("2024-01-02", 110, 99),
        day("2024-01-03", 99, 108.9),
        day("2024-03-01", 108.9, 120),
    ]
    (first, second) = sheet.months(days)
    assert first[0] == "2023" and second[0] == "2024"
    assert [cell.text for cell in first[1]] == [*[""] * 11, "+10.00%", "+10.00%"]
    texts = [cell.text for cell in second[1]]
    assert (texts[0], texts[1], texts[2], texts[12]) == ("-1.00%", "", "+10.19%", "+9.09%")
    assert (first[1][11].tone, second[1][0].tone, second[1][2].tone) == ("g4", "l1", "g4")
    (still,) = sheet.months([day("2024-01-02", 100, 100)])
    assert still[1][0] == ("0.00%", "")


def test_the_deepest_falls_come_first() -> None:
    days = [
        day("2024-01-02", 100, 95),
        day("2024-01-03", 95, 101),
        day("2024-01-04", 101, 80.8),
        day("2024-01-05", 80.8, 90),
    ]
    assert sheet.falls(days).rows == [
        ("20.00%", "2024-01-03", "2024-01-04", "not yet", "2"),
        ("5.00%", "2024-01-02", "2024-01-02", "2024-01-03", "1"),
    ]


def sessions(count: int) -> Desk:
    """Return a desk that has won and lost in turn on as many days."""
    desk = Desk(make_spec(("AAA", "BBB"), ("one", "two")))
    for n in range(count):
        begin = START + n * 86_400 * NS
        desk.ts = begin
        close = begin + 6 * 3_600 * NS
        date = f"2024-01-{2 + n:02d}"
        desk.take(ev.Schedule(ts=begin, calendar="24x7", date=date, open=begin, close=close, is_open=True))
        symbol, deployment = (("AAA", "one"), ("BBB", "two"))[n % 2]
        desk.trade(10, "100", "1", symbol, deployment)
        desk.trade(-10, "110" if n % 3 else "95", "1", symbol, deployment)
    return desk


def test_days_and_axes_are_drawn_once_there_are_enough() -> None:
    few = sessions(4)
    (person,) = sheet.people(few.recorder, few.book)
    assert person.pictures == []
    desk = sessions(12)
    (person,) = sheet.people(desk.recorder, desk.book)
    assert [one.title for one in person.pictures] == ["Daily returns"]
    assert "12 trading days" in person.pictures[0].note
    titles = [picture.title for picture in sheet.axis_pictures(performance(desk.recorder, desk.book))]
    # All entries were at one hour: a chart of one column says nothing.
    assert titles == ["Profit by strategy", "Profit by instrument", "Profit by weekday"]


def test_the_text_lines_up() -> None:
    desk = sessions(12)
    text = sheet.text_sheet(performance(desk.recorder, desk.book))
    assert max(map(len, text.splitlines())) <= 140
    block = text[text.index("TRADES BY STRATEGY") :].split("\n\n")[0].splitlines()[1:]
    assert len({len(line) for line in block}) == 1
    assert block[1].split()[:3] == ["one", "USD", "6"]


@pytest.mark.parametrize("value", ["0.00%"])
def test_nothing_gained_has_no_sign(value: str) -> None:
    assert sheet.months([day("2024-01-02", 100, 100.000001)])[0][1][0].text == value


def test_rolling_figures_are_those_of_each_window() -> None:
    days = [day(f"2024-02-{1 + n:02d}", 100 + n * n, 100 + (n + 1) ** 2 - 7 * (n % 3)) for n in range(8)]
    changes = returns.daily(days)
    found = sheet.rolling(days, 5)
    assert [one["date"] for one in found] == ["2024-02-05", "2024-02-06", "2024-02-07", "2024-02-08"]
    for n, one in enumerate(found):
        window = changes[n : n + 5]
        assert one["total_return"] == pytest.approx(returns.total(window), abs=1e-6)
        assert one["volatility"] == pytest.approx(returns.volatility(window, 365.0), abs=1e-6)
        assert one["sharpe"] == pytest.approx(returns.sharpe(window, 365.0), abs=1e-6)
    assert sheet.rolling(days, 9) == []


def test_rolling_figures_are_drawn_once_there_are_two_windows() -> None:
    (few,) = sheet.people(sessions(20).recorder, sessions(20).book)
    assert [one.title for one in few.pictures] == ["Daily returns"]
    desk = sessions(21)
    (more,) = sheet.people(desk.recorder, desk.book)
    assert [one.title for one in more.pictures] == ["Daily returns", "Rolling Sharpe ratio", "Rolling volatility"]
    assert all("<polyline" in one.svg for one in more.pictures[1:])
