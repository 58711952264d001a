"""min_cash: what is left after every buy in flight."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import min_cash
from tests.core import build as b
from tests.core.build import d
from tests.core.test_ledger import sent
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.MIN_CASH,)


@pytest.mark.parametrize(("qty", "found"), [(899, ()), (900, ()), (901, NO)])
def test_D19_a_tenth_of_equity_stays(qty: int, found: tuple[int, ...]) -> None:
    assert codes(priced(), b.draft("buy", qty), bound(min_cash)) == found


def test_D19_counts_every_buy_in_flight_and_no_sale() -> None:
    book = priced()
    hold(book, 300)
    sent(book, "buy", 200)
    in_doubt(book, "buy", 200)
    sent(book, "sell", 100, reduce_only=True)
    assert codes(book, b.draft("buy", 200), bound(min_cash)) == ()
    assert codes(book, b.draft("buy", 201), bound(min_cash)) == NO
    assert codes(book, b.draft("sell", 200, reduce_only=True), bound(min_cash)) == ()


def test_D19_exits_pass_without_cash_and_a_short_needs_none() -> None:
    book = priced(b.deployment_spec(can_short=True))
    hold(book, 1000)
    apply_event(book, b.bar(2, 90.0))
    assert passes_exit(book, bound(min_cash))
    assert NO[0] not in codes(book, b.draft("sell", 10, limit=d(100)), bound(min_cash))
