from openbell.core.types import MINUTE_NS
from openbell.wire.alpaca import views
from openbell.wire.alpaca.books import Books, Position
from tests.wire.alpaca.stand import T0, bar, d, desk, order

NOW = T0 + MINUTE_NS


def test_an_order_is_told_in_text_and_nulls() -> None:
    made, _ = desk()
    told = made.submit(order(type="limit", limit_price="50.10", time_in_force="gtc", client_order_id="a"), NOW)
    assert {name: told[name] for name in ("client_order_id", "qty", "filled_qty", "filled_avg_price", "limit_price")} == {
        "client_order_id": "a", "qty": "10", "filled_qty": "0", "filled_avg_price": None, "limit_price": "50.1",
    }  # fmt: skip
    assert (told["created_at"], told["canceled_at"], told["order_class"], told["legs"]) == (
        "2026-11-20T12:01:00Z",
        None,
        "",
        None,
    )
    assert "group_id" not in told


def test_an_execution_is_told_with_its_own_id_on_both_ways() -> None:
    made, told = desk()
    made.submit(order(), NOW)
    made.clerk.play(bar(100.0, n=1))
    activity = views.activity_view(made.books.executions[0])
    assert activity["id"].partition("::")[2] == told[-1]["data"]["execution_id"]
    assert (activity["type"], activity["qty"], activity["cum_qty"], activity["leaves_qty"]) == ("fill", "10", "10", "0")


def test_a_short_position_is_negative_and_says_so() -> None:
    told = views.position_view("AAPL", Position(qty=d("-4"), cost=d("-400")), d("90"), d("1"), d("80"))
    assert {name: told[name] for name in ("qty", "qty_available", "side", "market_value", "unrealized_pl", "change_today")} == {
        "qty": "-4", "qty_available": "-3", "side": "short", "market_value": "-360", "unrealized_pl": "40", "change_today": "0.125",
    }  # fmt: skip


def test_a_coin_is_written_without_its_slash_only_among_positions() -> None:
    held = views.position_view("BTC/USD", Position(qty=d("1"), cost=d("9")), d("9"), d("0"), d("0"))
    asset = views.asset_view("BTC/USD", views.Flags())
    assert (held["symbol"], asset["symbol"], held["asset_id"] == asset["id"]) == ("BTCUSD", "BTC/USD", True)
    assert (asset["min_trade_increment"], views.asset_view("AAPL", views.Flags())["class"]) == (
        "0.000000001",
        "us_equity",
    )


def test_the_account_is_worth_its_cash_and_its_positions() -> None:
    books = Books(
        cash=d("1000"),
        holdings={"AAPL": Position(qty=d("2"), cost=d("20")), "SPY": Position(qty=d("-1"), cost=d("-50"))},
    )
    marks = {"AAPL": d("30"), "SPY": d("40")}
    assert (views.equity(books, marks), views.market_value(books, marks)) == (d("1020"), d("100"))
    told = views.account_view(books, marks, d("100"), T0, d("900"))
    assert {name: told[name] for name in ("equity", "buying_power", "long_market_value", "short_market_value", "last_equity")} == {
        "equity": "1020", "buying_power": "1840", "long_market_value": "60", "short_market_value": "-40", "last_equity": "900",
    }  # fmt: skip
