"""open_orders: how many are open at once."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import open_orders
from tests.core import build as b
from tests.core.test_ledger import sent
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.OPEN_ORDERS,)


@pytest.mark.parametrize(("before", "found"), [(3, ()), (4, ()), (5, NO)])
def test_D12_of_an_instrument(before: int, found: tuple[int, ...]) -> None:
    book = priced()
    for n in range(before):
        in_doubt(book, "buy", 1) if n % 2 else sent(book, "buy", 1)
    assert codes(book, b.draft("buy", 1), bound(open_orders)) == found


@pytest.mark.parametrize(("before", "found"), [(6, ()), (7, ()), (8, NO)])
def test_D12_of_the_account(before: int, found: tuple[int, ...]) -> None:
    names = tuple(f"S{n}" for n in range(9))
    book = priced(b.deployment_spec(instruments=("AAPL", *names)))
    for name in names[:before]:
        sent(book, "buy", 1, instrument=name)
    assert codes(book, b.draft("buy", 1), bound(open_orders, account=8)) == found


def test_D12_an_ended_order_makes_room_and_exits_pass() -> None:
    book = priced()
    hold(book, 1)
    last = sent(book, "buy", 1)
    assert codes(book, b.draft("buy", 1), bound(open_orders, instrument=1)) == NO
    assert passes_exit(book, bound(open_orders, instrument=1))
    apply_event(book, b.update(last, "cancelled"))
    assert codes(book, b.draft("buy", 1), bound(open_orders, instrument=1)) == ()
