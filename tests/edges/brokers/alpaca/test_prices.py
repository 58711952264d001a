import msgspec
import pytest

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.alpaca.prices import REFUSED, Prices
from openbell.edges.brokers.failures import OutcomeUnknown, Transient
from tests.edges.brokers.alpaca.frames import NAME, minute
from tests.edges.brokers.alpaca.talk import T0


def prices() -> Prices:
    return Prices(NAME, ("PKTEST", "secret"), (("AAPL", 60 * NS), ("SPY", 60 * NS)))


def hear(one: Prices, **item: object) -> list[ev.Event]:
    return one.hear(dict(item), T0, is_simulated=False)


def test_F46_a_subscription_counts_once_every_symbol_is_confirmed() -> None:
    one = prices()
    hear(one, T="success", msg="connected")
    hear(one, T="success", msg="authenticated")
    assert [said["action"] for said in one.said] == ["auth", "subscribe"]
    hear(one, T="subscription", bars=["AAPL"])
    assert not one.is_confirmed
    hear(one, T="subscription", bars=["AAPL", "SPY", "MSFT"])
    assert one.is_confirmed
    assert Prices(NAME, ("", ""), ()).is_confirmed


def test_quotes_are_asked_for_where_they_are_wanted_and_never_of_the_future() -> None:
    one = Prices(NAME, ("PKTEST", "secret"), (("AAPL", 60 * NS),), ("AAPL",))
    hear(one, T="success", msg="authenticated")
    assert one.said == [{"action": "subscribe", "bars": ["AAPL"], "statuses": ["AAPL"], "quotes": ["AAPL"]}]
    hear(one, T="subscription", bars=["AAPL"], quotes=[])
    assert not one.is_confirmed
    hear(one, T="subscription", bars=["AAPL"], quotes=["AAPL"])
    assert one.is_confirmed
    told = {"T": "q", "S": "AAPL", "bp": 190.2, "bs": 100, "ap": 190.24, "as": 200}
    made = ev.Quote(ts=T0 - NS, instrument="AAPL", bid=190.2, ask=190.24, bid_size=100.0, ask_size=200.0)
    assert hear(one, **told, t="2026-11-20T11:59:59Z") == [made]
    assert hear(one, **told, t="2026-11-20T12:00:01Z") == [msgspec.structs.replace(made, ts=T0)]
    with pytest.raises(OutcomeUnknown):
        hear(one, **(told | {"bp": None}), t="2026-11-20T11:59:59Z")


@pytest.mark.parametrize("code", REFUSED)
def test_what_no_other_try_heals_is_given_up(code: int) -> None:
    one = prices()
    hear(one, T="error", code=code, msg="no")
    assert str(code) in str(one.failure)


def test_other_mistakes_end_the_connection_for_now() -> None:
    assert hear(prices(), T="error", code=403, msg="already authenticated") == []
    with pytest.raises(Transient, match="406"):
        hear(prices(), T="error", code=406, msg="connection limit exceeded")


def test_F45_silence_is_asked_after_once_and_then_told() -> None:
    one = prices()
    one.begin(T0)
    one.hear(minute(t="2026-11-20T11:59:00Z"), T0 + 40 * NS, is_simulated=False)
    assert one.tick(T0 + 61 * NS) == []
    assert one.said == [{"action": "subscribe", "bars": ["SPY"]}]
    (told,) = one.tick(T0 + 121 * NS)
    assert isinstance(told, ev.Link)
    assert (told.is_up, told.text.partition(":")[0]) == (False, "SPY")
