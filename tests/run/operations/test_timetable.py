"""When operations are due: by the exchange's sessions and zone, also on half days and over changes of the clock."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from openbell.config.operations import OperationsTerms
from openbell.core.types import DAY_NS, NS
from openbell.edges.calendars import zone
from openbell.run.operations.timetable import Timetable
from openbell.run.sessions import sessions_of
from tests.checklist.market import Market, clock
from tests.run.operations.summer import DATES, HALF_DAY, times

NOTHING: dict[str, object] = dict.fromkeys(name for name in OperationsTerms.model_fields if name != "calendar")


@pytest.fixture(scope="module", autouse=True)
def _cached(tmp_path_factory: pytest.TempPathFactory) -> None:
    CACHE.append(tmp_path_factory.mktemp("calendars") / "calendars.json")


CACHE: list[Path] = []
"""File that keeps the sessions of exchanges for these tests; made by the fixture."""


def due(calendar: str, first: str, days: int, blocks: dict[str, object]) -> list[tuple[str, str]]:
    """Return local time and block of everything that is due within days from the UTC day `first` on."""
    start = int(datetime.fromisoformat(first).replace(tzinfo=UTC).timestamp()) * NS
    here = zone(calendar, start, CACHE[-1])
    table = Timetable(OperationsTerms.model_validate(blocks), calendar, sessions_of({}, CACHE[-1]), here)
    return [(clock(one.ts, str(here)), one.block) for one in table.between(start, start + days * DAY_NS)]


def test_before_the_market_it_fires_on_every_trading_day_in_the_exchanges_zone(done: Market) -> None:
    assert times(done, "pre_market") == [f"{date} 08:30" for date in DATES]
    blocks: dict[str, object] = NOTHING | {"pre_market": {}}
    # The sixth is a holiday of London; New York's clocks changed on the tenth.
    assert due("XLON", "2024-05-03", 5, blocks) == [
        ("2024-05-03 08:00", "pre_market"), ("2024-05-07 08:00", "pre_market"),
    ]  # fmt: skip
    assert due("NYSE", "2024-03-08", 4, blocks) == [
        ("2024-03-08 08:30", "pre_market"), ("2024-03-11 08:30", "pre_market"),
    ]  # fmt: skip


def test_at_the_open_it_fires_once_at_the_exchanges_time(done: Market) -> None:
    assert times(done, "market_open") == [f"{date} 09:30" for date in DATES]


def test_within_the_day_it_fires_hourly_and_in_the_session_only(done: Market) -> None:
    whole = [f"{hour}:30" for hour in range(10, 16)]
    wanted = [f"{date} {at}" for date in DATES for at in (whole[:3] if date == HALF_DAY else whole)]
    assert times(done, "intraday") == wanted


def test_at_the_close_it_follows_an_early_close(done: Market) -> None:
    assert times(done, "market_close") == [f"{date} {'13' if date == HALF_DAY else '16'}:00" for date in DATES]


@pytest.mark.parametrize("at", ["16:00", "close"])
def test_a_close_that_is_written_as_a_time_follows_an_early_close_too(at: str) -> None:
    blocks: dict[str, object] = NOTHING | {"market_close": {"at": at}}
    found = [when for when, _ in due("NYSE", "2024-07-02", 4, blocks)]
    assert found == ["2024-07-02 16:00", "2024-07-03 13:00", "2024-07-05 16:00"]


def test_after_the_market_it_fires_once_at_the_exchanges_time(done: Market) -> None:
    assert times(done, "post_market") == [f"{date} 17:00" for date in DATES]


def test_the_weekly_review_fires_once_on_its_day_in_the_exchanges_zone(done: Market) -> None:
    assert times(done, "weekly_review") == ["2024-06-30 10:00", "2024-07-07 10:00"]


def test_the_parameter_review_fires_on_the_first_trading_day_of_a_month(done: Market) -> None:
    assert times(done, "parameter_review") == ["2024-07-01 10:00"]
    blocks: dict[str, object] = NOTHING | {"parameter_review": {}}
    found = [when for when, _ in due("NYSE", "2024-01-01", 100, blocks)]
    # New Year and Good Friday move nothing but the day itself.
    assert found == ["2024-01-02 10:00", "2024-02-01 10:00", "2024-03-01 10:00", "2024-04-01 10:00"]


def test_no_block_leaves_its_side_of_the_session() -> None:
    blocks = NOTHING | {
        "pre_market": {"at": "12:00"}, "market_open": {"at": "08:00"}, "intraday": {"every": "2h"},
        "market_close": {"at": "23:00"}, "post_market": {"at": "09:00"},
    }  # fmt: skip
    assert [(when[11:], block) for when, block in due("NYSE", "2024-01-02", 1, blocks)] == [
        ("09:30", "pre_market"), ("09:30", "market_open"), ("11:30", "intraday"), ("13:30", "intraday"),
        ("15:30", "intraday"), ("16:00", "market_close"), ("16:00", "post_market"),
    ]  # fmt: skip


def test_where_sessions_meet_the_old_one_is_closed_before_the_new_one_is_opened() -> None:
    found = [block for _, block in due("24x7", "2024-01-02", 3, {"weekly_review": None, "intraday": None})]
    ends = [block for block in found if block in ("market_open", "market_close")]
    assert ends == ["market_close", "market_open"] * 3
