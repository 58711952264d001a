"""Operators, calendars, the disk: what closes the gate for new risk, what opens it, what is told."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.record import Checkpoint, decode_checkpoint, digest, encode_checkpoint
from openbell.core.risk import Rule
from openbell.parts.rules import daily_loss, drawdown
from openbell.run.parts import bind_rule
from tests.core import build as b
from tests.core.build import at, bar, d, decision, exits, held, levels, one, only


def holding(*rules: Rule, **spec: object) -> Engine:
    made = b.engine(b.run_spec(b.deployment_spec(**spec)), rules=rules)
    b.buy(made, 1, 100.0)
    return made


def latches(made: Engine) -> list[str]:
    return list(made.book.truth.latches)


# --- commands ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "code"), [("kill", Code.KILLED), ("pause", Code.LATCHED)])
def test_a_kill_or_pause_blocks_entries_and_not_exits(kind: str, code: int) -> None:
    made = holding(can_short=True)
    made.step(b.command(kind, n=2))
    assert latches(made) == [f"{kind}/all"]
    found = made.step(bar(3, 100.0, -1.0))
    assert [(str(e.side), e.reduce_only) for e in only(fx.Submit, found)] == [("sell", True)]
    assert decision(found) == code


def test_a_kill_is_told_at_once_and_loudest() -> None:
    found = holding().step(b.command("kill", n=2))
    assert levels(found)[0] == ("critical", "kill/kill-2")
    assert one(fx.Latch, found).reason == "kill by op: test"


@pytest.mark.parametrize(("kind", "tier"), [("kill", 0), ("kill", 1), ("pause", None), ("stop", None)])
def test_it_takes_back_entries_and_leaves_protection(kind: str, tier: int | None) -> None:
    made = holding(exits=exits(stop_loss="0.02"))
    entry = one(fx.Submit, made.step(bar(2, 100.0, 2.0)))
    found = made.step(b.command(kind, n=3, tier=tier))
    assert [(e.oid, e.reason) for e in only(fx.Cancel, found)] == [(entry.oid, Code.OPERATOR)]
    assert not only(fx.Submit, found)


@pytest.mark.parametrize(("kind", "reason"), [("kill", Code.EMERGENCY_STOP), ("stop", Code.STOP_COMMAND)])
def test_with_close_it_flattens(kind: str, reason: int) -> None:
    found = holding().step(b.command(kind, n=2, close=True))
    sent = one(fx.Submit, found)
    assert (str(sent.side), sent.qty, sent.reduce_only, sent.reason) == ("sell", 10, True, reason)


def test_resume_and_close_flatten_nothing() -> None:
    assert not only(fx.Submit, holding().step(b.command("resume", n=2, close=True)))


def test_a_command_counts_once() -> None:
    made = holding()
    assert made.step(b.command("pause", n=2))
    made.step(b.command("resume", n=3))
    assert made.step(b.command("pause", n=2)) == []
    assert latches(made) == []


def test_a_resume_opens_what_it_names_and_says_who() -> None:
    made = b.engine()
    b.run(made, b.command("pause", "deployment:alpha"), b.command("kill", "account:main"))
    found = made.step(b.command("resume", "deployment:alpha", n=2))
    assert [(e.kind, e.is_on, e.reason) for e in only(fx.Latch, found)] == [("pause", False, "resume by op: test")]
    assert levels(found) == [("warning", "resume/resume-2")]
    assert latches(made) == ["kill/account:main"]


def test_a_resume_opens_no_kill_and_no_limit_and_says_so() -> None:
    made = full(daily(release="manual"))
    b.run(made, bar(2, 96.0, 0.0), b.command("pause", n=2), b.command("kill", n=2, tier=1))
    found = made.step(b.command("resume", n=3))
    assert latches(made) == ["daily_loss/account:main", "kill/all"]
    assert "openbell enable" in one(fx.Alert, found).text


@pytest.mark.parametrize("kind", ["adopt", "arm"])
def test_commands_for_later_close_and_open_nothing(kind: str) -> None:
    assert holding().step(b.command(kind, n=2)) == []


def test_B17_a_kill_outlives_a_restart() -> None:
    made = holding()
    made.step(b.command("kill", n=2))
    truth, memory = made.book.truth, made.memory()
    stored = encode_checkpoint(
        Checkpoint(truth=truth, memory=memory, truth_hash=digest(truth), memory_hash=digest(memory))
    )
    again = Engine(Book(made.book.spec, decode_checkpoint(stored).truth), {"alpha": b.obey()})
    assert again.remember(decode_checkpoint(stored).memory) == []
    assert decision(again.step(bar(3, 100.0, 2.0))) == Code.KILLED


# --- daily loss and drawdown ------------------------------------------------------------------------------------


def daily(limit: str = "3%", release: str = "session") -> Rule:
    return bind_rule("daily_loss", daily_loss, daily_loss.Config(limit=limit, release=release, warn="off"))


def full(rule: Rule) -> Engine:
    """Everything in one instrument: a fall of one percent is a loss of one percent."""
    made = b.engine(b.run_spec(b.deployment_spec(size=b.SizeSpec(kind="weight", value=d(1)))), rules=(rule,))
    b.buy(made, 1, 100.0)
    return made


@pytest.mark.parametrize(("close", "is_latched"), [(97.01, False), (97.0, True), (96.99, True), (105.0, False)])
def test_the_days_loss_closes_the_gate_at_its_limit_and_a_gain_never(close: float, is_latched: bool) -> None:
    made = full(daily())
    found = made.step(bar(2, close, 1.0))
    assert latches(made) == (["daily_loss/account:main"] if is_latched else [])
    assert levels(found) == ([("critical", "daily_loss/main")] if is_latched else [])


def test_it_closes_once_and_takes_back_entries() -> None:
    made = full(daily())
    waiting = one(fx.Submit, made.step(bar(2, 97.5, 0.5)))  # an exit of half, unfilled
    found = made.step(bar(3, 96.0, 0.5))
    assert len(only(fx.Latch, found)) == 1
    for n, close in ((4, 95.0), (5, 97.5), (6, 90.0)):
        assert not only(fx.Latch, made.step(bar(n, close, 0.5)))
    assert waiting.reduce_only
    assert not made.book.truth.orders[waiting.oid].status.startswith("cancel")


def test_it_takes_back_entries_of_its_account() -> None:
    spec = b.run_spec(b.deployment_spec(instruments=("AAPL", "MSFT"), size=b.SizeSpec(kind="weight", value=d("0.5"))))
    made = b.engine(spec, rules=(daily("1%"),))
    b.buy(made, 1, 100.0)
    made.step(bar(1, 50.0, symbol="MSFT"))
    entry = one(fx.Submit, made.step(bar(2, 50.0, 1.0, symbol="MSFT")))
    found = made.step(bar(3, 97.0, 1.0))
    assert [(e.oid, e.reason) for e in only(fx.Cancel, found)] == [(entry.oid, Code.LATCHED)]


def test_B23_the_next_session_opens_it_and_not_the_hour() -> None:
    made = full(daily())
    b.run(made, bar(2, 96.0, 0.0), bar(1400, 96.0))
    assert latches(made) == ["daily_loss/account:main"]
    made.step(b.session(0))  # the same session told again
    made.step(b.session(0, is_open=False))
    made.step(b.session(4, calendar="XTKS"))  # somebody else's
    assert latches(made) == ["daily_loss/account:main"]
    found = made.step(b.session(1))
    assert [(e.kind, e.is_on) for e in only(fx.Latch, found)] == [("daily_loss", False)]
    assert latches(made) == []


def test_the_new_day_is_measured_from_its_own_beginning() -> None:
    made = full(daily())
    b.run(made, bar(2, 96.0, 1.0), b.session(1))
    assert made.step(bar(1441, 95.0, 1.0))
    assert latches(made) == []
    made.step(bar(1442, 93.0, 1.0))
    assert latches(made) == ["daily_loss/account:main"]


def test_B23_a_manual_release_needs_an_enable() -> None:
    made = full(daily(release="manual"))
    b.run(made, bar(2, 96.0, 0.0), b.session(1), b.command("resume", n=1449))
    assert latches(made) == ["daily_loss/account:main"]
    made.step(b.enable(made, n=1450))
    assert latches(made) == []


def test_drawdown_is_measured_from_the_peak() -> None:
    made = full(bind_rule("drawdown", drawdown, drawdown.Config(limit="10%")))
    b.run(made, bar(2, 110.0, 1.0), b.session(1), bar(1441, 99.01, 1.0))
    assert latches(made) == []
    made.step(bar(1442, 99.0, 1.0))
    assert latches(made) == ["drawdown/account:main"]


def test_a_withdrawal_is_no_loss() -> None:
    made = full(daily())
    made.step(b.flow(-50_000, "withdrawal", n=2))
    assert latches(made) == []


def test_a_gate_that_was_opened_by_hand_closes_again_at_the_next_loss() -> None:
    made = full(daily())
    b.run(made, bar(2, 96.0, 1.0), bar(3, 95.0, 1.0))
    made.step(b.enable(made, n=4))
    made.step(bar(5, 95.5, 1.0))  # still beyond the limit
    assert latches(made) == ["daily_loss/account:main"]


def test_no_rule_that_watches_no_watching() -> None:
    made = b.engine()
    b.buy(made, 1, 100.0)
    assert made.step(bar(2, 1.0, 1.0))
    assert latches(made) == []


def test_a_watching_rule_that_raises_closes_the_gate() -> None:
    def fall(params: object, facts: object) -> int:
        raise ZeroDivisionError

    rule = Rule(kind="odd", applies="exit", params=(), check=fall, watch=True, text="odd")
    made = b.engine(rules=(rule,))
    b.run(made, b.flow(5))
    assert latches(made) == ["odd/account:main"]


# --- deployments and the disk -----------------------------------------------------------------------------------


def change(kind: str, n: int = 2) -> ev.DeploymentChange:
    return ev.DeploymentChange(ts=at(n), deployment="alpha", kind=kind, reason="why")


def test_a_discarded_memory_is_told() -> None:
    made = b.engine()
    made.step(bar(1, 100.0, 1.0))
    assert levels(made.step(change("discard"))) == [("warning", "discard/alpha")]
    assert made.traders.pairs["alpha"]["AAPL"].state.q[0] == 0


def test_a_sick_disk_stops_new_risk_and_a_healthy_one_lets_it_go_on() -> None:
    made = holding(exits=exits(stop_loss="0.02"))
    entry = one(fx.Submit, made.step(bar(2, 100.0, 2.0)))
    found = made.step(ev.DiskState(ts=at(3), is_healthy=False, text="full"))
    assert levels(found) == [("critical", "disk")]
    assert [e.oid for e in only(fx.Cancel, found)] == [entry.oid]
    gone = ev.OrderUpdate(ts=at(3), account="main", oid=entry.oid, happening="cancelled", time=at(3))
    made.step(gone)
    assert decision(made.step(bar(4, 100.0, 3.0))) == Code.DISK
    assert made.step(ev.DiskState(ts=at(5), is_healthy=True, text="replaced")) == []
    assert decision(made.step(bar(6, 100.0, 4.0))) == Code.SIGNAL_LONG
    assert held(made).qty == 10
