from decimal import Decimal

from openbell.wire.alpaca import manual
from tests.wire.alpaca.stand import T0, bar, d, desk, order


def test_a_trade_by_hand_is_an_order_of_its_own_and_changes_the_position() -> None:
    made, told = desk(px=50.0)
    manual.trade(made.clerk, ("AAPL", "sell", d("3")), T0)
    assert (made.books.held("AAPL"), made.books.cash) == (d("-3"), d("100150"))
    (record,) = made.books.orders.values()
    assert (record.status, told.events()) == ("filled", ["fill"])


def test_F08_F49_orders_are_turned_down_expired_or_forgotten_and_never_fill_again() -> None:
    made, told = desk()
    for act in (manual.reject, manual.expire, manual.forget):
        record = made.order(made.submit(order(type="limit", limit_price="100"), T0)["id"])
        act(made.clerk, record, T0)
        assert made.books.open_orders() == []
    made.clerk.play(bar(99.0, n=5))
    assert made.books.executions == []
    assert told.events() == ["new", "rejected", "new", "expired", "new"]
    assert len(made.books.orders) == len(made.books.by_client) == 2


def test_F21_an_order_that_was_filled_behind_its_cancel_is_not_matched_once_more() -> None:
    made, told = desk(px=50.0)
    record = made.order(made.submit(order(side="buy", type="stop", stop_price="60"), T0)["id"])
    manual.fill_beyond(made.clerk, record, record.size, T0)
    made.clerk.play(bar(99.0, n=5))
    assert (record.status, record.filled, made.books.held("AAPL")) == ("filled", record.qty, record.qty)
    assert told.events() == ["new", "fill"]


def test_F31_what_no_matching_made_is_booked_at_the_orders_limit_or_the_last_price() -> None:
    made, _ = desk(px=50.0)
    record = made.order(made.submit(order(type="limit", limit_price="40"), T0)["id"])
    assert manual.price_of(made.clerk, record) == 40
    # One that the last price meets has that: no venue sells for less than is offered.
    for side, limit, px in (("buy", "60", 50), ("sell", "45", 50), ("sell", "55", 55)):
        other = made.order(
            made.submit(order(symbol="SPY", qty="1", side=side, type="limit", limit_price=limit), T0)["id"]
        )
        assert manual.price_of(made.clerk, other) == px
        made.cancel(other.id, T0)
    manual.fill_beyond(made.clerk, record, d("12"), T0)
    assert (record.filled, made.books.held("AAPL"), made.books.cash) == (12, 12, Decimal(100_000 - 12 * 40))


def test_F28_a_corrected_execution_moves_cash_and_a_busted_one_is_gone() -> None:
    made, told = desk(px=50.0)
    record = made.order(made.submit(order(type="limit", limit_price="40"), T0)["id"])
    manual.fill_beyond(made.clerk, record, d("10"), T0)
    (first,) = made.books.executions
    manual.correct(made.clerk, first, d("40.5"), T0 + 1)
    new = made.books.executions[-1]
    assert (new.supersedes, new.is_bust, new.px, record.average) == (first.id, False, d("40.5"), d("40.5"))
    assert (made.books.held("AAPL"), made.books.cash) == (10, d("99595"))
    manual.correct(made.clerk, new, None, T0 + 2)
    bust = made.books.executions[-1]
    assert (bust.supersedes, bust.is_bust, record.filled, record.average) == (new.id, True, 0, None)
    assert (made.books.held("AAPL"), made.books.cash) == (0, d("100000"))
    assert told.events()[-2:] == ["trade_correct", "trade_bust"]
