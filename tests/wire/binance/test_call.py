from openbell.wire.binance.call import OPEN, SIGNED, fixed
from openbell.wire.binance.server import ROUTES


def test_a_fixed_weight_is_what_it_is() -> None:
    assert (fixed(4)({}), fixed(4)({"symbol": "x"})) == (4, 4)


def test_only_what_changes_nothing_is_open_and_each_request_has_one_name() -> None:
    assert {route.method for route in ROUTES if route.access == OPEN} == {"GET"}
    assert all(route.access == SIGNED for route in ROUTES if route.method != "GET")
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    named = [route.name for route in ROUTES if route.name]
    assert len(set(named)) == len(named)
    assert all(route.name or route.path.startswith(("/sapi/", "/fapi/", "/dapi/")) for route in ROUTES)
