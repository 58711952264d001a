"""Limits that act by themselves: warnings with their way back, holds, flattening, and rules that hear of things."""

from typing import Any

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.limits import limits_of
from openbell.core.monitor import Hold, Leave, Send
from openbell.core.risk import Rule
from openbell.parts.rules import daily_loss, drawdown
from tests.core import build as b
from tests.core.build import at, bar, d, levels, only
from tests.parts.rules.scene import again, bound, gates

WARN = ("warning", "daily_loss:warn/main")


def full(*rules: Rule, weight: object = 1) -> Engine:
    """Everything in one instrument: a fall of one percent is a loss of one percent."""
    made = b.engine(b.run_spec(b.deployment_spec(size=b.SizeSpec(kind="weight", value=d(weight)))), rules=rules)
    b.buy(made, 1, 100.0)
    return made


def hears(*acts: Any) -> Rule:
    return Rule(
        kind="test", applies="none", params=(), check=lambda params, facts: 0, hears=(ev.Link,),
        hear=lambda params, book, link: acts,
    )  # fmt: skip


def link() -> ev.Link:
    return ev.Link(ts=at(2), account="main", channel="data", is_up=True)


# --- stages of a daily loss -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("close", "told", "gate"),
    [
        (99.01, [], []),
        (99.0, [WARN], []),
        (98.01, [WARN], []),
        (98.0, [WARN, ("critical", "daily_loss/main")], ["daily_loss/account:main"]),
        (105.0, [], []),
    ],
)
def test_D25_the_day_warns_at_one_percent_and_holds_at_two_and_a_gain_does_nothing(
    close: float, told: list, gate: list
) -> None:
    made = full(bound(daily_loss))
    assert levels(made.step(bar(2, close, 1.0))) == told
    assert gates(made) == gate


def test_D25_a_warning_is_given_once_and_again_only_after_the_loss_was_a_fifth_smaller() -> None:
    made = full(bound(daily_loss))
    told = [levels(made.step(bar(n, px, 1.0))) for n, px in enumerate((98.9, 98.8, 99.1, 98.9, 99.3, 98.9), 2)]
    assert told == [[WARN], [], [], [], [], [WARN]]


def test_D25_a_warning_outlives_a_restart() -> None:
    made = full(bound(daily_loss))
    made.step(bar(2, 98.9, 1.0))
    made = again(made, bound(daily_loss))
    assert levels(made.step(bar(3, 98.8, 1.0))) == []


def test_X16_halt_at_three_percent_and_emergency_stop_at_five() -> None:
    made = full(bound(daily_loss, limit="3%", flatten="5%"))
    assert only(fx.Submit, made.step(bar(2, 97.0, 1.0))) == []
    assert gates(made) == ["daily_loss/account:main"]
    (leave,) = only(fx.Submit, made.step(bar(3, 95.0, 1.0)))
    assert (leave.reduce_only, leave.qty, leave.reason) == (True, 1000, Code.EMERGENCY_STOP)
    assert made.book.truth.kills["account:main"].tier == 3
    assert only(fx.Submit, made.step(bar(4, 94.0, 1.0))) == []


def test_SD2_a_breach_stays_closed_when_the_loss_is_made_good() -> None:
    made = full(bound(daily_loss))
    made.step(bar(2, 98.0, 1.0))
    made.step(bar(3, 120.0, 1.0))
    assert gates(made) == ["daily_loss/account:main"]
    made.step(b.session(1))
    assert gates(made) == []
    assert made.book.truth.stages == {}


def test_S4_a_warning_at_two_percent_is_given_at_the_crossing_once_and_again_behind_a_smaller_loss() -> None:
    made = full(bound(daily_loss, warn="2%", limit="3%"))
    closes = (98.01, 98.0, 97.9, 98.1, 98.0, 98.39, 98.0, 98.41, 98.0)
    told = [levels(made.step(bar(n, px, 1.0))) for n, px in enumerate(closes, 2)]
    assert told == [[], [WARN], [], [], [], [], [], [], [WARN]]


def test_D25_deposits_are_no_gain_and_withdrawals_no_loss() -> None:
    made = full(bound(daily_loss))
    made.step(b.flow(-50_000))
    assert gates(made) == []
    made.step(b.flow(100_000, key="more"))
    made.step(bar(2, 98.0, 1.0))
    assert gates(made) == ["daily_loss/account:main"]


# --- stages of a drawdown ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("close", "qty"), [(95.01, 100), (95.0, 100), (94.0, 90), (92.5, 75), (90.01, 50)])
def test_D27_new_positions_shrink_in_a_line_from_reduce_to_the_limit(close: float, qty: int) -> None:
    names = ("AAPL", "MSFT")
    spec = b.deployment_spec(instruments=names, size=b.SizeSpec(kind="quantity", value=d(100)), capital=d(10**6))
    made = b.engine(b.run_spec(spec, accounts=[b.account_spec(leverage=d(9))]), rules=(bound(drawdown),))
    made.step(bar(1, 10.0, 0.0, symbol="MSFT"))
    made.step(b.flow(-90_000))
    b.buy(made, 1, 100.0)
    made.step(bar(2, close, 1.0))
    (sent,) = only(fx.Submit, made.step(bar(3, 10.0, 1.0, symbol="MSFT")))
    assert abs(sent.qty - qty) <= 1


def test_X14_liquidation_where_it_is_set() -> None:
    made = full(bound(drawdown))
    made.step(bar(2, 90.0, 1.0))
    assert gates(made) == ["drawdown/account:main"]
    assert only(fx.Submit, made.step(bar(3, 85.01, 1.0))) == []
    assert [o.qty for o in only(fx.Submit, made.step(bar(4, 85.0, 1.0)))] == [1000]


def test_X14_otherwise_halt_and_reduce() -> None:
    made = full(bound(drawdown, flatten="off"))
    assert only(fx.Submit, made.step(bar(2, 50.0, 1.0))) == []
    assert gates(made) == ["drawdown/account:main"]


def test_D27_a_restart_liquidates_once() -> None:
    made = full(bound(drawdown))
    made.step(bar(2, 85.0, 1.0))
    made = again(made, bound(drawdown))
    assert only(fx.Submit, made.step(bar(3, 80.0, 1.0))) == []
    assert [order.reduce_only for order in b.working(made)] == [True]


# --- the last stage of a limit is a kill like any other ----------------------------------------------------------


def test_X14_D27_liquidation_is_a_kill_of_tier_three_in_the_limits_name() -> None:
    made = full(bound(drawdown))
    found = made.step(bar(2, 85.0, 1.0))
    kill = made.book.truth.kills["account:main"]
    assert (kill.tier, kill.stage, kill.actor) == (3, "flattening", "the limit drawdown")
    assert kill.reason.startswith("no new risk until resumed by hand after falling 10% from the peak")
    (sent,) = only(fx.Submit, found)
    # What a kill closes with has a collar: no market order goes out in a fall.
    assert (sent.reduce_only, sent.type, sent.limit) == (True, "limit", d("80.75"))
    done = made.step(b.fill(sent, 85, ts=at(3)))
    assert made.book.truth.kills["account:main"].stage == "done"
    assert [alert.text for alert in only(fx.Alert, done)] == [
        "kill of account:main, tier 3, is done; 1 of 1 holdings closed; flat"
    ]


def test_B17_a_kill_by_a_limit_outlives_restart_session_and_resume_and_only_enable_opens_it() -> None:
    rule = bound(drawdown, flatten="off")
    made = full(rule)
    made.step(bar(2, 90.0, 1.0))
    made = again(made, rule)
    assert made.book.truth.kills["account:main"].tier == 1
    assert only(fx.Submit, made.step(bar(3, 100.0, 0.0)))[0].reduce_only
    made.step(b.command("resume", n=4))
    made.step(b.session(1))
    assert gates(made) == ["drawdown/account:main"]
    made.step(b.enable(made, n=5))
    assert (gates(made), made.book.truth.kills) == ([], {})
    assert made.book.truth.ramps["account:main"] > made.book.truth.ts


def test_a_limit_still_passed_after_enable_closes_the_gate_again() -> None:
    made = full(bound(drawdown, flatten="off"))
    made.step(bar(2, 89.0, 1.0))
    found = made.step(b.enable(made, n=3))
    # At once, and not only when a price moves: what is loosened in between would open it without a word.
    assert [latch.is_on for latch in only(fx.Latch, found) if latch.level == "hold"] == [False, True]
    assert gates(made) == ["drawdown/account:main"]
    made.step(bar(4, 89.5, 1.0))
    assert gates(made) == ["drawdown/account:main"]


def test_D25_what_a_loss_sold_is_not_opened_by_the_session_that_ends_its_hold() -> None:
    made = full(bound(daily_loss, limit="3%", flatten="5%"))
    made.step(bar(2, 96.0, 1.0))
    made.step(bar(3, 95.0, 1.0))
    assert gates(made) == ["daily_loss/account:main", "kill/account:main"]
    made.step(b.session(1))
    assert gates(made) == ["kill/account:main"]


def test_a_limit_raises_a_kill_of_a_person_and_lowers_none() -> None:
    made = full(bound(drawdown))
    made.step(b.command("kill", "account:main", n=1, tier=2))
    made.step(bar(2, 85.0, 1.0))
    assert made.book.truth.kills["account:main"].tier == 3
    other = full(bound(drawdown, flatten="off"))
    other.step(b.command("kill", "account:main", n=1, tier=2))
    other.step(bar(2, 85.0, 1.0))
    assert other.book.truth.kills["account:main"].tier == 2
    assert gates(other) == ["drawdown/account:main", "kill/account:main"]


def test_a_held_strategy_is_a_kill_of_its_own_scope_and_its_entries_are_asked_back_until_they_end() -> None:
    made = b.engine(rules=(hears(Hold(scope="deployment:alpha", reason="five rejections")),))
    entry = b.one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    found = made.step(link())
    assert [cancel.oid for cancel in only(fx.Cancel, found)] == [entry.oid]
    kill = made.book.truth.kills["deployment:alpha"]
    assert (kill.tier, kill.stage, kill.actor, kill.reason) == (1, "cancelling", "the limit test", "five rejections")
    made.step(b.update(entry, "cancelled", ts=at(3)))
    assert made.book.truth.kills["deployment:alpha"].stage == "done"


# --- rules that hear --------------------------------------------------------------------------------------------


def test_what_a_rule_wants_is_done() -> None:
    made = full(hears(
        Hold(scope="deployment:alpha", reason="x", release="session"),
        Leave(deployment="alpha", instrument="AAPL", reason=Code.HOLDING_PERIOD),
        fx.Note(kind="n", text="t"),
    ))  # fmt: skip
    found = made.step(link())
    assert gates(made) == ["test/deployment:alpha"]
    assert [order.reason for order in only(fx.Submit, found)] == [Code.HOLDING_PERIOD]
    assert [note.text for note in only(fx.Note, found)] == ["t"]
    assert len(only(fx.Latch, made.step(link()))) == 0


def test_what_a_rule_wants_sent_passes_the_gate() -> None:
    made = full(hears(Send(draft=b.draft("buy", 10**6))), weight="0.1")
    assert only(fx.Submit, made.step(link())) == []
    small = full(hears(Send(draft=b.draft("buy", 1))), weight="0.1")
    assert len(only(fx.Submit, small.step(link()))) == 1


def test_a_stage_that_cannot_be_told_counts_as_passed() -> None:
    def fails(*given: Any) -> int:
        raise ZeroDivisionError

    rule = replace(bound(daily_loss), stages=fails)
    made = full(rule)
    made.step(bar(2, 100.01, 1.0))
    assert gates(made) == ["daily_loss/account:main"]


# --- what a deployment may lose ---------------------------------------------------------------------------------


def two(**limits: Any) -> Engine:
    """Two strategies of 100,000 each hold 1,000 units at 100; the first has limits of its own."""
    size = b.SizeSpec(kind="quantity", value=d(1000))
    own = b.deployment_spec(size=size, **limits)
    other = b.deployment_spec("beta", size=size, instruments=("MSFT",))
    spec = b.run_spec(own, other, accounts=[b.account_spec(cash={"USD": d(1_000_000)})])
    made = b.engine(spec)
    b.buy(made, 1, 100.0)
    b.buy(made, 1, 100.0, symbol="MSFT")
    return made


def wants(made: Engine, n: int, px: float, symbol: str = "AAPL") -> int:
    """Let a strategy leave at bar `n` and want to come back a bar later; return how that ended."""
    out = b.one(fx.Submit, made.step(bar(n, px, 0.0, symbol=symbol)))
    made.step(b.fill(out, px, instrument=symbol, ts=at(n)))
    return b.decision(made.step(bar(n + 1, px, 1.0, symbol=symbol)))


OWN_LOSS = ["own_loss/deployment:alpha"]


@pytest.mark.parametrize(("px", "found"), [(99.91, []), (99.9, OWN_LOSS), (99.89, OWN_LOSS), (101.0, [])])
def test_a_strategy_is_held_at_its_own_loss_of_the_day_and_others_go_on(px: float, found: list[str]) -> None:
    made = two(max_loss=d(100))
    made.step(bar(2, px, 1.0))
    assert gates(made) == found
    assert gates(again(made)) == found
    assert wants(made, 3, px) == (Code.LATCHED if found else Code.SIGNAL_LONG)
    assert wants(made, 3, px, "MSFT") == Code.SIGNAL_LONG


def test_its_loss_is_counted_from_the_session_on_and_the_next_one_opens_it() -> None:
    made = two(max_loss=d(100))
    made.step(bar(2, 99.95, 1.0))
    made.step(b.session(1))
    assert again(made).book.truth.conduct["alpha"].opened == -50
    made.step(bar(1441, 99.86, 1.0))
    assert gates(made) == []
    made.step(bar(1442, 99.85, 1.0))
    assert gates(made) == OWN_LOSS
    made.step(b.session(2))
    assert gates(made) == []


OWN_FALL = ["own_drawdown/deployment:alpha"]


@pytest.mark.parametrize(("px", "found"), [(104.51, []), (104.5, OWN_FALL), (104.0, OWN_FALL)])
def test_a_strategy_is_held_when_it_has_fallen_from_its_own_peak(px: float, found: list[str]) -> None:
    # 1,000 units rise to 110: the highest equity is 110,000, and 5 percent of it are 5,500.
    made = two(max_drawdown=d("0.05"))
    made.step(bar(2, 110.0, 1.0))
    restarted = again(made)
    for one in (made, restarted):
        one.step(bar(3, px, 1.0))
        assert gates(one) == found
    made.step(b.session(1))
    assert gates(made) == found
    assert wants(made, 1441, px, "MSFT") == Code.SIGNAL_LONG
    if found:
        out = made.step(b.command("resume", "deployment:alpha", n=1443))
        assert (gates(made), levels(out)) == (found, [("warning", "resume/resume-1443")])


def test_a_rule_hears_once_of_the_gate_that_a_limit_closes_in_the_same_step_or_by_a_change_of_limits() -> None:
    heard: list[tuple[str, bool]] = []

    def hear(params: tuple[int, ...], book: Any, latch: fx.Latch) -> tuple[Any, ...]:
        heard.append((f"{latch.kind}/{latch.scope}", f"{latch.kind}/{latch.scope}" in book.truth.latches))
        return (Leave(deployment="alpha", instrument="AAPL", reason=Code.REDUCED, qty=d(300)),)

    ear = Rule(
        kind="ear", applies="none", params=(), check=lambda params, facts: 0, hears=(fx.Latch,), hear=hear, text="ear"
    )
    made = full(bound(daily_loss, limit="3%", warn="off"), ear)
    (leave,) = only(fx.Submit, made.step(bar(2, 97.0, 1.0)))
    assert (heard, leave.qty, leave.reduce_only) == ([("daily_loss/account:main", True)], 300, True)
    changed = full(bound(daily_loss, limit="3%", warn="off"), ear)
    changed.step(bar(2, 98.0, 1.0))
    heard.clear()
    tighter = limits_of(changed.book.spec, (bound(daily_loss, limit="2%", warn="off"), ear))
    changed.step(ev.ConfigChange(ts=at(3), config="{}", digest="d", actor="op", limits=tighter, is_confirmed=False))
    assert heard == [("daily_loss/account:main", True)]
