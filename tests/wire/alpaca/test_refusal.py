from openbell.wire.alpaca.refusal import invalid, not_found, too_few_units, too_little_money, unprocessable
from tests.wire.alpaca.stand import d


def test_a_refusal_carries_the_vendors_numbers() -> None:
    found = [(one.status, one.body["code"]) for one in (invalid("x"), unprocessable("x"), not_found("x"))]
    assert found == [(422, 40010001), (422, 42210000), (404, 40410000)]


def test_what_is_short_is_told_with_its_figures() -> None:
    money = too_little_money(d("98.12"), d("1500.00"))
    assert (money.status, money.body) == (
        403, {"code": 40310000, "message": "insufficient buying power", "buying_power": "98.12", "cost_basis": "1500"},
    )  # fmt: skip
    units = too_few_units("AAPL", d("5"), d("4"), d("3"))
    assert (units.body["available"], units.body["existing_qty"], units.body["held_for_orders"]) == ("1", "4", "3")
