"""The order in which the engine hears of things: what it knows when it decides."""

from openbell.core.spec import SizeSpec
from openbell.parts.kernels import layout as k
from tests.core.build import d, deployment_spec, exits, instrument, run_spec
from tests.parts.kernels.build import (
    AGAIN,
    LONG,
    SHORT,
    Twin,
    begin,
    compiled_once,
    flat,
    one,
    orders_of,
    prepared,
    rule,
    same,
    source,
    stock,
    table,
)

begin()


def test_two_fills_of_one_bar_are_both_executed_before_the_engine_hears_of_the_first():
    """A limit that the first fill breaks cannot take back an entry that the same open has filled already."""
    from openbell.parts.rules import daily_loss
    from openbell.parts.venue.options import FeeModel, VenueOptions

    names = ("alpha", "beta")
    spec = run_spec(
        *(deployment_spec(name, size=SizeSpec(kind="quantity", value=d(10))) for name in names),
        instruments=[instrument("AAPL")],
    )
    venue = VenueOptions(fees=FeeModel(kind="per_share", rate=d(100)))
    made = prepared(spec, {name: stock() for name in names}, [rule(daily_loss, limit=d("0.001"))], venue)
    twin = same((made, source(spec, [table("AAPL", flat(4), volume=[LONG, 0, 0, 0])])))
    assert twin.state.g[k.FILLS, 0] == 2
    assert twin.state.g[k.P_QTY, :2].tolist() == [10, 10]


def test_a_turn_ends_one_holding_and_begins_the_other_in_one_bar():
    twin = same(one([LONG, 0, SHORT, 0, 0], flat(5), exits=exits(stop_loss="0.1", take_profit="0.1")))
    assert twin.state.g[k.P_QTY, 0] == -10
    assert [row[k.L_SIDE] for row in orders_of(twin)] == [1, -1, -1, -1, -1, 1, 1]


def test_an_entry_behind_a_stop_of_the_same_open_is_left_to_the_plain_engine():
    prices = [(100.0, 100.0, 100.0, 100.0)] * 3 + [
        (97.0, 97.0, 97.0, 97.0),
        (90.0, 90.0, 90.0, 90.0),
        (90.0, 90.0, 90.0, 90.0),
    ]
    run = one(
        [LONG, 0, 0, AGAIN, 0, 0],
        prices,
        size=SizeSpec(kind="notional", value=d(10_000)),
        exits=exits(stop_loss="0.05", take_profit="0.5"),
    )
    compiled_once()
    assert Twin(*run).run() == "a holding was opened while an exit of the one before was still unanswered"

    from openbell.run.backtest import backtest

    book = backtest(*run).book
    (position,) = (position for position in book.all_positions() if position.qty)
    guards = {order.type.value: order.qty for order in book.truth.orders.values() if order.is_open}
    assert guards == {"stop": position.qty, "limit": position.qty}
