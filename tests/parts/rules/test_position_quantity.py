"""position_quantity: units of the worst case in one instrument."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import position_quantity
from tests.core import build as b
from tests.core.build import d
from tests.core.test_ledger import sent
from tests.parts.rules.scene import CAPITAL, bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.POSITION_QUANTITY,)
RULE = bound(position_quantity)


@pytest.mark.parametrize(("qty", "found"), [(9_999, ()), (10_000, ()), (10_001, NO)])
def test_D14_binds_just_above_the_limit(qty: int, found: tuple[int, ...]) -> None:
    assert codes(priced(px=1.0), b.draft("buy", qty), RULE) == found


@pytest.mark.parametrize(("side", "qty", "found"), [("buy", 2_000, ()), ("buy", 2_001, NO), ("sell", 10_000, ())])
def test_D14_counts_what_is_held_working_and_in_doubt(side: str, qty: int, found: tuple[int, ...]) -> None:
    book = priced(b.deployment_spec(capital=CAPITAL), px=1.0)
    hold(book, 3_000, 1)
    sent(book, "buy", 2_000)
    in_doubt(book, "buy", 3_000)
    assert codes(book, b.draft(side, qty), RULE) == found


def test_D14_what_another_strategy_holds_of_it_counts_and_other_instruments_do_not() -> None:
    both = (b.deployment_spec(), b.deployment_spec("beta"), b.deployment_spec("gamma", instruments=("MSFT",)))
    book = priced(*both, px=1.0)
    hold(book, 6_000, 1, deployment="beta")
    hold(book, 9_000, 1, deployment="gamma", instrument="MSFT")
    assert codes(book, b.draft("buy", 4_000), RULE) == ()
    assert codes(book, b.draft("buy", 4_001), RULE) == NO


@pytest.mark.parametrize(("kind", "found"), [("fx", ()), ("stock", ()), ("crypto", ()), ("future", NO), ("odd", NO)])
def test_D14_each_class_has_its_own_and_an_unknown_one_the_smallest(kind: str, found: tuple[int, ...]) -> None:
    book = priced(px=1.0, instruments=[b.instrument(kind=kind)])
    assert codes(book, b.draft("buy", 101), RULE) == found


def test_D14_exits_pass_far_beyond_it() -> None:
    book = priced(px=1.0)
    hold(book, 9_000, 1)
    apply_event(book, b.split(2, 1, n=2))
    assert book.position("alpha", "AAPL").qty == d(18_000)
    assert NO[0] in codes(book, b.draft("buy", 1), RULE)
    assert passes_exit(book, RULE)
