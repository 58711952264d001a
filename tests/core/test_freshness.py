"""Stale data refuse entries, are said aloud, and open again by evidence alone."""

from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.freshness import PROOF_NS
from openbell.core.spec import Subscription
from openbell.core.types import NS, Caps
from tests.core import build as b
from tests.core.build import at
from tests.core.test_age import MINUTES, QUOTES, SLACK, quote, watching

LATCH = "stale/instrument:AAPL"


def watched(*subscriptions: Subscription, close: int = 60, **account: object) -> Engine:
    spec = watching(*(subscriptions or (MINUTES,)))
    if account:
        spec.accounts["main"] = b.account_spec(**account)
    spec.deployments["alpha"] = b.deployment_spec(exits=b.exits(stop_loss="0.05"))
    made = Engine(Book(spec), {"alpha": b.obey()}, (), b.volatility)
    b.run(made, b.genesis(), b.session(close=close))
    return made


def pass_time(made: Engine, until: int) -> list[fx.Effect]:
    """Deliver every engine timer due up to `until`, as the loop does; return all effects."""
    found: list[fx.Effect] = []
    timers = made.book.truth.timers
    while timers and min(timers.values()) <= until:
        key = min(timers, key=lambda name: timers[name])
        found += made.step(ev.Timer(ts=timers[key], deployment="", name=key.partition("/")[2]))
    return found


def silent(made: Engine, after: int = 3) -> list[fx.Effect]:
    """Let bars come until `after`, then none until the breach; return what the breach brought."""
    for n in range(1, after + 1):
        pass_time(made, at(n))
        made.step(b.bar(n, 100.0))
    return pass_time(made, at(after + 1) + SLACK)


def test_F75_F45_silence_latches_the_instrument_and_says_so_once() -> None:
    made = watched()
    effects = silent(made)
    assert made.book.truth.latches[LATCH].release == "evidence"
    assert b.levels(effects) == [("error", "stale/AAPL")]
    assert "no 60 s bars for more than 75 s" in b.one(fx.Alert, effects).text
    assert b.levels(pass_time(made, at(59))) == []


def test_F45_data_that_are_mute_from_a_start_in_the_middle_of_a_session_on_are_said() -> None:
    made = Engine(Book(watching(MINUTES)), {"alpha": b.obey()}, (), b.volatility)
    b.run(made, b.genesis(), replace(b.session(close=60), ts=at(30)))
    assert pass_time(made, at(31)) == []
    assert b.levels(pass_time(made, at(30) + MINUTES.max_age)) == [("error", "stale/AAPL")]
    assert LATCH in made.book.truth.latches


def test_data_that_keep_coming_set_one_timer_for_each_time_it_is_due() -> None:
    made = watched()
    timers = 0
    for n in range(1, 31):
        timers += len(b.only(fx.SetTimer, pass_time(made, at(n))))
        timers += len(b.only(fx.SetTimer, made.step(b.bar(n, 100.0))))
    assert timers <= 30
    assert LATCH not in made.book.truth.latches


def test_F75_B22_a_stale_instrument_takes_no_entry() -> None:
    made = watched()
    silent(made)
    effects = made.step(b.bar(5, 100.0, 1.0))
    assert b.decision(effects) == Code.STALE_DATA
    assert b.only(fx.Submit, effects) == []


def test_B21_a_stale_instrument_can_still_be_left() -> None:
    made = watched()
    b.buy(made, 1, 100.0)
    pass_time(made, at(3))
    assert LATCH in made.book.truth.latches
    effects = made.step(b.bar(4, 100.0, 0.0))
    assert b.one(fx.Submit, effects).reduce_only


def test_F75_evidence_opens_again_after_a_minute_and_no_command_does() -> None:
    made = watched()
    silent(made)
    made.step(b.command("resume", n=5))
    assert LATCH in made.book.truth.latches
    made.step(b.bar(6, 100.0))
    pass_time(made, at(7) - 1)
    assert LATCH in made.book.truth.latches
    made.step(b.bar(7, 100.0))
    assert b.levels(pass_time(made, at(7))) == [("info", "stale/AAPL")]
    assert LATCH not in made.book.truth.latches
    assert b.one(fx.Submit, made.step(b.bar(8, 100.0, 1.0)))


def test_F75_quotes_of_a_new_session_prove_nothing_of_bars_that_do_not_come() -> None:
    made = watched()
    silent(made)
    made.step(b.session(1))
    opened = b.session(1).open
    made.step(quote(opened + NS))
    pass_time(made, opened + NS + PROOF_NS)
    assert LATCH in made.book.truth.latches


def test_one_bar_followed_by_silence_is_no_evidence() -> None:
    made = watched(QUOTES)
    made.step(quote(at(1)))
    pass_time(made, at(2))
    made.step(quote(at(3)))
    pass_time(made, at(3) + PROOF_NS)
    assert LATCH in made.book.truth.latches
    made.step(quote(at(6)))
    for second in range(10, 70, 10):
        made.step(quote(at(6) + second * SLACK // 15))
    pass_time(made, at(7))
    assert LATCH not in made.book.truth.latches


def test_F82_no_alarm_out_of_session_or_behind_a_half_day() -> None:
    made = watched(close=30)
    for n in range(1, 31):
        pass_time(made, at(n))
        made.step(b.bar(n, 100.0))
    made.step(b.session(is_open=False, close=30))
    assert pass_time(made, at(1430)) == []
    b.run(made, b.session(1, close=30))
    assert b.levels(pass_time(made, at(1442))) == [("error", "stale/AAPL")]


def test_F83_a_holiday_that_the_calendar_lacks_is_told_by_the_silence_of_the_market() -> None:
    made = watched()
    found = pass_time(made, at(1) + SLACK)
    assert (b.levels(found), list(made.book.truth.latches)) == ([("error", "stale/AAPL")], [LATCH])
    # One print on a closed market is no second opinion yet.
    assert b.decision(made.step(b.bar(4, 100.0, 1.0))) == Code.STALE_DATA


def test_F83_a_market_that_trades_while_the_calendar_is_closed_is_not_entered() -> None:
    made = watched()
    b.run(made, b.bar(1, 100.0), b.session(close=60, is_open=False))
    out = made.step(b.bar(70, 100.0, 1.0))
    assert b.only(fx.Submit, out) == []
    assert b.decision(out) == Code.OUT_OF_SESSION


def test_F84_a_halt_refuses_entries_without_an_alarm_of_staleness() -> None:
    made = watched()
    for n in range(1, 4):
        made.step(b.bar(n, 100.0))
    halted = ev.Halt(ts=at(3), instrument="AAPL", is_halted=True, text="LULD")
    assert b.levels(made.step(halted)) == [("warning", "halt/AAPL")]
    assert pass_time(made, at(20)) == []
    assert b.decision(made.step(b.bar(20, 100.0, 1.0))) == Code.HALTED
    made.step(ev.Halt(ts=at(21), instrument="AAPL", is_halted=False))
    assert b.decision(made.step(b.bar(22, 100.0, 2.0))) == Code.SIGNAL_LONG
    assert b.levels(pass_time(made, at(24))) == [("error", "stale/AAPL")]


def test_F78_missing_bars_are_said_and_counted() -> None:
    made = watched()
    made.step(b.bar(1, 100.0))
    effects = made.step(b.bar(5, 100.0))
    assert b.levels(effects) == [("warning", "gap/AAPL")]
    assert "3 bars before" in b.one(fx.Alert, effects).text
    assert b.levels(made.step(b.bar(6, 100.0))) == []


def test_F78_no_gap_is_seen_over_night_in_a_halt_or_in_what_is_not_subscribed() -> None:
    made = watched()
    made.step(b.bar(60, 100.0))
    made.step(b.session(1, close=60))
    assert b.levels(made.step(b.bar(1441, 100.0))) == []
    made.step(ev.Halt(ts=at(1441), instrument="AAPL", is_halted=True))
    made.step(ev.Halt(ts=at(1450), instrument="AAPL", is_halted=False))
    assert b.levels(made.step(b.bar(1451, 100.0))) == []
    made.step(ev.Halt(ts=at(1451), instrument="AAPL", is_halted=True))
    made.step(ev.Halt(ts=at(1455) + 1, instrument="AAPL", is_halted=False))
    assert b.levels(made.step(b.bar(1456, 100.0))) == []
    five = b.bar(1480, 100.0, interval=5 * b.MINUTE_NS)
    assert "gap/AAPL" not in [key for _, key in b.levels(made.step(five))]


def test_F80_a_backlog_is_logged_and_not_traded() -> None:
    made = watched()
    made.step(b.bar(1, 100.0))
    # The link was away: time has gone on before the bars of that time arrive.
    made.step(ev.Link(ts=at(30), account="main", channel="data", is_up=True))
    late = made.step(b.bar(2, 100.0, 1.0))
    assert b.decision(late) == Code.STALE_DATA
    assert b.only(fx.Submit, late) == []
    fresh = made.step(b.bar(30, 100.0, 2.0))
    assert b.one(fx.Submit, fresh)


def test_F78_stops_rest_at_the_venue_while_bars_are_missing() -> None:
    made = watched()
    b.buy(made, 1, 100.0)
    assert [order.type for order in b.working(made)] == ["stop"]
    pass_time(made, at(10))
    assert [order.type for order in b.working(made)] == ["stop"]


def test_B27_what_is_held_without_a_stop_at_the_venue_is_named_while_blind() -> None:
    made = watched(caps=Caps(resting_stop=False))
    b.buy(made, 1, 100.0)
    effects = pass_time(made, at(3))
    assert ("critical", "stale/AAPL") in b.levels(effects)
    assert "the stops of alpha are SYNTHETIC" in b.one(fx.Alert, effects).text


def test_a_stale_latch_survives_a_restart_with_its_timers() -> None:
    made = watched()
    silent(made)
    made.step(b.bar(6, 100.0))
    again = Engine(Book(made.book.spec, made.book.truth), {"alpha": b.obey()}, (), b.volatility)
    made = again
    made.step(b.bar(7, 100.0))
    pass_time(made, at(7))
    assert LATCH not in made.book.truth.latches


def test_F79_each_subscription_has_a_timer_of_its_own() -> None:
    made = watched(MINUTES, QUOTES)
    made.step(quote(at(0) + SLACK // 2))
    due = {name: when for name, when in made.book.truth.timers.items() if name.startswith("/fresh")}
    assert sorted(due) == ["/fresh/AAPL/0", f"/fresh/AAPL/{b.MINUTE_NS}"]
    assert b.levels(pass_time(made, at(1))) == [("error", "stale/AAPL")]
    assert "quotes" in made.book.truth.latches[LATCH].reason


def test_sessions_of_other_calendars_and_timers_of_others_concern_nobody() -> None:
    made = watched()
    before = dict(made.book.truth.timers)
    made.step(b.session(calendar="NYSE"))
    made.step(ev.Timer(ts=at(0) + 1, deployment="", name="instant"))
    made.step(ev.Halt(ts=at(0) + 2, instrument="AAPL", is_halted=False))
    assert made.book.truth.timers == before
    assert made.book.truth.marks["AAPL"].resumed_ts == 0


def test_a_quote_of_a_stranger_is_counted_and_no_more() -> None:
    made = watched(QUOTES)
    made.step(ev.Quote(ts=at(1), instrument="TSLA", bid=1.0, ask=1.1))
    assert "TSLA" not in made.book.truth.marks
