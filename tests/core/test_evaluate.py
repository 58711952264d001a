"""Evaluations: a change of target acts and a level does not; every one ends in a code; faults freeze one deployment."""

from typing import Any

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.effects import Ask, Intent, SetTimer
from openbell.core.spec import Subscription
from openbell.core.types import MINUTE_NS, OrderType, Status, Tif
from tests.core import build as b
from tests.core.build import at, bar, d, decision, exits, fill, held, levels, one, only, warming


def submits(effects: list[fx.Effect]) -> int:
    return len(only(fx.Submit, effects))


# --- the past ---------------------------------------------------------------------------------------------------


def past(*bars: ev.Bar) -> ev.History:
    return ev.History(ts=at(9), deployment="alpha", open=b.T0, close=b.T0 + b.DAY_NS, bars=bars)


def test_bars_of_the_past_are_for_memory_alone() -> None:
    spec = b.run_spec(b.deployment_spec(exits=exits(stop_atr=2, atr_period=2)), b.deployment_spec("beta"))
    warmed, lived = b.engine(spec), b.engine(spec)
    bars = [bar(n, 100.0 + n, 1.0, high=102.0 + n, low=99.0) for n in (1, 2, 3)]
    assert warmed.step(past(*bars)) == []
    b.run(lived, *bars)
    mine, theirs = (made.traders.pairs["alpha"]["AAPL"] for made in (warmed, lived))
    assert (mine.state, mine.atr_state, mine.atr) == (theirs.state, theirs.atr_state, theirs.atr)
    # It marks nothing, decides nothing, and is nobody else's.
    assert warmed.traders.pairs["beta"]["AAPL"].state == b.engine(spec).traders.pairs["beta"]["AAPL"].state
    truth = warmed.book.truth
    assert (warmed.book.mark_px("AAPL"), held(warmed).decided, truth.counts.bars, truth.orders) == (None, None, 0, {})
    # The first bar to come is decided on, whatever was said of the past.
    assert {e.deployment for e in only(fx.Submit, warmed.step(bar(10, 104.0, 1.0)))} == {"alpha", "beta"}


def test_what_was_seen_of_the_past_is_no_gap_behind_it() -> None:
    stream = Subscription(instrument="AAPL", interval=MINUTE_NS, cadence=MINUTE_NS, max_age=5 * MINUTE_NS)
    spec = msgspec.structs.replace(b.run_spec(), subscriptions=(stream,))
    cold, warmed = b.engine(spec), b.engine(spec)
    warmed.step(past(*(bar(n, 100.0) for n in range(1, 10))))
    told = [[e.key for e in only(fx.Alert, made.step(bar(10, 100.0)))] for made in (cold, warmed)]
    assert told == [["gap/AAPL"], []]


def test_a_free_strategy_sees_the_past_and_its_wishes_of_it_are_dropped() -> None:
    seen: list[float] = []

    def decide(config: Any, state: Any, one: Any, view: Any) -> list[Any]:
        seen.append(one.close)
        return [Intent(instrument="AAPL", target=1.0), SetTimer(deployment="alpha", name="x", at=at(99))]

    made = b.engine(strategies={"alpha": b.free(decide)})
    assert made.step(past(bar(1, 100.0), bar(2, 101.0))) == []
    assert (seen, made.book.truth.timers) == ([100.0, 101.0], {})


def test_a_strategy_that_raises_on_the_past_is_paused() -> None:
    made = b.engine()
    found = made.step(past(bar(1, 100.0), bar(2, 100.0, b.BOOM)))
    assert "frozen/deployment:alpha" in made.book.truth.latches
    assert one(fx.Decision, found).code == Code.STRATEGY_ERROR


# --- stock strategies -------------------------------------------------------------------------------------------


def test_a_change_of_target_acts_and_its_level_does_not() -> None:
    made = b.engine()
    story = [(1.0, 1), (1.0, 0), (0.0, 1), (0.0, 0), (1.0, 1)]
    for n, (target, count) in enumerate(story, 1):
        found = made.step(bar(n, 100.0, target))
        assert submits(found) == count
        for sent in only(fx.Submit, found):
            made.step(fill(sent, 100, ts=at(n)))


def test_warming_up_decides_nothing() -> None:
    made = b.engine()
    found = made.step(warming(1, 100.0))
    assert (decision(found), one(fx.Decision, found).target, submits(found)) == (Code.WARMING_UP, None, 0)
    assert held(made).decided is None


def test_a_decision_says_why_and_by_which_numbers() -> None:
    found = b.engine().step(bar(1, 101.5, 1.0))
    made = one(fx.Decision, found)
    assert (made.signal, made.code, made.target, made.numbers) == (Code.SIGNAL_LONG, Code.SIGNAL_LONG, 1.0, (101.5,))


def test_after_a_stop_out_the_same_target_is_decided_already() -> None:
    made = b.engine(b.run_spec(b.deployment_spec(exits=exits(stop_loss="0.02"))))
    b.buy(made, 1, 100.0)
    (stop,) = b.working(made)
    made.step(fill(stop, 98, ts=at(2)))
    assert submits(made.step(bar(3, 97.0, 1.0))) == 0
    assert submits(made.step(bar(4, 97.0, 0.0))) == 0
    assert submits(made.step(bar(5, 97.0, 1.0))) == 1


def test_a_refused_entry_is_not_tried_again() -> None:
    made = b.engine()
    made.step(b.command("pause"))
    assert decision(made.step(bar(1, 100.0, 1.0))) == Code.LATCHED
    made.step(b.command("resume", n=2))
    assert submits(made.step(bar(3, 100.0, 1.0))) == 0
    assert made.book.truth.counts.rejected == {Code.LATCHED: 1}


def test_a_rebalance_acts_on_a_level() -> None:
    made = b.engine()
    b.buy(made, 1, 100.0)
    made.step(fill(b.order(oid=f"{b.TAG}-1", side="buy"), 100, qty=b.d(5), exec_id="late", ts=at(1)))
    assert submits(made.step(bar(2, 100.0, 1.0))) == 0
    found = made.step(bar(3, 100.0, b.REBALANCE + 1.0))
    assert [(str(e.side), e.qty) for e in only(fx.Submit, found)] == [("sell", 5)]


def test_bars_outside_the_session_never_trigger() -> None:
    made = b.engine()
    day = 1440
    for n, code in ((0, Code.OUT_OF_SESSION), (day, Code.SIGNAL_LONG), (day + 1, Code.OUT_OF_SESSION)):
        assert decision(made.step(bar(n, 100.0, 1.0))) == code
    assert made.traders.pairs["alpha"]["AAPL"].state.q[0] == 1  # the strategy did not even see them


@pytest.mark.parametrize(("changes", "count"), [({}, 1), ({"interval": 5 * b.MINUTE_NS}, 0), ({"symbol": "MSFT"}, 0)])
def test_only_the_interval_subscribed_to_is_evaluated(changes: dict, count: int) -> None:
    spec = b.run_spec(b.deployment_spec(), instruments=[b.instrument("MSFT")])
    assert len(only(fx.Decision, b.engine(spec).step(bar(5, 100.0, 1.0, **changes)))) == count


def test_a_daily_bar_is_known_by_its_name_and_not_by_its_length() -> None:
    made = b.engine()
    found = made.step(bar(390, 100.0, 1.0, interval=390 * b.MINUTE_NS, nominal=b.MINUTE_NS))
    assert len(only(fx.Decision, found)) == 1


def test_entries_by_limit_stand_at_the_close_decided_on() -> None:
    made = b.engine(b.run_spec(b.deployment_spec(entry_type=OrderType.LIMIT, entry_tif=Tif.DAY)))
    sent = one(fx.Submit, made.step(bar(1, 100.004, 1.0)))
    assert (sent.type, sent.limit, sent.tif) == (OrderType.LIMIT, 100, Tif.DAY)


@pytest.mark.parametrize(
    ("target", "kind", "stop", "limit"),
    [(1.0, OrderType.STOP, "101", None), (-1.0, OrderType.STOP, "99", None),
     (1.0, OrderType.STOP_LIMIT, "101", "103.02"), (-1.0, OrderType.STOP_LIMIT, "99", "97.02")],
)  # fmt: skip
def test_entries_by_stop_stand_beyond_the_close_and_fill_no_worse_than_their_slack(
    target: float, kind: OrderType, stop: str, limit: str | None
) -> None:
    made = b.engine(b.run_spec(b.deployment_spec(
        can_short=True, entry_type=kind, entry_offset=d("0.01"), entry_slack=d("0.02"))))  # fmt: skip
    sent = one(fx.Submit, made.step(bar(1, 100.0, target)))
    assert (sent.type, sent.stop, sent.limit) == (kind, d(stop), None if limit is None else d(limit))


# --- a strategy that falls over ---------------------------------------------------------------------------------


def two() -> Any:
    return b.run_spec(
        b.deployment_spec(exits=exits(stop_loss="0.02")), b.deployment_spec("beta", instruments=("MSFT",))
    )


def test_a_strategy_that_raises_freezes_only_its_deployment() -> None:
    made = b.engine(two())
    b.buy(made, 1, 100.0)
    found = made.step(bar(2, 100.0, b.BOOM))
    assert one(fx.Latch, found).scope == "deployment:alpha"
    assert levels(found) == [("critical", "frozen/alpha")]
    assert "the strategy fell over" in one(fx.Note, found).text
    assert decision(found) == Code.STRATEGY_ERROR
    assert [str(order.type) for order in b.working(made)] == ["stop"]  # protection stays
    assert decision(made.step(bar(3, 100.0, 0.0))) == Code.FROZEN
    assert decision(made.step(bar(3, 100.0, 1.0, symbol="MSFT"))) == Code.SIGNAL_LONG


def both(**hooks: Any) -> Any:
    spec = b.run_spec(b.deployment_spec(instruments=("AAPL", "MSFT"), exits=exits(stop_loss="0.02")))
    return b.engine(spec, strategies={"alpha": b.free(b.silent, **hooks)} if hooks else None)


def test_a_stock_strategy_that_raises_is_paused_in_that_instrument_and_goes_on_in_the_next() -> None:
    made = both()
    b.buy(made, 1, 100.0)
    found = made.step(bar(2, 100.0, b.BOOM))
    assert one(fx.Latch, found).scope == "deployment:alpha/AAPL"
    assert levels(found) == [("critical", "frozen/alpha/AAPL")]
    assert decision(found) == Code.STRATEGY_ERROR
    assert [str(order.type) for order in b.working(made)] == ["stop"]  # protection stays
    assert decision(made.step(bar(3, 100.0, 0.0))) == Code.FROZEN
    assert decision(made.step(bar(3, 100.0, 1.0, symbol="MSFT"))) == Code.SIGNAL_LONG


def test_what_a_paused_instrument_had_ordered_to_enter_is_taken_back() -> None:
    made = both()
    entry, other = (one(fx.Submit, made.step(bar(1, 100.0, 1.0, symbol=symbol))) for symbol in ("AAPL", "MSFT"))
    cancel = one(fx.Cancel, made.step(bar(2, 100.0, b.BOOM)))
    assert (cancel.oid, cancel.reason) == (entry.oid, Code.STRATEGY_ERROR)
    assert made.book.truth.orders[other.oid].status is Status.SENT


def test_a_second_instrument_that_fails_pauses_the_whole_and_the_same_one_again_does_not() -> None:
    made = both()
    past = ev.History(ts=at(0), deployment="alpha", open=b.T0, close=b.T0 + b.DAY_NS,
                      bars=tuple(bar(n, 100.0, b.BOOM) for n in (1, 2)))  # fmt: skip
    assert {latch.scope for latch in only(fx.Latch, made.step(past))} == {"deployment:alpha/AAPL"}
    found = made.step(bar(3, 100.0, b.BOOM, symbol="MSFT"))
    assert one(fx.Latch, found).scope == "deployment:alpha"
    assert "on MSFT" in one(fx.Latch, found).reason
    assert decision(made.step(bar(4, 100.0, symbol="MSFT"))) == Code.FROZEN


def test_a_free_strategy_remembers_all_instruments_together_and_is_paused_whole() -> None:
    def fall(event: Any, view: Any) -> list[Any]:
        raise KeyError("x")

    made = both(on_quote=hooks(on_quote=fall).on_quote)
    found = made.step(ev.Quote(ts=at(1), instrument="MSFT", bid=1.0, ask=2.0))
    assert one(fx.Latch, found).scope == "deployment:alpha"


@pytest.mark.parametrize("scope", ["all", "deployment:alpha", "deployment:alpha/AAPL"])
def test_resume_opens_the_instrument_alone_or_with_its_deployment(scope: str) -> None:
    made = both()
    b.run(made, bar(1, 100.0, b.BOOM), b.command("resume", scope="deployment:alpha/MSFT", n=2))
    assert decision(made.step(bar(2, 100.0, 1.0))) == Code.FROZEN
    made.step(b.command("resume", scope=scope, n=3))
    assert decision(made.step(bar(3, 100.0, 1.0))) == Code.SIGNAL_LONG
    assert made.book.truth.latches == {}


def test_a_frozen_deployments_protection_still_follows_its_fills() -> None:
    made = b.engine(two())
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    made.step(fill(sent, 100, qty=b.d(4), exec_id="a"))
    (stop,) = only(fx.Submit, made.step(fill(sent, 100, qty=b.d(1), exec_id="a"))) or b.working(made)[1:]
    made.step(b.update(stop, "accepted"))
    made.step(bar(2, 100.0, b.BOOM))
    assert one(fx.Amend, made.step(fill(sent, 100, qty=b.d(6), exec_id="b", ts=at(3)))).qty == 10


def test_a_resumed_deployment_goes_on() -> None:
    made = b.engine()
    made.step(bar(1, 100.0, b.BOOM))
    made.step(b.command("resume", "deployment:alpha", n=2))
    assert decision(made.step(bar(3, 100.0, 1.0))) == Code.SIGNAL_LONG


# --- free strategies --------------------------------------------------------------------------------------------


class Seen(msgspec.Struct):
    """What a free test strategy has been handed."""

    hooks: list[str] = []


def hooks(**wishes: Any) -> Any:
    """Return a free strategy that writes each call down and wishes as told."""

    def hook(name: str) -> Any:
        def answer(config: object, state: Seen, event: Any, view: Any) -> list[Any]:
            state.hooks.append(name)
            made = wishes.get(name, [])
            return made(event, view) if callable(made) else made

        return answer

    names = ("on_bars", "on_quote", "on_fill", "on_timer", "on_answer")
    return b.free(hook("decide"), Seen, **{name: hook(name) for name in names if name in wishes})


def want(target: float = 1.0, symbol: str = "AAPL", **changes: Any) -> Intent:
    return Intent(instrument=symbol, target=target, **changes)


def test_a_free_strategys_wish_is_recorded_under_its_instrument() -> None:
    made = b.engine(strategies={"alpha": hooks(decide=[want(reason=Code.CROSS_UP)])})
    found = made.step(bar(1, 100.0))
    said = one(fx.Decision, found)
    assert (said.signal, said.code, said.target, said.intents) == (10, 10, 1.0, (want(reason=10),))
    assert submits(found) == 1
    assert decision(made.step(bar(2, 100.0))) == Code.ALREADY_DECIDED


def test_a_rebalance_wish_acts_again() -> None:
    made = b.engine(strategies={"alpha": hooks(decide=[want(rebalance=True)])})
    b.buy(made, 1, 100.0)
    assert decision(made.step(bar(2, 100.0))) == Code.ALREADY_AT_TARGET


def test_no_wish_is_no_signal() -> None:
    made = b.engine(strategies={"alpha": hooks()})
    found = made.step(bar(1, 100.0))
    assert (decision(found), one(fx.Decision, found).target) == (Code.NO_SIGNAL, None)


def test_a_wish_for_a_stranger_is_an_error_told() -> None:
    made = b.engine(strategies={"alpha": hooks(decide=[want(symbol="TSLA")])})
    found = made.step(bar(1, 100.0))
    assert levels(found) == [("error", "stray/alpha/TSLA")]
    assert (decision(found), submits(found)) == (Code.NO_SIGNAL, 0)


def test_one_bar_may_move_several_instruments() -> None:
    spec = b.run_spec(b.deployment_spec(instruments=("AAPL", "MSFT")))
    made = b.engine(spec, strategies={"alpha": hooks(decide=[want(), want(symbol="MSFT")])})
    found = made.step(bar(1, 100.0))
    assert {e.instrument: e.code for e in only(fx.Decision, found)} == {"AAPL": 12, "MSFT": Code.NO_MARK}


def test_timers_and_questions_go_out_under_the_deployments_name() -> None:
    timer = SetTimer(deployment="somebody", name="tick", at=at(9))
    ask = Ask(id="q1", deployment="", advisor="llm", question="?", deadline=at(9))
    made = b.engine(strategies={"alpha": hooks(decide=[timer, ask], on_timer=[want()], on_answer=[want(0.0)])})
    found = made.step(bar(1, 100.0))
    assert (one(SetTimer, found).deployment, one(Ask, found).deployment) == ("alpha", "alpha")
    assert made.book.truth.timers == {"alpha/tick": at(9)}
    found = made.step(ev.Timer(ts=at(9), deployment="alpha", name="tick"))
    made.step(fill(one(fx.Submit, found), 100, ts=at(9)))
    found = made.step(ev.Answer(ts=at(10), ask="q1", deployment="alpha", is_ok=True, value="sell"))
    assert [str(e.side) for e in only(fx.Submit, found)] == ["sell"]


def test_each_hook_gets_its_event() -> None:
    made = b.engine(strategies={"alpha": hooks(decide=[want()], on_fill=[], on_quote=[], on_bars=[], on_timer=[])})
    state = made.traders.free_states["alpha"]
    b.buy(made, 1, 100.0)
    made.step(ev.Quote(ts=at(1), instrument="AAPL", bid=1.0, ask=2.0))
    made.step(ev.Quote(ts=at(1), instrument="TSLA", bid=1.0, ask=2.0))
    made.step(ev.Timer(ts=at(1), deployment="", name="instant"))
    made.step(ev.Timer(ts=at(1), deployment="", name="instant"))
    made.step(ev.Timer(ts=at(1), deployment="nobody", name="x"))
    made.step(ev.Answer(ts=at(1), ask="q", deployment="alpha", is_ok=True, value=""))  # no such hook
    made.step(fill(b.submit(), 100, oid="", exec_id="operator"))
    assert state.hooks == ["decide", "on_fill", "on_quote", "on_bars"]


def test_the_bars_of_one_instant_come_together() -> None:
    spec = b.run_spec(b.deployment_spec(instruments=("AAPL", "MSFT")))

    def rotate(bars: Any, view: Any) -> list[Intent]:
        best = max(bars, key=lambda one: one.close)
        return [want(1.0 if one is best else 0.0, one.instrument) for one in bars]

    made = b.engine(spec, strategies={"alpha": hooks(on_bars=rotate)})
    assert made.traders.wants_instants
    b.run(made, bar(1, 100.0), bar(1, 120.0, symbol="MSFT"))
    found = made.step(ev.Timer(ts=at(1), deployment="", name="instant"))
    assert [(e.instrument, e.qty) for e in only(fx.Submit, found)] == [("MSFT", 10)]
    assert {e.instrument: e.code for e in only(fx.Decision, found)} == {"AAPL": Code.ALREADY_AT_TARGET, "MSFT": 12}
    assert not b.engine().traders.wants_instants


def test_a_hook_that_raises_freezes_and_a_frozen_deployments_hooks_are_not_called() -> None:
    def fall(event: Any, view: Any) -> list[Any]:
        raise KeyError("x")

    made = b.engine(strategies={"alpha": hooks(on_quote=fall)})
    quote = ev.Quote(ts=at(1), instrument="AAPL", bid=1.0, ask=2.0)
    assert decision(made.step(quote)) == Code.STRATEGY_ERROR
    assert decision(made.step(quote)) == Code.FROZEN
    assert decision(made.step(bar(2, 100.0))) == Code.FROZEN
    assert made.traders.free_states["alpha"].hooks == ["on_quote"]


# --- average true range -----------------------------------------------------------------------------------------


def test_stops_by_range_stand_at_the_range_of_the_bars_seen() -> None:
    made = b.engine(b.run_spec(b.deployment_spec(exits=exits(stop_atr=2, atr_period=3))))
    for n in range(1, 5):
        made.step(bar(n, 100.0, high=101.5, low=98.5))
    assert made.traders.pairs["alpha"]["AAPL"].atr == 3
    b.buy(made, 5, 100.0)
    (stop,) = b.working(made)
    assert stop.stop == 96  # the flat bar of the decision has narrowed the range to 2


def test_a_holding_whose_stop_cannot_be_placed_yet_is_said_to_be_exposed_B27() -> None:
    made = b.engine(b.run_spec(b.deployment_spec(exits=exits(stop_atr=2, atr_period=3))))
    b.buy(made, 1, 100.0)
    alerts = made.book.truth.counts.alerts
    assert b.working(made) or alerts


def test_a_stop_by_range_is_placed_once_the_range_is_known() -> None:
    made = b.engine(b.run_spec(b.deployment_spec(exits=exits(stop_atr=2, atr_period=3))))
    b.buy(made, 1, 100.0)
    for n in range(2, 9):
        made.step(bar(n, 100.0, 1.0, high=101.5, low=98.5))
    assert [str(order.type) for order in b.working(made)] == ["stop"]


def test_B27_a_split_is_no_range_that_a_stop_could_stand_by() -> None:
    made = b.engine(b.run_spec(b.deployment_spec(exits=exits(stop_atr=2, atr_period=3))))
    for n in range(1, 5):
        made.step(bar(n, 100.0, high=101.5, low=98.5))
    made.step(b.split(2, 1, n=4))
    pair = made.traders.pairs["alpha"]["AAPL"]
    assert (pair.atr, list(pair.atr_state.d)) == (d("1.5"), [1.5, 50.0])
    assert made.step(b.split(2, 1, n=4)) == []
    b.buy(made, 5, 50.0)
    (stop,) = b.working(made)
    assert stop.stop == 48
