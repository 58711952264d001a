import pytest

from openbell.wire.binance.asked import PLACES, asked_of
from openbell.wire.binance.hands import GROUND
from openbell.wire.binance.server import ROUTES


def test_every_request_has_a_place_that_a_script_may_name() -> None:
    assert set(PLACES.values()) <= set(GROUND.places)
    named = {route.name for route in ROUTES}
    assert [name for name in PLACES if name not in named] == [
        "session.logon", "userDataStream.subscribe", "userDataStream.subscribe.signature",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "params", "wanted"),
    [
        ("order.place", {"symbol": "BTCUSDT", "newClientOrderId": "a"}, ("submit", "BTCUSDT", "a", 0)),
        ("order.cancel", {"symbol": "BTCUSDT", "origClientOrderId": "a"}, ("cancel", "BTCUSDT", "a", 0)),
        ("order.status", {"symbol": "BTCUSDT", "orderId": "7"}, ("order", "BTCUSDT", "", 7)),
        ("orderList.place.otoco", {"workingClientOrderId": "w"}, ("submit", "", "w", 0)),
        ("klines", {"symbol": "BTCUSDT", "orderId": "x"}, ("history", "BTCUSDT", "", 0)),
    ],
)
def test_a_request_says_what_it_is_about(
    name: str, params: dict[str, str], wanted: tuple[str, str, str, int]
) -> None:  # fmt: skip
    route = next(one for one in ROUTES if one.name == name)
    found = asked_of(route, params, lambda: None)
    assert (found.place, found.symbol, found.cid, found.number) == wanted
