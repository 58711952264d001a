"""Every rule found: whole numbers in, a code out, the same each time; exits never blocked unless it says so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.core.risk import Approved, Denied, Facts, Rule, review
from openbell.run.parts import bind_rule
from tests.conformance.market import kinds, module
from tests.core import build as b
from tests.core.build import at
from tests.core.test_ledger import filled
from tests.house.rules_purity import RULES as PURITY
from tests.house.source import ROOT, read

KINDS = kinds("rules")
wide = st.integers(-(2**80), 2**80)


def bound(kind: str) -> Rule:
    found: Any = module("rules", kind)
    return bind_rule(kind, found, found.Config())


@st.composite
def some_facts(draw: Any, kind: str) -> Any:
    """Return facts as the rule wants them: its own, else those that all rules share."""
    facts = getattr(module("rules", kind), "Facts", Facts)
    made = {name: draw(wide) for name in facts._fields}
    made |= {name: draw(st.integers(0, 1)) for name in ("is_in_session", "is_killed", "is_exit") if name in made}
    made |= {name: draw(st.integers(0, 2**40)) for name in ("positions", "entries") if name in made}
    made |= {"type": draw(st.integers(0, 4))} if "type" in made else {}
    return facts(**made)


def test_some_are_found() -> None:
    wanted = {"kill", "session_hours", "daily_loss", "max_position", "max_positions", "duplicate", "drawdown"}
    assert wanted <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_is_whole(kind: str) -> None:
    rule = bound(kind)
    assert rule.applies in ("entry", "exit", "both", "none")
    assert rule.release in ("session", "week", "month", "manual")
    assert (rule.applies == "none") <= (bool(rule.hears) or rule.scale is not None)
    assert bool(rule.hears) == (rule.hear is not None)
    assert all(type(value) is int for value in rule.params)
    assert rule.text
    assert rule.text == rule.text.strip()


@pytest.mark.parametrize("kind", KINDS)
def test_any_whole_numbers_get_one_and_the_same_code(kind: str) -> None:
    rule = bound(kind)

    @given(some_facts(kind))
    def check(facts: Facts) -> None:
        code = rule.check(rule.params, facts)
        assert type(code) is int
        assert code == rule.check(rule.params, facts)
        assert code == 0 or Code(code)

    check()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if bound(kind).watch])
def test_a_rule_that_watches_passes_at_any_higher_equity(kind: str) -> None:
    # The engine does not ask again while equity stands above one at which the rule has passed.
    rule = bound(kind)

    @given(some_facts(kind), st.integers(0, 2**80))
    def check(facts: Facts, more: int) -> None:
        if rule.check(rule.params, facts) == 0:
            assert rule.check(rule.params, facts._replace(equity=facts.equity + more)) == 0

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_B21_a_rule_for_entries_never_stops_an_exit(kind: str) -> None:
    book = b.book()
    filled(book, "buy", 10, 100)
    apply_event(book, b.bar(2, 1.0))
    book.truth.accounts["main"].peak = b.d(10**9)
    apply_event(book, b.command("kill"))
    rule = bound(kind)
    verdict = review(book, (rule,), b.draft("sell", 10, reduce_only=True), at(10**6))
    # Of those that ask about exits, each lets a usual one pass.
    assert isinstance(verdict, Approved)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if bound(kind).applies != "none"])
def test_a_rule_that_cannot_answer_refuses(kind: str) -> None:
    def fails(*given: object) -> int:
        raise ZeroDivisionError

    book = b.book()
    apply_event(book, b.bar(1, 100.0))
    rule = bound(kind)
    for broken in ({"check": fails}, {"look": fails} if rule.look is not None else {"check": fails}):
        verdict = review(book, (replace(rule, **broken),), b.draft("buy", 1), at(2))
        assert verdict == Denied((Code.RULE_ERROR,))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if bound(kind).hears])
def test_a_rule_that_cannot_act_closes_every_gate(kind: str) -> None:
    def fails(*given: object) -> list[object]:
        raise ZeroDivisionError

    rule = replace(bound(kind), hear=fails, hears=(ev.Link,))
    made = b.engine(rules=(rule,))
    made.step(ev.Link(ts=at(1), account="main", channel="data", is_up=True))
    assert made.book.truth.latches[f"{kind}/all"].release == "manual"


@pytest.mark.parametrize("kind", KINDS)
def test_it_calls_nothing_that_is_banned(kind: str) -> None:
    source = read(ROOT / "src" / "openbell" / "parts" / "rules" / f"{kind}.py", ROOT)
    assert [found for rule in PURITY for found in rule(source)] == []
