"""leverage: gross exposure per unit of equity."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import leverage
from tests.core import build as b
from tests.core.build import d
from tests.core.test_ledger import sent
from tests.parts.rules.scene import CAPITAL, bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.LEVERAGE,)


@pytest.mark.parametrize(("limit", "most"), [("1.5", 1500), ("1.0", 1000)])
def test_D18_binds_just_above_the_limit(limit: str, most: int) -> None:
    book = priced(b.deployment_spec(capital=CAPITAL), leverage=d(9))
    for qty, found in ((most - 1, ()), (most, ()), (most + 1, NO)):
        assert codes(book, b.draft("buy", qty), bound(leverage, limit=limit)) == found


def test_D18_it_is_of_the_equity_as_it_is_and_counts_what_is_short() -> None:
    book = priced(b.deployment_spec(capital=CAPITAL, instruments=("AAPL", "MSFT"), can_short=True), leverage=d(9))
    order = sent(book, "sell", 400, instrument="MSFT")
    apply_event(book, b.fill(order, 100, instrument="MSFT"))
    # What was sold at 100 stands at 125: of 90,000 that are left it takes 50,000.
    apply_event(book, b.bar(2, 125.0, symbol="MSFT"))
    for qty, found in ((400, ()), (401, NO)):
        assert codes(book, b.draft("buy", qty), bound(leverage, limit="1.0"), b.at(3)) == found


def test_D18_counts_what_is_in_doubt_and_exits_pass() -> None:
    book = priced(b.deployment_spec(capital=CAPITAL), leverage=d(9))
    hold(book, 400)
    in_doubt(book, "buy", 600)
    assert codes(book, b.draft("buy", 1), bound(leverage)) == NO
    assert passes_exit(book, bound(leverage))
