"""A pause of daily loss and drawdown: its edges, a limit that is still broken, a restart, and what it is without one."""

from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.engine import Engine
from openbell.core.types import MINUTE_NS, NS
from openbell.parts.rules import daily_loss, drawdown
from openbell.parts.rules._pause import pause_of
from tests.core import build as b
from tests.core.build import at, bar, d, levels
from tests.parts.rules.scene import again, bound, gates

BARE: dict[ModuleType, dict[str, Any]] = {
    daily_loss: {"limit": "2%", "warn": "off"}, drawdown: {"limit": "2%", "reduce": "off", "flatten": "off"},
}  # fmt: skip
both = pytest.mark.parametrize("module", [daily_loss, drawdown])


def name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def full(module: ModuleType, **options: Any) -> Engine:
    """Everything in one instrument, bought at 100 with all of its money."""
    spec = b.run_spec(b.deployment_spec(size=b.SizeSpec(kind="weight", value=d(1))))
    made = b.engine(spec, rules=(bound(module, **(BARE[module] | {"pause": "60s"} | options)),))
    b.buy(made, 1, 100.0)
    return made


def ring(made: Engine, module: ModuleType, ts: int) -> list[fx.Effect]:
    """Take the pause's timer if it is due at an instant."""
    name = f"pause/{name_of(module)}/account:main"
    if made.book.truth.timers.get(f"/{name}", ts + 1) > ts:
        return []
    return made.step(ev.Timer(ts=ts, deployment="", name=name))


@both
@pytest.mark.parametrize(("px", "is_closed"), [(98.01, False), (98.0, True), (97.99, True)])
def test_it_begins_at_the_limit(module: ModuleType, px: float, is_closed: bool) -> None:
    made = full(module)
    made.step(bar(2, px, 1.0))
    assert gates(made) == ([f"{name_of(module)}/account:main"] if is_closed else [])
    assert (f"/pause/{name_of(module)}/account:main" in made.book.truth.timers) == is_closed
    assert made.book.truth.kills == {}


@both
@pytest.mark.parametrize(("after", "is_over"), [(60 * NS - 1, False), (60 * NS, True), (60 * NS + 1, True)])
def test_it_ends_after_sixty_seconds_where_the_limit_holds_again(module: ModuleType, after: int, is_over: bool) -> None:
    made = full(module)
    made.step(bar(2, 98.0, 1.0))
    made.step(bar(2, 99.0, 1.0, interval=2 * MINUTE_NS))
    told = levels(ring(made, module, at(2) + after))
    assert gates(made) == ([] if is_over else [f"{name_of(module)}/account:main"])
    assert told == ([("info", f"pause/{name_of(module)}/main")] if is_over else [])


@both
def test_at_its_end_a_limit_that_is_still_broken_waits_once_more_and_lets_nothing_in_between(
    module: ModuleType,
) -> None:
    made = full(module)
    made.step(bar(2, 98.0, 1.0))
    closed, warned = [f"{name_of(module)}/account:main"], [("warning", f"pause/{name_of(module)}/main")]
    assert [levels(ring(made, module, at(n))) for n in (3, 4, 5)] == [warned, [], []]
    assert gates(made) == closed
    assert not [one for one in made.desk.out if isinstance(one, fx.Latch)]
    made.step(bar(6, 98.01, 1.0))
    assert gates(made) == closed
    ring(made, module, at(6))
    assert gates(made) == []
    # And what falls once more begins anew, with its alert.
    assert ("critical", f"{name_of(module)}/main") in levels(made.step(bar(7, 97.0, 1.0)))


@both
def test_after_a_restart_in_its_middle_the_rest_of_it_holds(module: ModuleType) -> None:
    made = full(module)
    made.step(bar(2, 98.0, 1.0))
    made = again(made, bound(module, **(BARE[module] | {"pause": "60s"})))
    made.step(ev.Timer(ts=at(2) + 30 * NS, deployment="", name="another"))
    made.step(bar(2, 99.0, 1.0, interval=2 * MINUTE_NS))
    assert ring(made, module, at(3) - 1) == []
    assert gates(made) == [f"{name_of(module)}/account:main"]
    ring(made, module, at(3))
    assert gates(made) == []


def test_S5_107_without_one_the_day_stays_closed_until_the_next_session() -> None:
    made = full(daily_loss, pause=None)
    made.step(bar(2, 98.0, 1.0))
    made.step(bar(3, 120.0, 1.0))
    assert made.book.truth.timers == {}
    assert gates(made) == ["daily_loss/account:main"]
    made.step(b.session(1))
    assert gates(made) == []


def test_S5_108_without_one_a_fall_stays_closed_until_somebody_opens_it() -> None:
    made = full(drawdown, pause=None)
    made.step(bar(2, 98.0, 1.0))
    made.step(b.session(1))
    assert made.book.truth.kills["account:main"].tier == 1
    made.step(bar(1999, 99.0, 1.0))
    assert gates(made) == ["drawdown/account:main"]
    made.step(b.enable(made, n=2000))
    assert gates(made) == []


def test_the_next_session_opens_a_day_before_its_pause_is_over_and_its_timer_means_nothing_then() -> None:
    made = full(daily_loss, pause="3d")
    made.step(bar(2, 98.0, 1.0))
    made.step(b.session(1))
    assert gates(made) == []
    assert ring(made, daily_loss, at(2) + 3 * 1440 * MINUTE_NS) == []


def test_a_person_opens_a_pause_too() -> None:
    made = full(drawdown)
    made.step(bar(2, 98.0, 1.0))
    made.step(b.enable(made, "account:main", n=2))
    # Not while it is broken: that closes it at once.
    assert gates(made) == ["drawdown/account:main"]
    made.step(bar(2, 99.0, 1.0, interval=2 * MINUTE_NS))
    made.step(b.enable(made, "account:main", n=3))
    assert gates(made) == []


@both
def test_it_is_said_in_words_and_a_longer_one_is_tighter(module: ModuleType) -> None:
    short, long = (bound(module, **(BARE[module] | {"pause": span})) for span in ("60s", "5m"))
    assert "no new risk for 1m, and while it is broken, after" in short.text
    assert [pause_of(rule.params) // NS for rule in (short, long, bound(module))] == [60, 300, 0]
    assert long.params[6] * short.params[7] < short.params[6] * long.params[7]


@both
def test_what_opens_the_gate_is_said_once(module: ModuleType) -> None:
    with pytest.raises(ValidationError, match="delete one of them"):
        module.Config(pause="60s", release="manual")
    with pytest.raises(ValidationError, match="greater than or equal"):
        module.Config(pause="999ms")
    written = module.Config(pause="60s").model_dump(mode="json")
    assert module.Config(**written) == module.Config(pause="60s")


def test_a_pause_has_a_length() -> None:
    with pytest.raises(ValidationError, match="write pause: 60s"):
        drawdown.Config(release="time")
