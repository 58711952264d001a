import pytest

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.binance.prices import Prices
from openbell.edges.brokers.failures import OutcomeUnknown, Transient
from tests.edges.brokers.binance.frames import NAME, minute
from tests.edges.brokers.binance.talk import T0


def begun() -> Prices:
    made = Prices(NAME, (("BTCUSDT", 60 * NS),))
    made.begin(T0)
    return made


def test_minutes_are_asked_for_and_confirmed() -> None:
    made = begun()
    assert made.said == [{"method": "SUBSCRIBE", "params": ["btcusdt@kline_1m"], "id": 1}]
    made.hear({"result": None, "id": 1}, T0)
    assert made.is_confirmed
    (bar,) = made.hear({"stream": "btcusdt@kline_1m", "data": minute()}, T0)
    assert isinstance(bar, ev.Bar)
    assert made.hear(minute(x=False), T0) == made.hear({"e": "trade"}, T0) == []


def test_quotes_are_asked_for_where_they_are_wanted_and_are_of_the_moment_they_come() -> None:
    made = Prices(NAME, (("BTCUSDT", 60 * NS),), ("BTCUSDT",))
    assert made.said[0]["params"] == ["btcusdt@kline_1m", "btcusdt@bookTicker"]
    told = {"u": 400900217, "s": "BTCUSDT", "b": "52004.99", "B": "1.2", "a": "52005.00", "A": "0.8"}
    (found,) = made.hear({"stream": "btcusdt@bookTicker", "data": told}, T0)
    assert found == ev.Quote(ts=T0, instrument="BTCUSDT", bid=52004.99, ask=52005.0, bid_size=1.2, ask_size=0.8)
    assert made.hear(told, T0) == [found]
    with pytest.raises(OutcomeUnknown):
        made.hear(told | {"a": "much"}, T0)


def test_F45_silence_is_asked_about_once_told_once_and_ended_by_data() -> None:
    made = begun()
    made.said.clear()
    assert (made.tick(T0 + 61 * NS), len(made.said)) == ([], 1)
    (down,) = made.tick(T0 + 121 * NS)
    assert isinstance(down, ev.Link)
    assert (down.channel, down.is_up, made.tick(T0 + 130 * NS)) == ("data", False, [])
    up, bar = made.hear(minute(), T0 + 131 * NS)
    assert isinstance(up, ev.Link)
    assert (up.is_up, type(bar)) == (True, ev.Bar)


@pytest.mark.parametrize(
    "frame",
    [{"e": "serverShutdown", "E": 1}, {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 1}},
     {"code": 2, "msg": "Invalid request", "id": 1}, {"error": {"code": 3}}],
)  # fmt: skip
def test_a_stream_that_ends_or_refuses_is_of_no_use(frame: dict[str, object]) -> None:
    with pytest.raises(Transient):
        begun().hear(frame, T0)
