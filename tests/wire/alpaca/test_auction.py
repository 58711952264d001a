import msgspec
import pytest

from openbell.core.events import Bar, Schedule
from openbell.core.types import MINUTE_NS
from openbell.edges.calendars import sessions
from openbell.wire.alpaca import auction
from openbell.wire.alpaca.desk import Desk
from openbell.wire.alpaca.forms import parse_instant
from openbell.wire.alpaca.refusal import Refused
from tests.wire.alpaca.stand import Told, bar, desk, order


def hours(start: int, end: int) -> list[Schedule]:
    return sessions("NYSE", start, end)


def piece(end: int, close: float = 100.0, symbol: str = "AAPL") -> Bar:
    """Return the minute that ends at an instant (UTC ns)."""
    return msgspec.structs.replace(bar(close, symbol=symbol), ts=end)


def enough(_: str) -> float:
    return 1000.0


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
    for symbol in ("AAPL", "SPY"):
        auction.open_at(made.clerk, piece(market.due, symbol=symbol), 1000.0)
    assert [one.status for one in (market, *limits)] == ["new"] * 3
    for symbol in ("AAPL", "SPY"):
        auction.open_at(made.clerk, piece(market.due + MINUTE_NS, symbol=symbol), 1000.0)
    assert [one.status for one in (market, *limits)] == ["filled", "filled", "canceled"]
    assert (market.average, made.books.held("AAPL"), market.filled_at) == (100, 10, market.due)
    assert told.events("AAPL") == ["new", "fill"]


def test_the_closing_auction_has_the_last_price() -> None:
    made, told = opened()
    waiting = made.order(made.submit(order(time_in_force="cls"), parse_instant("2026-11-20T15:00:00-05:00"))["id"])
    made.clerk.play(piece(waiting.due, close=101.0))
    auction.close_at(made.clerk, waiting.due - MINUTE_NS, enough)
    auction.close_at(made.clerk, waiting.due, enough)
    assert (waiting.status, waiting.average, told.events()) == ("filled", 101, ["new", "fill"])


@pytest.mark.parametrize(
    ("now", "is_extended", "end"),
    [
        ("2026-11-20T12:00:00-05:00", False, "2026-11-20T16:00:00-05:00"),
        ("2026-11-20T12:00:00-05:00", True, "2026-11-20T20:00:00-05:00"),
        ("2026-11-20T17:00:00-05:00", False, "2026-11-23T16:00:00-05:00"),
        ("2026-11-27T12:00:00-05:00", False, "2026-11-27T13:00:00-05:00"),
    ],
)
def test_an_order_for_a_day_expires_with_its_session_or_its_extended_hours(
    now: str, *, is_extended: bool, end: str
) -> None:
    made, told = opened()
    at = parse_instant(end)
    body = order(type="limit", limit_price="50", time_in_force="day", extended_hours=is_extended)
    sent = made.submit(body, parse_instant(now))
    assert parse_instant(sent["expires_at"]) == at
    lasting = made.submit(order(type="limit", limit_price="50", time_in_force="gtc"), parse_instant(now))["id"]
    auction.close_at(made.clerk, at - 1, enough)
    assert told.events() == ["new", "new"]
    auction.close_at(made.clerk, at, enough)
    assert (told.events(), made.order(sent["id"]).expired_at) == (["new", "new", "expired"], at)
    assert made.order(lasting).status == "new"


def test_a_change_moves_an_order_between_its_day_and_for_good() -> None:
    made, _ = opened()
    now = parse_instant("2026-11-20T12:00:00-05:00")
    brief = made.submit(order(type="limit", limit_price="50", time_in_force="day"), now)["id"]
    lasting = made.replace(brief, {"time_in_force": "gtc"}, now)["id"]
    auction.close_at(made.clerk, now + 24 * 60 * MINUTE_NS, enough)
    assert made.order(lasting).status == "new"
    again = made.replace(lasting, {"time_in_force": "day"}, now)
    assert parse_instant(again["expires_at"]) == parse_instant("2026-11-20T16:00:00-05:00")


def test_what_an_entry_for_the_day_was_to_open_has_no_exits_behind_its_end() -> None:
    made, _ = opened()
    now = parse_instant("2026-11-20T12:00:00-05:00")
    sent = made.submit(
        order(
            type="limit", limit_price="50", time_in_force="day", order_class="bracket",
            take_profit={"limit_price": "60"}, stop_loss={"stop_price": "40"},
        ),
        now,
    )  # fmt: skip
    assert ["expires_at" in one for one in (sent, *sent["legs"])] == [True, False, False]
    auction.close_at(made.clerk, parse_instant("2026-11-20T16:00:00-05:00"), enough)
    assert [one.status for one in made.books.orders.values()] == ["expired", "canceled", "canceled"]
    assert made.view(made.order(sent["id"]), is_nested=False)["expired_at"] == "2026-11-20T21:00:00Z"


def test_an_order_for_an_auction_is_taken_back_like_any_other_and_is_a_plain_one() -> None:
    made, told = opened()
    now = parse_instant("2026-11-20T09:00:00-05:00")
    waiting = made.submit(order(time_in_force="cls"), now)["id"]
    made.cancel(waiting, now)
    assert (made.order(waiting).status, told.events()) == ("canceled", ["new", "canceled"])
    for fields in ({"type": "stop", "stop_price": "90"}, {"qty": "1.5"}, {"type": "trailing_stop", "trail_price": "1"}):
        with pytest.raises(Refused):
            made.submit(order(time_in_force="opg", **fields), now)


def test_an_auction_executes_what_trades_in_its_minute_and_no_more_and_takes_the_rest_back() -> None:
    made, told = opened()
    now = parse_instant("2026-11-20T09:00:00-05:00")
    first, second, third = (
        made.order(made.submit(order(qty=qty, time_in_force="opg"), now)["id"]) for qty in ("100", "200", "50")
    )
    auction.open_at(made.clerk, piece(first.due + MINUTE_NS), 180.9)
    assert [(one.status, one.filled) for one in (first, second, third)] == [
        ("filled", 100), ("canceled", 80), ("canceled", 0),
    ]  # fmt: skip
    assert told.events() == ["new", "new", "new", "fill", "partial_fill", "canceled", "canceled"]
    assert made.books.held("AAPL") == 180


def test_a_closing_auction_has_the_volume_of_each_symbol_and_none_where_trading_is_halted() -> None:
    made, _ = opened()
    now = parse_instant("2026-11-20T15:00:00-05:00")
    found = [
        made.order(made.submit(order(symbol=symbol, qty="60", time_in_force="cls"), now)["id"])
        for symbol in ("AAPL", "AAPL", "SPY")
    ]
    made.clerk.halted.add("SPY")
    auction.close_at(made.clerk, found[0].due, {"AAPL": 70.0, "SPY": 70.0}.__getitem__)
    assert [(one.status, one.filled) for one in found] == [("filled", 60), ("canceled", 10), ("canceled", 0)]
