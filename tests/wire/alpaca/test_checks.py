from decimal import Decimal
from typing import Any

import pytest

from openbell.core.types import MINUTE_NS
from openbell.wire.alpaca.checks import promised, spendable, units
from openbell.wire.alpaca.desk import Desk
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.ticket import read
from tests.wire.alpaca.stand import T0, bar, d, desk, order

NOW = T0 + MINUTE_NS


def holding(qty: str = "10") -> Desk:
    """Return a desk that holds so many AAPL, bought at 100."""
    made, _ = desk()
    made.submit(order(qty=qty), NOW)
    made.clerk.play(bar(100.0, n=1))
    return made


def refusal(made: Desk, **fields: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        made.submit(order(**fields), NOW + MINUTE_NS)
    return refused.value


def test_money_buys_units_at_the_last_price() -> None:
    assert units(read(order(qty=None, notional="50"), is_crypto=False), d("100")) == d("0.5")
    with pytest.raises(Refused, match="no price"):
        units(read(order(qty=None, notional="50"), is_crypto=False), d("0"))


def test_open_buys_have_their_part_of_the_money() -> None:
    made, _ = desk()
    assert (spendable(made.clerk, "AAPL"), spendable(made.clerk, "BTC/USD")) == (d("200000"), d("100000"))
    made.submit(order(type="limit", limit_price="50", qty="100"), NOW)
    assert (spendable(made.clerk, "AAPL"), spendable(made.clerk, "BTC/USD")) == (d("195000"), d("95000"))


def test_more_than_can_be_paid_is_refused() -> None:
    made, _ = desk()
    assert refusal(made, qty="2001").body["message"] == "insufficient buying power"
    told = refusal(made, symbol="BTC/USD", qty="1001", time_in_force="gtc").body
    assert told["message"] == "insufficient balance for USD (requested: 100100, available: 100000)"
    assert (told["symbol"], told["available"], told["balance"]) == ("USD", "100000", "100000")
    assert made.submit(order(symbol="BTC/USD", qty="1000", time_in_force="gtc"), NOW)["status"] == "accepted"


def test_units_promised_to_an_exit_are_not_free_for_another() -> None:
    made = holding()
    made.submit(order(qty="8", side="sell", type="stop", stop_price="90", time_in_force="gtc"), NOW + MINUTE_NS)
    assert promised(made.clerk, "AAPL", "sell") == d("8")
    told = refusal(made, qty="3", side="sell")
    assert (told.status, told.body["available"], told.body["held_for_orders"]) == (403, "2", "8")


def test_the_legs_of_one_group_hold_the_same_units() -> None:
    made = holding()
    exits = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90"}}
    made.submit(
        order(side="sell", type="limit", limit_price="120", order_class="oco", time_in_force="gtc", **exits), NOW
    )
    assert promised(made.clerk, "AAPL", "sell") == d("10")


def test_a_position_is_never_turned_by_one_order() -> None:
    assert refusal(holding(), side="sell", qty="11").body["code"] == 40310000


def test_what_may_not_be_sold_short() -> None:
    made, _ = desk()
    told = refusal(made, symbol="BTC/USD", side="sell", time_in_force="gtc").body["message"]
    assert told == "insufficient balance for BTC (requested: 10, available: 0)"
    assert "sold short" in refusal(made, side="sell", qty="0.5").body["message"]
    made.switches.no_shorting = True
    assert "not allowed to short" in refusal(made, side="sell").body["message"]


def test_a_suspended_account_takes_no_order() -> None:
    made, _ = desk()
    made.switches.suspend_trade = True
    assert refusal(made).status == 403


@pytest.mark.parametrize(
    ("resting", "new", "is_refused"),
    [
        ({"type": "stop", "stop_price": "90"}, {}, True),
        ({"type": "limit", "limit_price": "110"}, {}, True),
        ({"type": "limit", "limit_price": "110"}, {"type": "limit", "limit_price": "110"}, True),
        ({"type": "limit", "limit_price": "110"}, {"type": "limit", "limit_price": "109"}, False),
    ],
)
def test_an_account_does_not_trade_with_itself(resting: dict[str, Any], new: dict[str, Any], is_refused: bool) -> None:
    made = holding()
    made.submit(order(side="sell", time_in_force="gtc", **resting), NOW + MINUTE_NS)
    if is_refused:
        assert "wash trade" in refusal(made, **new).body["message"]
    else:
        assert made.submit(order(**new), NOW + MINUTE_NS)["status"] == "accepted"


def test_a_short_is_bought_back_up_to_its_size() -> None:
    made, _ = desk()
    made.submit(order(side="sell"), NOW)
    made.clerk.play(bar(100.0, n=1))
    assert made.books.held("AAPL") == Decimal(-10)
    assert refusal(made, qty="11").body["existing_qty"] == "10"
    for wrong in ("buy_to_open", "sell_to_close"):
        refused = refusal(made, position_intent=wrong)
        assert (refused.status, refused.body["message"]) == (
            422, f"position intent mismatch, inferred: buy_to_close, specified: {wrong}")  # fmt: skip
    assert made.submit(order(position_intent="buy_to_close"), NOW + MINUTE_NS)["position_intent"] == "buy_to_close"


@pytest.mark.parametrize(
    ("little", "enough"),
    [({"qty": None, "notional": "0.99"}, {"qty": None, "notional": "1"}), ({"qty": "0.0099"}, {"qty": "0.01"})],
)
def test_a_part_of_a_share_is_bought_for_a_dollar_at_least(little: dict[str, Any], enough: dict[str, Any]) -> None:
    made, _ = desk()
    refused = refusal(made, **little)
    assert (refused.status, refused.body["code"]) == (422, 42210000)
    for fields in (enough, {"symbol": "BTC/USD", "qty": "0.0001", "time_in_force": "gtc"}):
        made.submit(order(**fields), NOW)


def test_a_coin_is_bought_by_its_least_order_at_least_and_sold_by_what_is_left() -> None:
    made, _ = desk()
    coin = {"symbol": "BTC/USD", "time_in_force": "gtc"}
    refused = refusal(made, **coin, qty="0.00001")
    assert (refused.status, refused.body["message"]) == (422, "qty must be >= 0.000011, the min_order_size of BTC/USD")
    assert refusal(made, **coin, qty=None, notional="0.001").status == 422
    made.submit(order(**coin, qty="0.000011"), NOW)
    made.clerk.play(bar(100.0, n=1, symbol="BTC/USD"))
    assert made.submit(order(**coin, qty="0.000001", side="sell"), NOW + 2 * MINUTE_NS)["status"] == "accepted"


@pytest.mark.parametrize(
    "fields", [{}, {"symbol": "BTC/USD", "time_in_force": "gtc"}, {"side": "sell", "limit_price": "200"}]
)
def test_a_changed_order_is_paid_with_what_the_old_one_bound_and_with_no_more(fields: dict[str, Any]) -> None:
    made, _ = desk()
    if "symbol" in fields:
        made.submit(order(**fields | {"side": "buy"}, qty="1"), NOW)
        made.clerk.play(bar(100.0, n=1, symbol="BTC/USD"))
    given = {"type": "limit", "limit_price": "90"} | fields
    old = made.submit(order(**given, qty="900"), NOW + MINUTE_NS)
    with pytest.raises(Refused, match="insufficient") as refused:
        made.replace(old["id"], {"qty": "2300"}, NOW + 2 * MINUTE_NS)
    assert (refused.value.status, made.order(old["id"]).status) == (403, "new")
    # With what the old one bound there is enough for this one.
    assert made.replace(old["id"], {"qty": "999"}, NOW + 2 * MINUTE_NS)["qty"] == "999"
