"""webhook: a signal from outside sets the target of one instrument, once."""

import json
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.risk import Rule
from openbell.core.types import Side
from openbell.parts.rules import kill
from openbell.parts.strategies import webhook
from openbell.run.parts import bind_rule, bind_strategy
from tests.core import build as b
from tests.core.build import at, d


def engine(*rules: Rule, **changes: object) -> Engine:
    size = b.SizeSpec(kind="quantity", value=d(10))
    spec = b.run_spec(b.deployment_spec(size=size, can_short=True, signals="alpha", **changes))
    made = b.engine(spec, rules=rules, strategies={"alpha": bind_strategy("webhook", webhook, webhook.Config())})
    made.step(b.bar(1, 100.0))
    return made


def post(
    made: Engine, key: str, target: float, *, is_ok: bool = True, more: Mapping[str, object] = MappingProxyType({})
) -> list[fx.Effect]:
    value = json.dumps({"instrument": "AAPL", "target": target, "at": at(1)} | dict(more))
    return made.step(ev.Answer(ts=at(1), ask=f"signal/alpha/{key}", deployment="alpha", is_ok=is_ok, value=value))


@pytest.mark.parametrize(
    ("target", "side", "qty", "reason"),
    [
        (1.0, Side.BUY, 10, Code.SIGNAL_LONG),
        (0.5, Side.BUY, 5, Code.SIGNAL_LONG),
        (-1.0, Side.SELL, 10, Code.SIGNAL_SHORT),
    ],
)
def test_a_signal_sets_the_target(target: float, side: Side, qty: int, reason: Code) -> None:
    sent = b.one(fx.Submit, post(engine(), "a", target, more={"reason": "because"}))
    assert (sent.side, sent.qty, sent.reason) == (side, d(qty), reason)


def test_the_same_signal_twice_causes_one_order_and_the_same_target_again_none() -> None:
    made = engine()
    sent = b.one(fx.Submit, post(made, "a", 1.0))
    assert post(made, "a", 1.0) == []
    made.step(b.fill(sent, 100, ts=at(1)))
    out = post(made, "b", 1.0)
    assert (b.only(fx.Submit, out), b.decision(out)) == ([], Code.ALREADY_DECIDED)
    # A name that was used stays used, whatever is said under it.
    assert post(made, "a", -1.0) == []


def test_the_same_target_counts_anew_where_it_was_refused_or_left() -> None:
    made = engine()
    made.step(b.command("pause"))
    assert b.decision(post(made, "a", 1.0)) == Code.LATCHED
    made.step(b.command("resume"))
    sent = b.one(fx.Submit, post(made, "b", 1.0))
    # While its entry is on its way, another one says nothing new.
    assert b.only(fx.Submit, post(made, "c", 1.0)) == []
    made.step(b.fill(sent, 100, ts=at(1)))
    left = b.one(fx.Submit, post(made, "d", 0.0))
    made.step(b.fill(left, 100, ts=at(1)))
    assert b.only(fx.Submit, post(made, "e", 0.0)) == []
    assert b.one(fx.Submit, post(made, "f", 1.0)).side is Side.BUY


def test_flat_sells_what_is_held() -> None:
    made = engine()
    sent = b.one(fx.Submit, post(made, "a", 1.0))
    made.step(b.fill(sent, 100, ts=at(1)))
    left = b.one(fx.Submit, post(made, "b", 0.0))
    assert (left.side, left.qty, left.reduce_only, left.reason) == (Side.SELL, d(10), True, Code.SIGNAL_FLAT)


def test_a_signal_that_came_too_late_does_nothing_and_its_name_is_used_up() -> None:
    made = engine()
    assert post(made, "a", 1.0, is_ok=False) == []
    assert post(made, "a", 1.0) == []
    assert b.only(fx.Submit, post(made, "b", 1.0)) != []


def test_a_bar_wants_nothing() -> None:
    assert b.decision(engine().step(b.bar(2, 100.0))) == Code.NO_SIGNAL


def test_a_kill_stands_before_every_signal() -> None:
    made = engine(bind_rule("kill", kill, kill.Config()))
    made.step(b.command("kill", tier=2))
    out = post(made, "a", 1.0)
    assert (b.only(fx.Submit, out), b.decision(out)) == ([], Code.KILLED)


@pytest.mark.parametrize("target", [1.0000001, -1.0000001])
def test_a_target_beyond_one_is_no_signal(target: float) -> None:
    with pytest.raises(ValueError, match="is not from -1 to 1"):
        webhook.Signal(instrument="AAPL", target=target, at=1)
    made = engine()
    assert post(made, "a", target) == []
    assert "frozen/deployment:alpha" not in made.book.truth.latches


@pytest.mark.parametrize(
    "more", [{"instrument": "MSFT"}, {"instrument": 7}, {"target": "1"}, {"unknown": 1}, {"at": None}]
)
def test_what_is_no_signal_of_this_deployment_is_left_alone(more: dict[str, object]) -> None:
    made = engine()
    assert post(made, "a", 1.0, more=more) == []
    assert "frozen/deployment:alpha" not in made.book.truth.latches


def test_other_answers_are_no_signals() -> None:
    made = engine()
    value = json.dumps({"instrument": "AAPL", "target": 1.0, "at": 1})
    assert made.step(ev.Answer(ts=at(1), ask="order/7", deployment="alpha", is_ok=True, value=value)) == []
    asked = ev.Answer(ts=at(1), ask="order/7", deployment="alpha", is_ok=True, value=value)
    assert webhook.signal_of(asked) is None


def test_only_so_many_names_are_remembered() -> None:
    made = engine()
    for n in range(webhook.KEPT + 1):
        post(made, str(n), 1.0)
    state = made.traders.free_states["alpha"]
    assert (len(state.seen), state.seen[0]) == (webhook.KEPT, "signal/alpha/1")
