"""max_per_instrument: how many strategies of an account are in one instrument."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import max_per_instrument
from tests.core import build as b
from tests.core.test_ledger import sent
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.MAX_POSITIONS,)


def both():
    return priced(b.deployment_spec(), b.deployment_spec("beta"))


def test_D13_one_strategy_may_add_and_leave() -> None:
    book = both()
    hold(book, 5)
    assert codes(book, b.draft("buy", 1), bound(max_per_instrument)) == ()
    assert passes_exit(book, bound(max_per_instrument))


@pytest.mark.parametrize(("limit", "found"), [(1, NO), (2, ())])
def test_D13_another_strategy_in_the_same_instrument_is_one_too_many(limit: int, found: tuple[int, ...]) -> None:
    book = both()
    hold(book, 5)
    assert codes(book, b.draft("buy", 1, deployment="beta"), bound(max_per_instrument, limit=limit)) == found


def test_D13_an_entry_on_its_way_counts_like_a_holding() -> None:
    book = both()
    assert codes(book, b.draft("buy", 1, deployment="beta"), bound(max_per_instrument)) == ()
    sent(book, "buy", 1)
    in_doubt(book, "buy", 1)
    assert codes(book, b.draft("buy", 1, deployment="beta"), bound(max_per_instrument)) == NO


def test_D13_what_another_account_holds_or_has_sent_counts_for_that_one() -> None:
    book = priced(b.deployment_spec(), b.deployment_spec("beta", account="other"), b.deployment_spec("gamma"))
    hold(book, 5)
    in_doubt(book, "buy", 1)
    rule = bound(max_per_instrument)
    assert codes(book, b.draft("buy", 1, deployment="beta", account="other"), rule) == ()
    assert codes(book, b.draft("buy", 1, deployment="gamma"), rule) == NO
