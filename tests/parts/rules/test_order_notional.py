"""order_notional: one order's worth."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import order_notional
from tests.core import build as b
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.ORDER_NOTIONAL,)


@pytest.mark.parametrize(("qty", "found"), [(99, ()), (100, ()), (101, NO)])
def test_D02_binds_just_above_the_limit(qty: int, found: tuple[int, ...]) -> None:
    for limit in ("10%", "10000 USD"):
        assert codes(priced(), b.draft("buy", qty), bound(order_notional, limit=limit)) == found


@pytest.mark.parametrize(("limit", "found"), [("100", ()), ("100.01", NO), ("90", ())])
def test_D02_counts_the_worse_of_limit_and_last(limit: str, found: tuple[int, ...]) -> None:
    assert codes(priced(), b.draft("buy", 100, limit=limit), bound(order_notional)) == found


def test_D02_is_about_one_order_whatever_else_is_in_flight() -> None:
    book = priced()
    in_doubt(book, "buy", 100)
    assert codes(book, b.draft("buy", 100), bound(order_notional)) == ()
    assert codes(book, b.draft("buy", 101), bound(order_notional)) == NO


def test_D02_exits_pass_and_an_oversize_is_refused_never_cut() -> None:
    book = priced()
    hold(book, 500)
    assert passes_exit(book, bound(order_notional))
    assert codes(book, b.draft("buy", 200), bound(order_notional)) == NO


@pytest.mark.parametrize(
    ("multiplier", "currency", "limit", "found"),
    [
        # 2 units at 100 are 200; with a multiplier of 50 they are 10,000; in euros at 1.10 they are 11,000 dollars.
        (1, "USD", "200 USD", ()), (1, "USD", "199.99 USD", NO), (50, "USD", "10000 USD", ()),
        (50, "USD", "9999.99 USD", NO), (50, "EUR", "11000 USD", ()), (50, "EUR", "10999.99 USD", NO),
        # A price in pence: a hundredth of the currency that is counted in.
        ("0.01", "EUR", "2.20 USD", ()), ("0.01", "EUR", "2.19 USD", NO),
    ],
)  # fmt: skip
def test_F71_worth_comes_from_the_instruments_multiplier_and_the_rate_of_its_currency(
    multiplier: object, currency: str, limit: str, found: tuple[int, ...]
) -> None:
    listed = b.instrument(multiplier=b.d(multiplier), currency=currency)
    book = priced(instruments=[listed], cash={"USD": b.d(100_000), "EUR": b.d(0)})
    apply_event(book, b.fx_mark("1.1"))
    assert codes(book, b.draft("buy", 2), bound(order_notional, limit=limit)) == found


def test_F71_without_a_rate_there_is_no_worth_and_no_order() -> None:
    book = priced(instruments=[b.instrument(currency="EUR")], cash={"USD": b.d(100_000), "EUR": b.d(0)})
    assert Code.NO_MARK in codes(book, b.draft("buy", 2), bound(order_notional, limit="10000 USD"))
