"""All figures of a run, by hand and by both engines."""

import json
import re
from decimal import Decimal

import msgspec
import pytest

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.report.html import render
from openbell.report.metrics import summary
from openbell.report.performance import label_of, performance, text_of
from openbell.report.recorder import Recorder
from openbell.report.sheet import axis_tables, text_sheet
from openbell.run.backtest import backtest
from openbell.run.compiled import compiled_backtest
from tests.parts.kernels import build as b
from tests.report.desk import START, Desk, make_spec

DAY_NS = 86_400 * NS


def opened(desk: Desk, day: int) -> None:
    """Begin a session a number of days after the first."""
    begin = START + day * DAY_NS
    desk.ts = begin
    date = f"2024-01-{2 + day:02d}"
    close = begin + 6 * 3_600 * NS
    desk.take(ev.Schedule(ts=begin, calendar="24x7", date=date, open=begin, close=close, is_open=True))


@pytest.fixture(name="desk")
def _desk() -> Desk:
    """Three trading days: a win of 900 after fees, a loss of 510, a position left open."""
    desk = Desk(make_spec(("AAA", "BBB"), ("one", "two")))
    opened(desk, 0)
    desk.bar(100.0)
    desk.trade(100, "100", "50", deployment="one")
    desk.bar(104.0, low=95.0, high=106.0)
    desk.bar(109.0, low=98.0, high=112.0)
    desk.trade(-100, "110", "50", deployment="one", reason=Code.TAKE_PROFIT)
    opened(desk, 1)
    desk.bar(50.0, "BBB")
    desk.trade(-100, "50", "5", "BBB", "two", reason=Code.SIGNAL_SHORT)
    desk.bar(54.0, "BBB", high=56.0)
    desk.trade(100, "55", "5", "BBB", "two", reason=Code.STOP_LOSS)
    opened(desk, 2)
    desk.bar(100.0)
    desk.trade(200, "100", deployment="one")
    desk.bar(101.0)
    return desk


def test_fees_in_other_currencies_are_told_in_the_base_currency() -> None:
    desk = Desk(make_spec(quote="EUR"))
    rate = ev.FxMark(ts=desk.ts, currency="EUR", base="USD", rate=Decimal("1.10"))
    desk.take(rate)
    desk.bar(50.0)
    fill = desk.fill_event(desk.order(100), "50", "4")
    desk.take(fill)
    desk.take(msgspec.structs.replace(desk.fill_event(desk.order(100), "50", "1"), fee_currency="USD"))
    figures = performance(desk.recorder, desk.book)["accounts"]["main"]  # type: ignore[index]
    assert (Decimal(figures["fees"]), desk.book.truth.accounts["main"].fees) == (Decimal("5.4"), {"EUR": 4, "USD": 1})
    assert figures["fees_bps"] == pytest.approx(5.4 / 11_000 * 10_000, rel=1e-4)
    desk.take(msgspec.structs.replace(rate, ts=desk.ts, rate=Decimal("1.20")))
    figures = performance(desk.recorder, desk.book)["accounts"]["main"]  # type: ignore[index]
    assert Decimal(figures["fees"]) == Decimal("5.8")


def test_what_became_of_an_account(desk: Desk) -> None:
    found = performance(desk.recorder, desk.book)["accounts"]["main"]  # type: ignore[index]
    assert (found["days"], found["days_per_year"], found["cagr"]) == (3, 252.0, None)
    assert found["total_return"] == pytest.approx(590 / 100_000)
    assert (found["best_day"], found["worst_day"]) == (0.009, round(-510 / 100_900, 6))
    assert found["positive_days"] == pytest.approx(2 / 3)
    assert found["drawdown_days"] == 2 and found["recovering_since"] == "2024-01-02"
    assert (found["traded"], found["fees"]) == ("51500", "110")
    assert found["fees_bps"] == pytest.approx(110 / 51_500 * 10_000, rel=1e-4)
    assert found["largest_now_in"] == "AAA"
    assert found["largest_now"] == found["net_now"] == found["exposure_now"]
    assert found["concentration_now"] == 1.0
    assert 0.0 < found["time_in_market"] < 1.0
    assert found["expected_shortfall"] >= found["value_at_risk"] > 0.0


def test_what_closed_trades_earned(desk: Desk) -> None:
    found = performance(desk.recorder, desk.book)["trades"]["USD"]  # type: ignore[index]
    assert (found["trades"], found["wins"], found["win_rate"]) == (2, 1, 0.5)
    assert (found["profit"], found["fees"], found["best"], found["worst"]) == ("390", "110", "900", "-510")
    assert found["profit_factor"] == pytest.approx(900 / 510, abs=1e-6)
    assert (found["expectancy"], found["mean_win"], found["mean_loss"]) == ("195", "900", "510")
    assert found["payoff"] == found["profit_factor"]
    assert found["longest_losing_streak"] == 1
    assert found["mean_duration_s"] == pytest.approx((120 + 60) / 2)


def test_how_far_prices_went_against_and_for_a_trade(desk: Desk) -> None:
    long, short = desk.recorder.trades
    # Of the bar of the entry only the close counts; the price of the exit counts as well.
    assert (long.mae, long.mfe) == (pytest.approx(0.05), pytest.approx(0.12))
    assert (short.mae, short.mfe) == (pytest.approx(0.12), pytest.approx(0.0))


def test_what_is_held_is_told_at_the_price_of_now_and_not_of_the_last_fill() -> None:
    desk = Desk(make_spec())
    desk.bar(100.0)
    desk.trade(100, "100")
    desk.bar(150.0)
    found = performance(desk.recorder, desk.book)["accounts"]["main"]  # type: ignore[index]
    shown = [found[key] for key in ("exposure_now", "net_now", "largest_now", "exposure_max", "largest_ever")]
    assert shown == [round(15_000 / 105_000, 6)] * 5
    desk.bar(120.0)
    later = performance(desk.recorder, desk.book)["accounts"]["main"]  # type: ignore[index]
    assert later["exposure_now"] == round(12_000 / 102_000, 6)


def test_trades_add_up_along_every_axis(desk: Desk) -> None:
    found = performance(desk.recorder, desk.book)["by"]
    assert list(found) == ["strategy", "instrument", "side", "hour", "weekday"]  # type: ignore[call-overload]
    for axis, values in found.items():  # type: ignore[attr-defined]
        assert sum(Decimal(one["USD"]["profit"]) for one in values.values()) == 390, axis
        assert sum(one["USD"]["trades"] for one in values.values()) == 2, axis
    assert list(found["weekday"]) == ["Tuesday", "Wednesday"]  # type: ignore[index]
    assert found["strategy"]["one"]["USD"]["profit"] == "900"  # type: ignore[index]
    assert found["side"]["short"]["USD"]["profit"] == "-510"  # type: ignore[index]
    assert list(found["hour"]) == ["14"]  # type: ignore[index]


@pytest.mark.parametrize("is_begun", [True, False])
def test_nothing_that_happened_has_no_figures(is_begun: bool) -> None:
    spec = make_spec()
    desk = Desk(spec)
    # A run may be told to end before its first event.
    found = performance(desk.recorder, desk.book) if is_begun else performance(Recorder(spec), Book(spec))
    assert found["trades"] == {}
    account = found["accounts"]["main"]  # type: ignore[index]
    for key in ("sharpe", "volatility", "turnover", "time_in_market", "best_day", "positive_days", "fees_bps"):
        assert account[key] is None
    assert "–" in text_sheet(found)


def test_it_is_json_and_text(desk: Desk) -> None:
    found = performance(desk.recorder, desk.book, risk_free=0.04)
    assert json.loads(json.dumps(found)) == found
    text = text_sheet(found)
    assert re.search(r"^  Win rate +50\.00%$", text, re.MULTILINE)
    assert re.search(r"^  Expectancy +\$195\.00$", text, re.MULTILINE)
    assert [text_of("mean_duration_s", s, "") for s in (0.2, 65.0, 8_691.24, 187_200.0)] == [
        "0s",
        "1m 5s",
        "2h 24m",
        "2d 4h",
    ]
    assert text_of("profit_factor", 1.5, "USD") == "1.50" and text_of("trades", 3, "USD") == "3"
    assert (label_of("cagr"), label_of("mean_mae"), label_of("value_at_risk")) == ("CAGR", "Mean MAE", "Value at risk")


def test_a_losing_streak_and_only_losses() -> None:
    desk = Desk(make_spec())
    for px in ("99", "98", "97"):
        desk.bar(100.0)
        desk.trade(10, "100")
        desk.trade(-10, px)
    found = performance(desk.recorder, desk.book)["trades"]["USD"]  # type: ignore[index]
    assert (found["longest_losing_streak"], found["profit_factor"], found["payoff"]) == (3, 0.0, None)
    assert found["mean_win"] is None


def test_both_engines_have_the_same_figures() -> None:
    b.compiled_once()
    prepared, source = b.workload("W2", b.seeded_bars(3_000))
    plain, compiled = backtest(prepared, source), compiled_backtest(prepared, source)
    assert not isinstance(compiled, str)
    ours, theirs = (performance(one.recorder, one.book) for one in (plain, compiled))
    assert ours["trades"]["USD"]["trades"] > 50  # type: ignore[index]
    assert ours == theirs


def test_excursions_are_those_of_the_replayed_path() -> None:
    prepared, source = b.workload("W2", b.seeded_bars(4_000, seed=11))
    run = backtest(prepared, source)
    (table,) = source.tables
    opens = table.ts - table.interval_ns
    trades = list(run.recorder.trades)
    assert len(trades) > 50
    for trade in trades:
        entry, exit_ = float(trade.entry_px), float(trade.exit_px)
        # Bars that began after the entry and ended before the exit, the close of the entry's own, and both prices.
        inside = (opens >= trade.entry_ts) & (table.ts <= trade.exit_ts)
        own = (opens < trade.entry_ts) & (table.ts > trade.entry_ts) & (table.ts <= trade.exit_ts)
        highs = [entry, exit_, *table.high[inside].tolist(), *table.close[own].tolist()]
        lows = [entry, exit_, *table.low[inside].tolist(), *table.close[own].tolist()]
        assert trade.mfe == pytest.approx(max(highs) / entry - 1.0, abs=1e-12)
        assert trade.mae == pytest.approx(1.0 - min(lows) / entry, abs=1e-12)


def test_two_strategies_stand_side_by_side_over_the_same_time(desk: Desk) -> None:
    tables = {table.label: table for table in axis_tables(performance(desk.recorder, desk.book))}
    rows = {row[0]: row[1:] for row in tables["Trades by strategy"].rows}
    assert rows["one"][1:4] == ("1", "100.00%", "$900.00")
    assert rows["two"][1:4] == ("1", "0.00%", "-$510.00")
    page = render(desk.recorder, desk.book, summary(desk.book, {}), "Two strategies")
    assert "Trades by strategy" in page and ">one</td>" in page and ">two</td>" in page
