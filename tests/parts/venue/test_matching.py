"""Does an order execute on a piece of the path, and at what price?"""

import pytest

from openbell.core.types import Instrument
from openbell.parts.venue.matching import match, rest, share, trail
from openbell.parts.venue.options import VenueOptions
from openbell.parts.venue.resting import Leg, Resting
from tests.core.build import d, instrument, plain
from tests.parts.venue.test_resting import resting

PLAIN = VenueOptions()
WHAT = instrument()


def leg(start: float, end: float, half: float = 0.0) -> Leg:
    up, down = 1.0 + half, 1.0 - half
    return Leg(start, end, start * up, end * up, start * down, end * down, 0, start == end, half)


def hit(order: Resting, piece: Leg, what: Instrument = WHAT, **options: object) -> tuple[str, float, bool] | None:
    found = match(order, piece, what, VenueOptions(**options))
    return None if found is None else (plain(found.px), round(found.way, 6), found.is_maker)


@pytest.mark.parametrize(
    ("order", "piece", "wanted"),
    [
        (resting("buy"), leg(100.0, 105.0), ("100", 0.0, False)),
        (resting("sell"), leg(100.0, 105.0), ("100", 0.0, False)),
        (resting("buy", limit=99), leg(100.0, 98.0), ("99", 0.5, True)),
        (resting("buy", limit=99), leg(100.0, 99.0), ("99", 1.0, True)),
        (resting("buy", limit=99), leg(100.0, 99.01), None),
        (resting("buy", limit=99), leg(98.0, 105.0), ("98", 0.0, False)),  # through it already: at the market
        (resting("sell", limit=101), leg(100.0, 104.0), ("101", 0.25, True)),
        (resting("sell", limit=101), leg(100.0, 100.99), None),
        (resting("sell", limit=101), leg(102.0, 100.0), ("102", 0.0, False)),
        (resting("buy", stop=101), leg(100.0, 102.0), ("101", 0.5, False)),
        (resting("buy", stop=101), leg(100.0, 100.99), None),
        (resting("buy", stop=101), leg(103.0, 100.0), ("103", 0.0, False)),  # gapped
        (resting("sell", stop=99), leg(100.0, 98.0), ("99", 0.5, False)),
        (resting("sell", stop=99), leg(97.0, 98.0), ("97", 0.0, False)),
        (resting("sell", stop=99), leg(100.0, 99.01), None),
        (resting("buy", stop=101, limit=102), leg(100.0, 104.0), ("101", 0.25, False)),
        (resting("buy", stop=101, limit=102), leg(103.0, 104.0), None),
        (resting("buy", stop=101, limit=102), leg(103.0, 101.0), ("102", 0.5, True)),
        (resting("sell", stop=99, limit=98), leg(100.0, 96.0), ("99", 0.25, False)),
        (resting("sell", stop=99, limit=98), leg(97.0, 96.0), None),
        (resting("sell", stop=98, trail=2), leg(100.0, 97.0), ("98", 0.666667, False)),
        (resting("sell", stop=98, trail=2), leg(100.0, 110.0), None),
        (resting("buy", stop=102, trail=2), leg(100.0, 103.0), ("102", 0.666667, False)),
    ],
)  # fmt: skip
def test_executions(order: Resting, piece: Leg, wanted: tuple | None) -> None:
    assert hit(order, piece) == wanted


@pytest.mark.parametrize(
    ("side", "fields", "piece", "options", "wanted"),
    [
        ("buy", {}, leg(100.0, 100.0, 0.001), {}, "100.1"),
        ("sell", {}, leg(100.0, 100.0, 0.001), {}, "99.9"),
        ("buy", {}, leg(100.00001, 100.0), {}, "100.0001"),  # against us to the quantum
        ("sell", {}, leg(100.00009, 100.0), {}, "100"),
        ("buy", {}, leg(100.0, 100.0), {"slippage": d("0.001")}, "100.1"),
        ("sell", {}, leg(100.0, 100.0), {"slippage": d("0.00012345")}, "99.9876"),
        ("buy", {}, leg(100.0, 100.0, 0.001), {"slippage": d("0.001")}, "100.2001"),
        ("buy", {}, leg(100.0, 100.0), {"latency": 5, "late_slippage": d("0.002")}, "100.2"),
        ("buy", {}, leg(100.0, 100.0), {"latency": 0, "late_slippage": d("0.002")}, "100"),
        ("buy", {}, leg(100.0, 100.0), {"latency": 5, "late_slippage": d("0.002"), "slippage": d("0.001")}, "100.3"),
        ("buy", {"stop": 101}, leg(100.0, 102.0, 0.001), {}, "101.101"),
        ("sell", {"stop": 99}, leg(100.0, 98.0, 0.001), {}, "98.901"),
        ("sell", {"stop": 99}, leg(100.0, 98.0), {"slippage": d("0.01"), "latency": 5, "late_slippage": d(1)}, "98.01"),
        ("buy", {"limit": 99}, leg(99.05, 98.0, 0.001), {}, "99"),
        ("buy", {"limit": 99}, leg(98.95, 98.0, 0.001), {"slippage": d("0.1")}, "99"),  # never worse than the limit
        ("sell", {"limit": 101}, leg(101.05, 104.0, 0.001), {"slippage": d("0.1")}, "101"),
    ],
)
def test_what_trading_costs(side: str, fields: dict, piece: Leg, options: dict, wanted: str) -> None:
    found = hit(resting(side, **fields), piece, **options)
    assert found is not None
    assert found[0] == wanted


def test_a_limit_waits_for_the_side_that_it_trades_on() -> None:
    assert hit(resting("buy", limit=99), leg(100.0, 98.95, 0.001)) is None
    assert hit(resting("buy", limit=99), leg(100.0, 98.85, 0.001)) is not None


def test_a_rested_order_makes() -> None:
    order = resting("buy", limit=99)
    order.has_rested = True
    assert hit(order, leg(98.0, 97.0)) == ("98", 0.0, True)


@pytest.mark.parametrize(("end", "is_filled"), [(99.0, False), (98.99, True)])
def test_through_asks_for_more_than_a_touch(end: float, is_filled: bool) -> None:
    assert (hit(resting("buy", limit=99), leg(100.0, end), limit_fill="through") is not None) == is_filled


def test_through_is_not_a_touch_in_the_next_piece_either() -> None:
    # The low touched the limit; the piece that leads away from it begins exactly there.
    assert hit(resting("buy", limit=99), leg(99.0, 101.0), limit_fill="through") is None
    assert hit(resting("sell", limit=101), leg(101.0, 99.0), limit_fill="through") is None


def test_orders_without_their_price_do_nothing() -> None:
    order = resting("buy", limit=99)
    order.limit = None
    assert hit(order, leg(100.0, 90.0)) is None
    order = resting("buy", stop=99)
    order.stop = None
    assert hit(order, leg(100.0, 110.0)) is None


def test_a_stop_limit_becomes_a_limit() -> None:
    order = resting("buy", stop=101, limit=102)
    assert hit(order, leg(103.0, 104.0)) is None
    assert order.is_triggered
    assert hit(order, leg(104.0, 102.0)) == ("102", 1.0, True)


def test_a_stop_limit_takes_what_it_meets_when_it_triggers_however_long_it_has_waited() -> None:
    order = resting("buy", stop=101, limit=102)
    rest(order, leg(99.0, 100.0), WHAT)
    assert order.has_rested
    assert hit(order, leg(100.0, 104.0)) == ("101", 0.25, False)


@pytest.mark.parametrize(
    ("side", "stop", "prices", "wanted"),
    [
        ("sell", 98, (101.0, 105.0, 103.0), "103"),
        ("sell", 98, (99.0,), "98"),
        ("buy", 102, (99.0, 95.0, 97.0), "97"),
        ("buy", 102, (101.0,), "102"),
        ("sell", 98, (105.005,), "103"),  # the tick further away
        ("buy", 102, (94.995,), "97"),
    ],
)
def test_a_trailing_stop_only_tightens(side: str, stop: int, prices: tuple, wanted: str) -> None:
    order = resting(side, stop=stop, trail=2)
    for px in prices:
        trail(order, px, WHAT)
    assert order.stop is not None
    assert plain(order.stop) == wanted


def test_nothing_trails_without_a_distance() -> None:
    order = resting("sell", stop=98)
    trail(order, 200.0, WHAT)
    assert order.stop == 98
    order.trail, order.stop = d(2), None
    trail(order, 200.0, WHAT)
    assert order.stop is None


def test_looking_twice_at_the_same_piece_gives_the_same_answer() -> None:
    # Every execution makes the exchange look at the remaining orders again.
    for order, piece in (
        (resting("sell", stop=98, trail=2), leg(100.0, 105.0)),
        (resting("buy", stop=102, trail=2), leg(100.0, 95.0)),
        (resting("buy", stop=102, limit=103), leg(100.0, 105.0)),
        (resting("sell", stop=98, limit=97), leg(100.0, 95.0)),
    ):
        first = hit(order, piece)
        assert hit(order, piece) == first


def test_shares_of_the_way() -> None:
    assert (share(100.0, 110.0, 105.0), share(100.0, 100.0, 100.0)) == (0.5, 0.0)


def test_sides_of_the_data_are_used_where_a_stop_triggers() -> None:
    piece = Leg(100.0, 104.0, 100.4, 104.4, 99.8, 103.8, 0, False, -1.0)
    assert hit(resting("buy", stop=102), piece) == ("102.4", 0.5, False)
    piece = Leg(100.0, 96.0, 100.4, 96.4, 99.8, 95.8, 0, False, -1.0)
    assert hit(resting("sell", stop=96), piece) == ("95.8", 1.0, False)
