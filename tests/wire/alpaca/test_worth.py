from typing import Any

import pytest

from openbell.core.types import MINUTE_NS, NS
from openbell.edges.calendars import sessions
from openbell.wire.alpaca.call import Call
from openbell.wire.alpaca.forms import parse_instant
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.worth import portfolio
from tests.wire.alpaca.stand import house

OPEN = parse_instant("2026-11-19T09:30:00-05:00")
NEXT = parse_instant("2026-11-20T09:30:00-05:00")


def worth(minutes: int = 30, now: int = NEXT + 3600 * NS, **query: str) -> dict[str, Any]:
    """Ask an account that gains a dollar a minute, on two days; the second begins where the first has ended."""
    made, _ = house()
    made.sessions = lambda start, end: sessions("NYSE", start, end)
    made.worth += [(OPEN + n * MINUTE_NS, 1000.0 + n) for n in range(1, minutes + 1)]
    made.worth += [(NEXT + n * MINUTE_NS, 1000.0 + minutes + n) for n in range(1, minutes + 1)]
    return dict(portfolio(made, Call(now=now, query=query)).body)


def test_minutes_are_named_by_their_beginning_and_told_what_they_ended_with() -> None:
    told = worth(period="2D")
    assert (told["timeframe"], len(told["equity"])) == ("1Min", 60)
    assert (told["timestamp"][0] * NS, told["equity"][0], told["base_value"]) == (OPEN, 1001.0, 1001.0)


@pytest.mark.parametrize(("frame", "count"), [("1Min", 60), ("5Min", 12), ("15Min", 4), ("1H", 2), ("1D", 2)])
def test_windows_are_as_long_as_they_are_asked_for(frame: str, count: int) -> None:
    told = worth(period="1W", timeframe=frame)
    assert (told["timeframe"], len(told["timestamp"]), told["equity"][-1]) == (frame, count, 1060.0)


def test_a_month_is_told_by_days_where_nobody_says_otherwise() -> None:
    told = worth()
    assert (told["timeframe"], told["equity"], told["profit_loss"]) == ("1D", [1030.0, 1060.0], [0.0, 30.0])
    assert told["timestamp"][0] * NS == parse_instant("2026-11-19T00:00:00-05:00")


def test_within_days_a_gain_is_counted_from_the_close_before_unless_told_otherwise() -> None:
    told = worth(period="1W", timeframe="15Min")
    assert told["profit_loss"] == [0.0, 15.0, 15.0, 30.0]
    assert told["profit_loss_pct"][-1] == 30 / 1030
    assert worth(period="1W", timeframe="15Min", pnl_reset="no_reset")["profit_loss"] == [0.0, 15.0, 30.0, 45.0]


def test_bounds_and_hours_cut_it() -> None:
    assert worth(start="2026-11-20T14:40:00Z", timeframe="5Min")["equity"][0] == 1045.0
    assert worth(start="2026-11-19", end="2026-11-20", timeframe="1H")["equity"] == [1030.0]
    late = {"period": "1W", "timeframe": "1H", "intraday_reporting": "market_hours"}
    assert len(worth(minutes=450, now=NEXT + 9 * 3600 * NS, **late)["equity"]) == 14
    late["intraday_reporting"] = "extended_hours"
    assert len(worth(minutes=450, now=NEXT + 9 * 3600 * NS, **late)["equity"]) == 16


def test_before_the_first_minute_is_over_an_account_is_told_what_it_is_worth_now() -> None:
    told = worth(minutes=0)
    assert (told["equity"], told["profit_loss"], told["base_value"]) == ([100_000.0], [0.0], 100_000.0)
    assert worth(minutes=0, end="2026-11-19")["equity"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"period": "7"}, {"timeframe": "2Min"}, {"period": "3M", "timeframe": "1H"}, {"intraday_reporting": "always"},
        {"period": "1D", "start": "2026-11-19", "end": "2026-11-20"},
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        worth(**query)
    assert refused.value.status == 422
