"""Limits changed while a run lives: tighter at once, looser flat or confirmed, always said and kept."""

from decimal import Decimal

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.limits import differences, limits_of
from openbell.core.record import digest
from openbell.core.spec import Limits, RuleTerms
from openbell.parts.rules import daily_loss, kill, max_position, max_positions, session_hours
from openbell.run.parts import bind_rule
from tests.core import build as b
from tests.core.build import at, d

RULES = (
    ("kill", kill, {}),
    ("session_hours", session_hours, {"before_close": "10m"}),
    ("daily_loss", daily_loss, {"limit": "3%", "warn": "off"}),
    ("max_position", max_position, {"limit": "10%"}),
    ("max_positions", max_positions, {"limit": 5}),
)


def bound(**changes):
    return tuple(bind_rule(k, m, m.Config(**{**o, **changes.get(k, {})})) for k, m, o in RULES)


def made(rules=None, spec=None):
    return b.engine(spec, rules=bound() if rules is None else rules)


def change(one, *, n=2, is_confirmed=False, rules=None, **numbers):
    """Return a change to other rules or other numbers."""
    wanted = limits_of(one.book.spec, bound() if rules is None else rules)
    wanted = msgspec.structs.replace(wanted, **numbers)
    return ev.ConfigChange(
        ts=at(n), config="{}", digest="abcdef0123", actor="op", limits=wanted, is_confirmed=is_confirmed
    )


def text_of(effects):
    return " ".join(alert.text for alert in b.only(fx.Alert, effects))


def rule(one, kind):
    return next(rule for rule in one.desk.rules if rule.kind == kind)


def test_F106_a_tighter_limit_counts_at_once_though_something_is_held():
    one = made()
    b.buy(one, 1, 100.0)
    effects = one.step(change(one, rules=bound(max_position={"limit": "1%"})))
    assert b.one(fx.SetLimits, effects)
    assert rule(one, "max_position").params == (1, 100)
    assert " -> " in text_of(effects)
    assert b.decision(one.step(b.bar(3, 100.0, 2.0))) == Code.MAX_POSITION


@pytest.mark.parametrize(
    ("rules", "numbers"),
    [
        (bound(max_position={"limit": "11%"}), {}),
        (bound(daily_loss={"limit": "4%", "warn": "off"}), {}),
        (bound(max_positions={"limit": 6}), {}),
        (bound(session_hours={"before_close": "9m"}), {}),
        (None, {"leverage": {"main": d(2)}}),
        (None, {"capital": {"alpha": d(200_000)}}),
    ],
)
def test_F106_a_looser_limit_waits_while_something_is_held(rules, numbers):
    one = made()
    b.buy(one, 1, 100.0)
    before = limits_of(one.book.spec, one.desk.rules)
    effects = one.step(change(one, rules=rules, **numbers))
    assert b.only(fx.SetLimits, effects) == []
    assert [level for level, _ in b.levels(effects)] == ["error"]
    assert "not loosened" in text_of(effects)
    assert limits_of(one.book.spec, one.desk.rules) == before


def test_F106_a_looser_limit_waits_while_something_is_ordered():
    one = made()
    one.step(b.bar(1, 100.0, 1.0))
    assert b.only(fx.SetLimits, one.step(change(one, leverage={"main": d(2)}))) == []


def test_F106_flat_or_confirmed_a_looser_limit_counts():
    flat = made()
    assert b.one(fx.SetLimits, flat.step(change(flat, leverage={"main": d(2)})))
    assert flat.book.spec.accounts["main"].leverage == 2
    holding = made()
    b.buy(holding, 1, 100.0)
    assert b.one(fx.SetLimits, holding.step(change(holding, leverage={"main": d(2)}, is_confirmed=True)))
    assert holding.book.spec.accounts["main"].leverage == 2


def test_F106_of_a_mixed_change_the_tighter_part_counts_and_the_looser_waits():
    one = made()
    b.buy(one, 1, 100.0)
    rules = bound(max_position={"limit": "50%"}, daily_loss={"limit": "1%", "warn": "off"})
    effects = one.step(change(one, rules=rules, capital={"alpha": d(50_000)}, positions={"alpha": 1}))
    assert (rule(one, "daily_loss").params, rule(one, "max_position").params) == ((1, 100), (1, 10))
    assert one.book.spec.deployments["alpha"].capital == 50_000
    assert one.book.spec.deployments["alpha"].max_positions == 1
    assert "not loosened" in text_of(effects)


def test_no_number_of_positions_is_the_loosest():
    one = made(spec=b.run_spec(b.deployment_spec(max_positions=3)))
    b.buy(one, 1, 100.0)
    one.step(change(one, positions={"alpha": 0}))
    assert one.book.spec.deployments["alpha"].max_positions == 3
    one.step(change(one, positions={"alpha": 2}, n=3))
    assert one.book.spec.deployments["alpha"].max_positions == 2


def test_what_cannot_be_told_tighter_is_treated_as_looser():
    odd = bind_rule("kill", kill, kill.Config())
    one = made(rules=(odd,))
    b.buy(one, 1, 100.0)
    wanted = limits_of(one.book.spec, one.desk.rules)
    for params in ((1,), (1, 2)):
        terms = (RuleTerms("kill", params, "another kill"),)
        other = ev.ConfigChange(
            ts=at(2), config="", digest="x", actor="op", limits=msgspec.structs.replace(wanted, rules=terms)
        )
        assert b.only(fx.SetLimits, one.step(other)) == []


def test_F106_a_tightened_loss_limit_is_asked_at_once():
    one = made()
    b.buy(one, 1, 100.0, 1.0)
    one.step(b.bar(2, 60.0, 1.0))
    assert not one.book.truth.latches
    effects = one.step(change(one, rules=bound(daily_loss={"limit": "0.1%"}), n=3))
    assert b.one(fx.Latch, effects).kind == "daily_loss"


def test_other_rules_or_accounts_are_refused_whole():
    one = made()
    before = digest(one.book.truth)
    for limits in (
        Limits(),
        msgspec.structs.replace(limits_of(one.book.spec, one.desk.rules), leverage={"other": d(1)}),
        msgspec.structs.replace(limits_of(one.book.spec, one.desk.rules), capital={}),
    ):
        event = ev.ConfigChange(ts=at(2), config="", digest="x", actor="op", limits=limits)
        effects = one.step(event)
        assert "nothing of it is in force" in text_of(effects)
    assert one.book.truth.limits is None
    assert digest(one.book.truth) != before  # Counted, and said.


def test_a_change_that_changes_nothing_or_has_no_limits_says_nothing():
    one = made()
    assert one.step(change(one)) == []
    assert one.step(ev.ConfigChange(ts=at(3), config="", digest="x", actor="op")) == []


def test_F106_B23_limits_in_force_survive_a_restart_by_snapshot_and_by_record():
    one = made()
    happened = [b.bar(1, 100.0), change(one, rules=bound(max_position={"limit": "1%"}), leverage={"main": d("0.5")})]
    record = [(event, one.step(event)) for event in happened]
    spec = b.run_spec()
    snapshot = Engine(Book(spec, one.book.truth), {"alpha": b.obey()}, bound(), b.volatility)
    assert rule(snapshot, "max_position").params == (1, 100)
    assert snapshot.book.spec.accounts["main"].leverage == Decimal("0.5")
    recalled = made()
    for event, effects in record:
        recalled.recall(event, effects)
    assert rule(recalled, "max_position").params == (1, 100)
    assert digest(recalled.book.truth) == digest(one.book.truth)
    folded = b.book(spec)
    for event, effects in record:
        apply_record(folded, event, effects)
    assert folded.spec.accounts["main"].leverage == Decimal("0.5")


def test_rules_of_another_number_than_those_in_force_are_left_as_they_are():
    one = made()
    one.step(change(one, rules=bound(max_position={"limit": "1%"})))
    fewer = Engine(Book(b.run_spec(), one.book.truth), {"alpha": b.obey()}, bound()[:2], b.volatility)
    assert [one.kind for one in fewer.desk.rules] == ["kill", "session_hours"]


def test_differences_are_told_in_words():
    one = made()
    now = limits_of(one.book.spec, one.desk.rules)
    assert differences(now, now) == []
    wanted = limits_of(one.book.spec, bound(max_positions={"limit": 2}))
    found = differences(now, msgspec.structs.replace(wanted, leverage={"main": d(2)}, positions={"alpha": 4}))
    assert found == [
        f"{now.rules[4].text} -> {wanted.rules[4].text}",
        "leverage of main 1 -> 2",
        "positions of alpha 0 -> 4",
    ]


@pytest.mark.parametrize(
    ("now", "wanted", "is_taken"),
    [
        ({"flatten": "5%"}, {"flatten": "4%"}, True),
        ({"flatten": "5%"}, {"flatten": "6%"}, False),
        ({"flatten": "5%"}, {"flatten": "off"}, False),
        ({"flatten": "off"}, {"flatten": "5%"}, True),
        ({"flatten": "5%"}, {"flatten": "6%", "limit": "2%"}, False),
        ({"flatten": "5%", "warn": "1%"}, {"flatten": "5%", "warn": "off", "limit": "2%"}, False),
    ],
)
def test_F106_every_stage_of_a_limit_counts_for_what_is_tighter(now: dict, wanted: dict, is_taken: bool) -> None:
    stages = {"warn": "1%"}
    one = made(bound(daily_loss={**stages, **now}))
    b.buy(one, 1, 100.0)
    effects = one.step(change(one, rules=bound(daily_loss={**stages, **wanted})))
    assert bool(b.only(fx.SetLimits, effects)) is is_taken
