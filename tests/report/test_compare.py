"""Each difference of two runs has the cause that it has."""

from decimal import Decimal

import pytest

from openbell.report.compare import CAUSES, Order, Story, compare

NS = 1_000_000_000
BARS = {("AAA", n * 60 * NS): (10.0, 11.0, 9.0, 10.5, 5.0) for n in range(1, 11)}


def order(minute: int = 2, **changes: object) -> Order:
    fields: dict[str, object] = {
        "ts": minute * 60 * NS, "oid": "x", "deployment": "d", "instrument": "AAA", "side": "buy",
        "kind": "entry market", "qty": Decimal(10), "px": None, "filled": Decimal(10), "value": Decimal(105),
        "fee": Decimal(1), "time": minute * 60 * NS + 1,
    }  # fmt: skip
    return Order(**(fields | changes))  # type: ignore[arg-type]  # fields by name


def story(*orders: Order, bars: dict[tuple[str, int], tuple[float, ...]] | None = None, **fields: object) -> Story:
    made = Story("one")
    made.bars = dict(BARS if bars is None else bars)  # type: ignore[arg-type]  # five prices
    made.orders = list(orders)
    made.last = max((ts for _, ts in made.bars), default=0)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def causes(left: Story, right: Story, tolerance: int = 180 * NS) -> list[tuple[str, str]]:
    return [(one.cause, one.what) for one in compare(left, right, tolerance)]


def test_equal_runs_do_not_differ() -> None:
    assert causes(story(order(), order(5)), story(order(), order(5))) == []
    assert causes(story(), story()) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ts": 180 * NS}, [("timing", "instant of the decision")]),
        ({"time": 999}, [("timing", "moment of the fill")]),
        ({"value": Decimal(106)}, [("price", "price of the fill")]),
        ({"px": Decimal(9)}, [("price", "price ordered")]),
        ({"fee": Decimal(2)}, [("fee", "fee")]),
        ({"qty": Decimal(11)}, [("state", "quantity ordered")]),
        ({"filled": Decimal(0), "value": Decimal(0), "fee": Decimal(0)}, [("state", "quantity filled")]),
        ({"refused": "R204 x", "filled": Decimal(0)}, [("rejection", "answer of the venue")]),
        # Twice the quantity at the same price and rate is one difference, not three.
        (
            {"qty": Decimal(20), "filled": Decimal(20), "value": Decimal(210), "fee": Decimal(2)},
            [("state", "quantity filled"), ("state", "quantity ordered")],
        ),
    ],
)
def test_each_field_has_its_cause(changes: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert causes(story(order()), story(order(**changes))) == expected
    assert causes(story(order(**changes)), story(order())) == expected


def test_an_order_of_one_run_only_is_explained() -> None:
    place = (120 * NS, "d", "AAA")
    (refused,) = compare(story(order()), story(refusals={place: 204}), 0)
    assert (refused.cause, refused.left, refused.right.startswith("none, R204")) == (
        "rejection",
        "entry market buy 10",
        True,
    )
    assert causes(story(order()), story()) == [("state", "order")]
    other = dict(BARS) | {("AAA", 60 * NS): (10.0, 11.0, 9.0, 10.6, 5.0)}
    assert causes(story(order()), story(bars=other)) == [("data", "bar"), ("data", "order")]
    later = dict(BARS) | {("AAA", 540 * NS): (10.0, 11.0, 9.0, 10.6, 5.0)}
    assert causes(story(order()), story(bars=later)) == [("state", "order"), ("data", "bar")]


def test_what_follows_from_other_bars_is_their_fault_but_not_the_fee() -> None:
    other = dict(BARS) | {("AAA", 60 * NS): (10.0, 11.0, 9.0, 10.6, 5.0)}
    changed = order(value=Decimal(106), fee=Decimal(2))
    assert causes(story(order()), story(changed, bars=other)) == [
        ("data", "bar"), ("fee", "fee"), ("data", "price of the fill"),
    ]  # fmt: skip


def test_the_nearest_orders_are_one_anothers_within_the_tolerance() -> None:
    left, right = story(order(2), order(5)), story(order(3), order(9))
    found = causes(left, right)
    assert found == [("timing", "instant of the decision"), ("timing", "moment of the fill"), ("state", "order"),
                     ("state", "order")]  # fmt: skip
    assert causes(left, right, 0) == [("state", "order")] * 4
    # The same instant comes before a nearer place in the list.
    assert [what for _, what in causes(story(order(2), order(3)), story(order(3)))] == ["order"]


def test_only_the_time_that_both_cover_is_compared() -> None:
    short = {key: prices for key, prices in BARS.items() if key[1] <= 300 * NS}
    assert causes(story(order(2), order(8), equity={"a": "1"}), story(order(2), bars=short, equity={"a": "2"})) == []
    missing = {key: prices for key, prices in BARS.items() if key[1] != 240 * NS}
    (gap,) = compare(story(), story(bars=missing), 0)
    assert (gap.cause, gap.ts, gap.right) == ("data", 240 * NS, "none")
    more = story(bars=BARS | {("BBB", 60 * NS): (1.0, 1.0, 1.0, 1.0, 0.0)})
    assert [(one.cause, one.instrument, one.what) for one in compare(story(), more, 0)] == [("data", "BBB", "bars")]


def test_signals_are_compared_on_bars_that_both_had() -> None:
    place, later, nowhere = (120 * NS, "d", "AAA"), (180 * NS, "d", "AAA"), (999 * NS, "d", "AAA")
    left = story(signals={place: (10, 1.0), later: (0, None), nowhere: (10, 1.0)})
    right = story(signals={place: (11, 0.0), later: (0, None)})
    (one,) = compare(left, right, 0)
    assert (one.cause, one.what, one.ts, one.left.endswith("target 1")) == ("state", "signal", 120 * NS, True)
    other = dict(BARS) | {("AAA", 60 * NS): (10.0, 11.0, 9.0, 10.6, 5.0)}
    missing = story(bars=other, signals={later: (0, None)})
    assert [(d.cause, d.right) for d in compare(left, missing, 0) if d.what == "signal"] == [("data", "none")]


def test_ends_are_compared_where_both_end_together() -> None:
    left = story(equity={"a": "1"}, held={("d", "AAA"): Decimal(3)})
    right = story(equity={"a": "2"}, held={})
    assert causes(left, right) == [("state", "equity of a at the end"), ("state", "position at the end")]
    assert set(CAUSES) == {"data", "timing", "price", "fee", "rejection", "state"}


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"fee": Decimal(2)}, "fee"),
        ({"fee": Decimal(2), "value": Decimal(106)}, "price"),
        ({"fee": Decimal(2), "time": 999}, "timing"),
        ({"fee": Decimal(2), "qty": Decimal(11)}, "state"),
        ({"refused": "R204 x", "filled": Decimal(0)}, "rejection"),
    ],
)
def test_what_is_owned_at_the_end_differs_for_what_came_before(changes: dict[str, object], cause: str) -> None:
    found = compare(story(order(), equity={"a": "1"}), story(order(**changes), equity={"a": "2"}), 0)
    assert [one.cause for one in found if one.what == "equity of a at the end"] == [cause]


def test_a_missing_value_is_the_same_as_another() -> None:
    odd = {("AAA", 60 * NS): (float("nan"), 1.0, 1.0, 1.0, 0.0)}
    assert causes(story(bars=odd), story(bars={key: tuple(map(float, map(str, v))) for key, v in odd.items()})) == []
