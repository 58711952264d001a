"""source_budget: what a source of signals outside may cause in a session."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
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


LATE = {"ask": "signal/alpha/7", "deployment": "alpha", "is_ok": False, "value": '{"instrument":"AAPL","target":1.0}'}


def test_a_signal_that_came_too_late_is_told_with_its_reason() -> None:
    made = b.engine(b.run_spec(b.deployment_spec(**NEWS)), rules=(bound(source_budget),))
    out = made.step(ev.Answer(ts=b.at(1), **LATE))
    assert b.decision(out) == Code.STALE_DATA
    assert [one.text for one in b.only(fx.Note, out)] == ["alpha AAPL: signal/alpha/7 came too late and was left alone"]


@pytest.mark.parametrize(
    "changes",
    [{"is_ok": True}, {"deployment": "beta"}, {"ask": "order/7"}, {"value": '{"instrument":"MSFT","target":1.0}'}],
)
def test_of_every_other_answer_it_says_nothing(changes: dict[str, object]) -> None:
    made = b.engine(b.run_spec(b.deployment_spec(**NEWS)), rules=(bound(source_budget),))
    assert made.step(ev.Answer(ts=b.at(1), **{**LATE, **changes})) == []


def test_a_deployment_with_a_strategy_of_its_own_has_no_signals() -> None:
    made = b.engine(rules=(bound(source_budget),))
    assert made.step(ev.Answer(ts=b.at(1), **LATE)) == []
