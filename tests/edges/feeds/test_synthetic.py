"""The synthetic market: always the same, always consistent, alive like a market."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from openbell.core.events import Schedule
from openbell.core.types import MINUTE_NS, NS
from openbell.edges.feeds import merge, synthetic
from openbell.edges.feeds.table import BarTable, Request

DAY_NS = 86400 * NS
HALF_DAY = "2024-01-04"
Lookup = Callable[[str, int, int], Sequence[Schedule]]


def exchange(symbol: str, start: int, end: int) -> list[Schedule]:
    """Weekdays from 14:30 to 21:00 UTC, the third one until 18:00."""
    found: list[Schedule] = []
    day = datetime.fromtimestamp(start // NS, tz=UTC).date()
    while day <= datetime.fromtimestamp(end // NS, tz=UTC).date():
        name = day.isoformat()
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * NS
        bounds = midnight + 870 * MINUTE_NS, midnight + (1080 if name == HALF_DAY else 1260) * MINUTE_NS
        if day.weekday() < 5 and bounds[1] > start and bounds[0] < end:
            found += pair("NYSE", name, bounds)
        day += timedelta(days=1)
    return found


def always(symbol: str, start: int, end: int) -> list[Schedule]:
    found: list[Schedule] = []
    for midnight in range(start // DAY_NS * DAY_NS, end, DAY_NS):
        name = datetime.fromtimestamp(midnight // NS, tz=UTC).date().isoformat()
        found += pair("24x7", name, (midnight, midnight + DAY_NS))
    return found


def pair(calendar: str, name: str, bounds: tuple[int, int]) -> tuple[Schedule, Schedule]:
    begin = Schedule(ts=bounds[0], calendar=calendar, date=name, open=bounds[0], close=bounds[1], is_open=True)
    end = Schedule(ts=bounds[1] + 1, calendar=calendar, date=name, open=bounds[0], close=bounds[1], is_open=False)
    return begin, end


def make(config: dict[str, Any], symbols: tuple[str, ...] = ("AAA",), lookup: Lookup = exchange) -> list[BarTable]:
    return synthetic.load(synthetic.Config.model_validate(config), Request(symbols=symbols, sessions=lookup))


def same(one: BarTable, other: BarTable, count: int) -> bool:
    arrays = ("ts", "open", "high", "low", "close", "volume")
    return all(np.array_equal(getattr(one, name)[:count], getattr(other, name)[:count]) for name in arrays)


def test_the_market_is_the_same_on_every_machine() -> None:
    tables = make({"seed": 7}, ("AAA", "BBB", "CCC"))
    assert merge.fingerprint(tables) == "e562f9b7d63865177354224f27d1beda36557fb87983ef84418e8e72e77722b8"
    assert (
        merge.fingerprint(make({"interval": "1h", "days": 40}, lookup=always))
        == "206b4d96d12305d58d73cea7d385bcb81b4bf5147d0ad129b84a0b876914fca0"
    )


@pytest.mark.parametrize("lookup", [exchange, always])
@pytest.mark.parametrize("interval", ["1m", "5m", "1h", "1d"])
def test_bars_are_consistent_and_on_the_tick(lookup: Lookup, interval: str) -> None:
    (table,) = make({"days": 30, "interval": interval, "ticks": {"AAA": "0.05"}}, lookup=lookup)
    assert (table.high >= np.maximum(table.open, table.close)).all()
    assert (table.low <= np.minimum(table.open, table.close)).all()
    assert (table.low > 0).all()
    assert (table.volume >= 1).all()
    assert (np.diff(table.ts) > 0).all()
    for name in ("open", "high", "low", "close"):
        column = getattr(table, name)
        assert column.tolist() == [round(round(px / 0.05) * 0.05, 2) for px in column.tolist()]
        assert column.flags.c_contiguous
    assert table.is_synthetic


def test_the_closing_auction_is_stamped_at_the_close_half_day_included() -> None:
    (table,) = make({"days": 3})
    opens = table.open_ts
    days = [event for event in exchange("AAA", int(opens[0]), int(opens[-1])) if event.is_open]
    assert [day.date for day in days] == ["2024-01-02", "2024-01-03", HALF_DAY]
    for day in days:
        (row,) = np.flatnonzero(opens == day.close)
        assert table.open[row] == table.high[row] == table.low[row] == table.close[row]
        assert table.volume[row] > table.volume[row - 1]
    assert len(table) == 390 + 390 + 210 + 3


def test_a_calendar_without_closed_hours_has_no_auction() -> None:
    (table,) = make({"days": 3}, lookup=always)
    assert len(table) == 3 * 1440
    assert set(np.diff(table.ts).tolist()) == {MINUTE_NS}


def test_daily_bars_are_as_long_as_their_session() -> None:
    (table,) = make({"days": 3, "interval": "1d"})
    assert table.spans is not None
    assert (table.spans // MINUTE_NS).tolist() == [390, 390, 210]
    assert len(table) == 3


def test_bars_that_do_not_fit_are_left_out() -> None:
    (table,) = make({"days": 1, "interval": "1h"})
    assert len(table) == 6 + 1
    with pytest.raises(ValueError, match="no bar of 28800 s fits"):
        make({"interval": "8h"})


def test_more_days_or_instruments_change_nothing_that_was_there() -> None:
    (short,) = make({"days": 2})
    long, _ = make({"days": 4}, ("AAA", "BBB"))
    assert same(short, long, len(short) - 1)
    assert not same(short, make({"days": 2, "seed": 2})[0], 10)


def test_configured_prices_and_ticks_are_used() -> None:
    (pair_table,) = make({"prices": {"EURUSD": "1.1"}}, ("EURUSD",))
    assert pair_table.open[0] == pytest.approx(1.1, rel=0.1)
    assert (pair_table.open * 100 % 1).any()
    (stock,) = make({})
    assert 15 < stock.open[0] < 600


def test_it_lives_like_a_market() -> None:
    config = {"days": 150, "volatility": "25%", "correlation": "50%"}
    one, other = make(config, ("AAA", "BBB"), always)
    returns = [np.diff(np.log(table.close)) for table in (one, other)]
    daily = [np.diff(np.log(table.close[::1440])) for table in (one, other)]
    assert 0.15 < daily[0].std() * np.sqrt(252) < 0.5
    assert (returns[0] ** 4).mean() / returns[0].var() ** 2 > 4
    assert 0.25 < np.corrcoef(returns[0], returns[1])[0, 1] < 0.7
    volume = one.volume.reshape(-1, 1440).mean(axis=0)
    assert volume[:60].mean() > 1.5 * volume[690:750].mean()


def test_nights_leave_gaps() -> None:
    (table,) = make({"days": 200})
    first = np.flatnonzero(np.diff(table.open_ts) > 3600 * NS) + 1
    gaps = np.abs(table.open[first] / table.close[first - 1] - 1)
    inside = np.abs(table.open[1:] / table.close[:-1] - 1)
    assert gaps.mean() > 5 * np.median(inside)


def test_bounds_of_the_request_hold() -> None:
    (whole,) = make({"days": 3})
    request = Request(symbols=("AAA",), sessions=exchange, start_ns=int(whole.ts[9]), end_ns=int(whole.ts[19]))
    (part,) = synthetic.load(synthetic.Config(days=3), request)
    assert part.ts.tolist() == whole.ts[10:20].tolist()
    assert part.close.tolist() == whole.close[10:20].tolist()
    assert {field.name for field in fields(part)} == {field.name for field in fields(whole)}


def test_a_calendar_that_ends_is_named() -> None:
    with pytest.raises(ValueError, match="its calendar has 0 sessions from 2024-01-02 on, not 5"):
        make({}, lookup=lambda *_: [])


def test_a_session_that_opens_the_evening_before_counts_by_its_date() -> None:
    def evening(symbol: str, start: int, end: int) -> list[Schedule]:
        begin = int(datetime(2024, 1, 1, 22, tzinfo=UTC).timestamp()) * NS
        return [*pair("fx", "2024-01-01", (begin - DAY_NS, begin)), *pair("fx", "2024-01-02", (begin, begin + DAY_NS))]

    (table,) = make({"days": 1, "start": date(2024, 1, 2)}, lookup=evening)
    assert datetime.fromtimestamp(int(table.open_ts[0]) // NS, tz=UTC).hour == 22


@pytest.mark.parametrize(
    "config",
    [{"days": 0}, {"interval": "2d"}, {"prices": {"A": 0}}, {"ticks": {"A": -1}}, {"correlation": "-1%"}, {"x": 1}],
)
def test_senseless_options_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        synthetic.Config.model_validate(config)
