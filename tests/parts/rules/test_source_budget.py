"""source_budget: what a source of signals outside may cause in a session."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import source_budget
from tests.core import build as b
from tests.core.test_ledger import sent
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.SOURCE_BUDGET,)
NEWS = {"signals": "news"}


@pytest.mark.parametrize(("before", "found"), [(9, ()), (10, NO)])
def test_D41_entries_of_a_session(before: int, found: tuple[int, ...]) -> None:
    book = priced(b.deployment_spec(**NEWS))
    for _ in range(before):
        in_doubt(book, "buy", 1)
    assert codes(book, b.draft("buy", 1), bound(source_budget)) == found


@pytest.mark.parametrize(("qty", "found"), [(39, ()), (40, ()), (41, NO)])
def test_D41_worth_of_a_session(qty: int, found: tuple[int, ...]) -> None:
    book = priced(b.deployment_spec(**NEWS))
    sent(book, "buy", 60)
    for limit in ("10%", "10000 USD"):
        assert codes(book, b.draft("buy", qty), bound(source_budget, worth=limit)) == found


def test_D41_a_strategy_of_its_own_has_no_budget_and_a_new_session_a_new_one() -> None:
    book = priced()
    sent(book, "buy", 500)
    assert codes(book, b.draft("buy", 100), bound(source_budget)) == ()
    news = priced(b.deployment_spec(**NEWS))
    sent(news, "buy", 100)
    assert codes(news, b.draft("buy", 1), bound(source_budget)) == NO
    apply_event(news, b.session(1))
    assert codes(news, b.draft("buy", 1), bound(source_budget), b.at(1500)) == ()


def test_D41_exits_pass() -> None:
    book = priced(b.deployment_spec(**NEWS))
    hold(book, 500)
    assert passes_exit(book, bound(source_budget))
