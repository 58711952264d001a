"""The way through a bar: open, the two extremes in the stated order, close."""

import pytest

from openbell.parts.venue.path import is_low_first, legs, open_leg
from tests.core.build import MINUTE_NS, at, bar
from tests.parts.venue.test_resting import resting

BUY, SELL = resting("buy", limit=99), resting("sell", limit=101)


@pytest.mark.parametrize(
    ("rule", "net", "orders", "wanted"),
    [
        ("low_first", -1, [BUY], True),
        ("high_first", 1, [SELL], False),
        ("pessimistic", 1, [], True),
        ("pessimistic", 1, [BUY], True),
        ("pessimistic", -1, [SELL], False),
        ("pessimistic", 0, [BUY], False),
        ("pessimistic", 0, [SELL], True),
        ("pessimistic", 0, [SELL, BUY], False),
        ("pessimistic", 0, [], True),
    ],
)
def test_which_extreme_comes_first(rule: str, net: int, orders: list, wanted: bool) -> None:
    assert is_low_first(rule, net, orders) == wanted


MADE = bar(1, 101.0, open=100.0, high=103.0, low=99.0)


@pytest.mark.parametrize(
    ("low_first", "wanted"), [(True, [100.0, 99.0, 103.0, 101.0]), (False, [100.0, 103.0, 99.0, 101.0])]
)
def test_the_pieces_join(low_first: bool, wanted: list[float]) -> None:
    found = legs(MADE, low_first=low_first, half_spread=0.0)
    assert [leg.end for leg in found] == wanted
    assert [leg.start for leg in found] == [100.0, *wanted[:3]]
    assert [leg.is_open for leg in found] == [True, False, False, False]
    assert [leg.moment for leg in found] == [at(0), at(0) + MINUTE_NS // 3, at(0) + 2 * (MINUTE_NS // 3), at(1)]


def test_sides_stand_around_the_last_price() -> None:
    point = legs(MADE, low_first=True, half_spread=0.01)[0]
    assert (point.ask_start, point.bid_start, point.half_spread) == (101.0, 99.0, 0.01)


def test_sides_from_the_data() -> None:
    bid, ask = (99.9, 102.9, 98.9, 100.9), (100.1, 103.1, 99.1, 101.1)
    found = legs(bar(1, 101.0, open=100.0, high=103.0, low=99.0, bid=bid, ask=ask), low_first=True, half_spread=0.5)
    assert [(leg.bid_end, leg.ask_end) for leg in found] == [
        (99.9, 100.1),
        (98.9, 99.1),
        (102.9, 103.1),
        (100.9, 101.1),
    ]
    assert found[0].half_spread < 0


@pytest.mark.parametrize("sides", [{}, {"bid": (99.9, 102.9, 98.9, 100.9), "ask": (100.1, 103.1, 99.1, 101.1)}])
@pytest.mark.parametrize("low_first", [True, False])
def test_the_open_alone_is_the_first_piece_of_the_whole_way(sides: dict, low_first: bool) -> None:
    made = bar(1, 101.0, open=100.0, high=103.0, low=99.0, **sides)
    assert legs(made, 0.01, low_first=low_first)[0] == open_leg(made, 0.01)
