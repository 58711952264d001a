"""gross_exposure: the worst case of the account."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import gross_exposure
from tests.core import build as b
from tests.core.build import d
from tests.core.test_ledger import sent
from tests.parts.rules.scene import CAPITAL, bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.GROSS_EXPOSURE,)


@pytest.mark.parametrize(("qty", "found"), [(499, ()), (500, ()), (501, NO)])
def test_D15_binds_just_above_the_limit(qty: int, found: tuple[int, ...]) -> None:
    for limit in ("50%", "50000 USD"):
        assert codes(priced(), b.draft("buy", qty), bound(gross_exposure, limit=limit)) == found


def test_D15_counts_what_is_held_working_and_in_doubt() -> None:
    book = priced()
    hold(book, 100)
    sent(book, "buy", 100)
    in_doubt(book, "buy", 100)
    assert codes(book, b.draft("buy", 200), bound(gross_exposure, limit="50%")) == ()
    assert codes(book, b.draft("buy", 201), bound(gross_exposure, limit="50%")) == NO


def test_D15_exits_pass_far_beyond_it() -> None:
    book = priced()
    hold(book, 900)
    apply_event(book, b.bar(2, 300.0))
    assert NO[0] in codes(book, b.draft("buy", 1), bound(gross_exposure, limit="50%"))
    assert passes_exit(book, bound(gross_exposure, limit="50%"))


def test_D15_longs_and_shorts_add_up() -> None:
    book = priced(b.deployment_spec(instruments=("AAPL", "MSFT"), capital=CAPITAL), leverage=d(9))
    in_doubt(book, "sell", 600, instrument="MSFT")
    assert codes(book, b.draft("buy", 401), bound(gross_exposure)) == NO
