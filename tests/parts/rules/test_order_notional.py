"""order_notional: one order's worth."""

import pytest

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
