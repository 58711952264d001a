import asyncio
from pathlib import Path
from typing import Any

import pytest

from openbell.edges.calendars import sessions
from openbell.wire.alpaca.call import Call
from openbell.wire.alpaca.forms import parse_instant
from openbell.wire.alpaca.markets import calendar, clock
from openbell.wire.alpaca.refusal import Refused
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import house, running


def ask(act: Any, now: str, path: dict[str, str] | None = None, **query: str) -> Any:
    made, _ = house()
    made.sessions = lambda start, end: sessions("NYSE", start, end)
    return act(made, Call(path=path or {}, query=query, now=parse_instant(now))).body


@pytest.mark.parametrize(
    ("now", "phase", "until", "is_day"),
    [
        ("2026-11-20T03:59:00-05:00", "closed", "2026-11-20T04:00:00-05:00", True),
        ("2026-11-20T09:00:00-05:00", "pre", "2026-11-20T09:30:00-05:00", True),
        ("2026-11-20T09:31:00-05:00", "core", "2026-11-20T16:00:00-05:00", True),
        ("2026-11-20T17:00:00-05:00", "post", "2026-11-20T20:00:00-05:00", True),
        ("2026-11-21T12:00:00-05:00", "closed", "2026-11-23T04:00:00-05:00", False),
    ],
)
def test_the_clock_tells_the_phase_of_each_market(now: str, phase: str, until: str, *, is_day: bool) -> None:
    found = ask(clock, now, markets="NYSE,XNAS")
    assert [one["market"]["acronym"] for one in found["clocks"]] == ["NYSE", "NASDAQ"]
    told = found["clocks"][0]
    assert (told["phase"], told["phase_until"], told["is_market_day"]) == (phase, until, is_day)
    if spec.IS_HERE:
        assert spec.answer_faults("GET", "/v3/clock", 200, found) == []


def test_another_instant_can_be_asked_for() -> None:
    found = ask(clock, "2026-11-20T03:59:00-05:00", time="2026-11-20T15:00:00Z")
    assert found["clocks"][0]["phase"] == "core"


def test_the_calendar_has_half_days_and_settlements() -> None:
    found = ask(calendar, "2026-11-20T12:00:00Z", {"market": "NYSE"}, start="2026-11-26", end="2026-11-30")
    assert [(one["date"], one["core_end"][11:16], one["settlement_date"]) for one in found["calendar"]] == [
        ("2026-11-27", "13:00", "2026-11-30"), ("2026-11-30", "16:00", "2026-12-01"),
    ]  # fmt: skip
    utc = ask(calendar, "2026-11-20T12:00:00Z", {"market": "xnys"}, timezone="UTC")
    assert (len(utc["calendar"]), utc["calendar"][0]["core_start"]) == (5, "2026-11-20T14:30:00+00:00")
    if spec.IS_HERE:
        assert spec.answer_faults("GET", "/v3/calendar/NYSE", 200, found) == []


@pytest.mark.parametrize(
    ("path", "query"),
    [({"market": "LSE"}, {}), ({"market": "NYSE"}, {"start": "soon"})],
)
def test_other_markets_and_dates_are_refused(path: dict[str, str], query: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        ask(calendar, "2026-11-20T12:00:00Z", path, **query)
    assert refused.value.status == 400


def test_both_stand_under_their_addresses(tmp_path: Path) -> None:
    async def run() -> list[int]:
        async with running(tmp_path) as hands:
            return [(await hands.ask("GET", path))[0] for path in ("/v3/clock", "/v3/calendar/NYSE")]

    assert asyncio.run(run()) == [200, 200]
