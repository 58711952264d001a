"""net_exposure: the worst case of the account."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import net_exposure
from tests.core import build as b
from tests.core.build import d
from tests.core.test_ledger import sent
from tests.parts.rules.scene import CAPITAL, bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.NET_EXPOSURE,)


@pytest.mark.parametrize(("qty", "found"), [(499, ()), (500, ()), (501, NO)])
def test_D16_binds_just_above_the_limit(qty: int, found: tuple[int, ...]) -> None:
    for limit in ("50%", "50000 USD"):
        assert codes(priced(), b.draft("buy", qty), bound(net_exposure, limit=limit)) == found


def test_D16_counts_what_is_held_working_and_in_doubt() -> None:
    book = priced()
    hold(book, 100)
    sent(book, "buy", 100)
    in_doubt(book, "buy", 100)
    assert codes(book, b.draft("buy", 200), bound(net_exposure, limit="50%")) == ()
    assert codes(book, b.draft("buy", 201), bound(net_exposure, limit="50%")) == NO


def test_D16_exits_pass_far_beyond_it() -> None:
    book = priced()
    hold(book, 900)
    apply_event(book, b.bar(2, 300.0))
    assert NO[0] in codes(book, b.draft("buy", 1), bound(net_exposure, limit="50%"))
    assert passes_exit(book, bound(net_exposure, limit="50%"))


def test_D16_longs_and_shorts_held_cancel_out_and_what_may_not_fill_does_not() -> None:
    book = priced(b.deployment_spec(instruments=("AAPL", "MSFT"), capital=CAPITAL), leverage=d(9))
    sold = sent(book, "sell", 600, instrument="MSFT")
    assert codes(book, b.draft("buy", 1000), bound(net_exposure)) == ()
    assert codes(book, b.draft("buy", 1001), bound(net_exposure)) == NO
    apply_event(book, b.fill(sold, 100, instrument="MSFT"))
    assert NO[0] not in codes(book, b.draft("buy", 1600), bound(net_exposure))
    assert NO[0] in codes(book, b.draft("buy", 1601), bound(net_exposure))
