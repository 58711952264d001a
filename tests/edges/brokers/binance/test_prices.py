import pytest

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.binance.prices import Prices
from openbell.edges.brokers.failures import Transient
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
