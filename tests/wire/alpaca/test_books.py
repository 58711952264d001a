from openbell.wire.alpaca.books import Books, Position
from tests.wire.alpaca.stand import d, desk, order


def test_a_holding_keeps_what_it_cost_and_not_an_average() -> None:
    held = Position()
    held.trade(d("3"), d("10"))
    held.trade(d("1"), d("14"))
    assert (held.qty, held.cost, held.average) == (d("4"), d("44"), d("11"))
    held.trade(d("-1"), d("99"))
    assert (held.qty, held.cost) == (d("3"), d("33"))


def test_a_holding_that_turns_costs_what_the_rest_cost() -> None:
    held = Position(qty=d("2"), cost=d("20"))
    held.trade(d("-5"), d("12"))
    assert (held.qty, held.cost, held.average) == (d("-3"), d("-36"), d("12"))


def test_a_trade_moves_units_and_cash_and_a_flat_position_is_gone() -> None:
    books = Books(cash=d("100"))
    books.trade("AAPL", d("2"), d("10"))
    assert (books.held("AAPL"), books.cash) == (d("2"), d("80"))
    books.trade("AAPL", d("-2"), d("11"))
    assert (books.holdings, books.cash) == ({}, d("102"))


def test_open_orders_are_those_that_can_execute() -> None:
    made, _ = desk()
    told = made.submit(order(type="limit", limit_price="50", time_in_force="gtc"), 1)
    assert [one.id for one in made.books.open_orders("AAPL")] == [told["id"]]
    assert made.books.open_orders("SPY") == []
    made.cancel(told["id"], 2)
    assert made.books.open_orders() == []


def test_a_family_is_the_rest_of_a_group() -> None:
    made, _ = desk()
    legs = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90"}}
    told = made.submit(order(order_class="bracket", **legs), 1)
    entry = made.order(told["id"])
    assert sorted(one.role for one in made.books.family(entry)) == ["stop_loss", "take_profit"]
    assert made.books.family(made.order(made.submit(order(symbol="SPY"), 2)["id"])) == []
