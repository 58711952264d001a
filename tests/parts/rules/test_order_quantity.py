"""order_quantity: units by class of instrument."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import order_quantity
from tests.core import build as b
from tests.core.build import d
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.ORDER_QUANTITY,)


@pytest.mark.parametrize(("qty", "found"), [(999, ()), (1000, ()), (1001, NO)])
def test_D01_binds_just_above_the_limit(qty: int, found: tuple[int, ...]) -> None:
    assert codes(priced(px=1.0), b.draft("buy", qty), bound(order_quantity)) == found


@pytest.mark.parametrize(("kind", "found"), [("fx", ()), ("crypto", ()), ("stock", ()), ("future", NO), ("odd", NO)])
def test_D01_each_class_has_its_own_and_an_unknown_one_the_smallest(kind: str, found: tuple[int, ...]) -> None:
    book = priced(px=1.0, instruments=[b.instrument(kind=kind)])
    assert codes(book, b.draft("buy", 11), bound(order_quantity)) == found


def test_D01_parts_of_a_unit_count() -> None:
    book = priced(px=1.0, instruments=[b.instrument(kind="crypto", lot=d("0.0001"))])
    assert codes(book, b.draft("buy", "2.5"), bound(order_quantity, crypto="2.5")) == ()
    assert codes(book, b.draft("buy", "2.5001"), bound(order_quantity, crypto="2.5")) == NO


def test_D01_is_about_one_order_and_exits_pass() -> None:
    book = priced(px=1.0)
    hold(book, 900, 1)
    in_doubt(book, "buy", 1000)
    assert codes(book, b.draft("buy", 1000), bound(order_quantity)) == ()
    hold(book, 500, 1)
    assert passes_exit(book, bound(order_quantity))
