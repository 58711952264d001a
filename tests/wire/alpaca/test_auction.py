import pytest

from openbell.core.events import Schedule
from openbell.core.types import MINUTE_NS
from openbell.edges.calendars import sessions
from openbell.wire.alpaca import auction
from openbell.wire.alpaca.desk import Desk
from openbell.wire.alpaca.forms import parse_instant
from openbell.wire.alpaca.refusal import Refused
from tests.wire.alpaca.stand import Told, bar, desk, order


def hours(start: int, end: int) -> list[Schedule]:
    return sessions("NYSE", start, end)


def opened() -> tuple[Desk, Told]:
    made, told = desk()
    made.sessions = hours
    return made, told


@pytest.mark.parametrize(
    ("tif", "now", "due"),
    [
        ("opg", "2026-11-20T09:27:59-05:00", "2026-11-20T09:30:00-05:00"),
        ("opg", "2026-11-20T19:00:01-05:00", "2026-11-23T09:30:00-05:00"),
        ("opg", "2026-11-21T12:00:00-05:00", "2026-11-23T09:30:00-05:00"),
        ("cls", "2026-11-20T15:49:59-05:00", "2026-11-20T16:00:00-05:00"),
        ("cls", "2026-11-20T19:00:01-05:00", "2026-11-23T16:00:00-05:00"),
        ("cls", "2026-11-27T12:49:00-05:00", "2026-11-27T13:00:00-05:00"),
    ],
)
def test_an_order_waits_for_the_next_auction(tif: str, now: str, due: str) -> None:
    assert auction.due(tif, hours, parse_instant(now)) == parse_instant(due)


@pytest.mark.parametrize(
    ("tif", "now"),
    [
        ("opg", "2026-11-20T09:28:01-05:00"),
        ("opg", "2026-11-20T18:59:00-05:00"),
        ("cls", "2026-11-20T15:50:01-05:00"),
        ("cls", "2026-11-27T12:51:00-05:00"),
    ],
)
def test_between_the_last_minutes_and_the_evening_none_is_taken(tif: str, now: str) -> None:
    made, _ = opened()
    with pytest.raises(Refused, match="not taken") as refused:
        made.submit(order(time_in_force=tif), parse_instant(now))
    assert refused.value.status == 403


def test_the_auction_fills_what_its_price_meets_and_takes_the_rest_back() -> None:
    made, told = opened()
    now = parse_instant("2026-11-20T09:00:00-05:00")
    market = made.order(made.submit(order(time_in_force="opg"), now)["id"])
    limits = [
        made.order(made.submit(order(symbol="SPY", type="limit", limit_price=px, time_in_force="opg"), now)["id"])
        for px in ("101", "99")
    ]
    made.clerk.play(bar(100.0, n=200))
    auction.hold(made.clerk, market.due - MINUTE_NS)
    assert [one.status for one in (market, *limits)] == ["new"] * 3
    auction.hold(made.clerk, market.due)
    assert [one.status for one in (market, *limits)] == ["filled", "filled", "canceled"]
    assert (market.average, made.books.held("AAPL")) == (100, 10)
    assert told.events("AAPL") == ["new", "fill"]


def test_an_order_for_an_auction_is_taken_back_like_any_other_and_is_a_plain_one() -> None:
    made, told = opened()
    now = parse_instant("2026-11-20T09:00:00-05:00")
    waiting = made.submit(order(time_in_force="cls"), now)["id"]
    made.cancel(waiting, now)
    assert (made.order(waiting).status, told.events()) == ("canceled", ["new", "canceled"])
    for fields in ({"type": "stop", "stop_price": "90"}, {"qty": "1.5"}, {"type": "trailing_stop", "trail_price": "1"}):
        with pytest.raises(Refused):
            made.submit(order(time_in_force="opg", **fields), now)
