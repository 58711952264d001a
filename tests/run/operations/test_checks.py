"""Steps on the book: each passes where all is well, fails where it is not, and says what it saw."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from openbell.core.book import LatchState
from openbell.core.codes import Code, label
from openbell.core.contact import Contact
from openbell.core.events import Command
from openbell.core.risk import Approved
from openbell.core.types import NS, Status
from openbell.run.assemble import Prepared
from openbell.run.operations import checks
from openbell.run.operations.checks import Scene
from openbell.run.operations.outcome import Tick, tick
from openbell.run.operations.timetable import Due
from openbell.run.reading import read_book
from openbell.run.sensors import Reading
from openbell.run.state import journal
from openbell.run.web.limits import Bound
from tests.checklist.market import FLAT, LONG, NONE, Market, clock, config, deployment, row
from tests.run.operations.summer import DATES, HALF_DAY, NEWS, RULES, day, market, outcomes

WELL = Reading(cpu=0.99, memory=0.5, disk=0.5)
FIRST = DATES[0]
MOST_UNITS = 100


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """Return a run that was stopped at the end of a session in which it bought, protected by a stop."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("held")
        patch.setenv("OPENBELL_HOME", str(folder / "home"))
        bars = [one if one.stamp[11:] < "15:00" else row(one.stamp, one.close) for one in day(FIRST)]
        found = market(folder, bars, "")
        assert found.run("--speed", "max") == 0
    return found


@pytest.fixture(scope="module")
def prepared(held: Market) -> Prepared:
    """Return its file, ready to be run."""
    found: Prepared = held.prepare()[0]
    return found


@pytest.fixture
def scene(held: Market, prepared: Prepared, tmp_path: Path) -> Scene:
    """Return what steps see of it at its last record."""
    book = read_book(journal(held.state)).book
    pairs = zip(prepared.loaded.rules, prepared.rules, strict=True)
    bounds = [Bound(kind=part.kind, id="", options=part.options, text=rule.text) for part, rule in pairs]
    due = Due(book.truth.ts, 2, "intraday", FIRST, book.truth.ts + NS)
    return Scene(
        book=book, rules=prepared.rules, bounds=bounds, due=due, now=book.truth.ts, late=0, sensors=lambda: WELL,
        state=tmp_path, heard={}, verdicts={}, says=lambda *_: None,
    )  # fmt: skip


# --- health, pass and fail, both stored -------------------------------------------------------------------------


def test_health_is_looked_at_before_every_session_and_its_verdict_stored(done: Market) -> None:
    found = outcomes(done, "check_system_health")
    assert [(one.date, one.level) for one in found] == [(date, "ok") for date in DATES]
    assert {"cpu", "memory", "disk", "late_ms"} == set(found[0].details)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: setattr(s, "sensors", lambda: Reading(cpu=0.1, memory=0.1, disk=0.91)), "disk is used by 91%"),
        (lambda s: setattr(s, "sensors", lambda: Reading(cpu=0.1, memory=0.95, disk=0.1)), "memory is used by 95%"),
        (lambda s: setattr(s.book.truth, "is_disk_healthy", False), "the journal's disk is not well"),
        (lambda s: s.book.truth.contacts.update(main=Contact(is_up=False)), "the line of main is down"),
        (lambda s: setattr(s, "late", 2 * NS), "the engine is 2000 ms behind"),
    ],
)
def test_health_fails_for_each_thing_that_is_not_well(scene: Scene, change: Callable[[Scene], None], told: str) -> None:
    assert checks.check_system_health(scene).level == "ok"
    change(scene)
    found = checks.check_system_health(scene)
    assert (found.level, found.told) == ("fail", told)
    assert checks.check_system_performance(scene).level == "fail"


# --- feeds ------------------------------------------------------------------------------------------------------


def test_feeds_are_looked_at_half_past_eight_and_a_stale_one_keeps_the_day_shut(tmp_path: Path) -> None:
    days = [*day(DATES[0]), *day(DATES[1], left_out=("14:30", "15:00", "15:30")), *day(DATES[2]), *day(DATES[3])]
    head = "operations: {intraday: null, post_market: null, weekly_review: null, parameter_review: null}"
    fresh = deployment(bars="30m", symbols="AAA, BBB", more="max_age: 45m")
    # The second feed tells everything: each is looked at for itself.
    whole = [one._replace(symbol="BBB", volume=NONE) for date in DATES[:4] for one in day(date)]
    run = market(tmp_path, sorted([*days, *whole], key=lambda one: one.stamp), head, deployments=[fresh])
    assert run.run("--speed", "max") == 0
    fed = outcomes(run, "validate_data_feeds")
    assert [(clock(one.ts), one.level) for one in fed] == [
        (f"{DATES[0]} 08:30", "ok"), (f"{DATES[1]} 08:30", "ok"), (f"{DATES[2]} 08:30", "fail"),
        (f"{DATES[3]} 08:30", "ok"),
    ]  # fmt: skip
    # The newest bar, of 14:30 on Friday, is as old on Monday at 08:30 as that weekend and a half hour too many.
    assert fed[2].told == f"AAA: the newest is {66 * 3600:,} s old"
    assert fed[2].details == {"age_s": {"AAA": 66 * 3600.0, "BBB": 64.5 * 3600.0}}
    # Trading is enabled only where pre-market has passed, and again on the next day by itself.
    assert [one.level for one in outcomes(run, "enable_trading")] == ["ok", "ok", "fail", "ok"]
    entered = {clock(entry.event.ts)[:10] for entry in run.told.entries for _ in run.told.entered if entry.effects
               and any(order in entry.effects for order in run.told.entered)}  # fmt: skip
    assert entered == {DATES[0], DATES[1], DATES[3]}
    said = [(one.kind, one.reason) for one in run.told.events(Command) if one.kind in ("pause", "resume")]
    assert ("pause", f"the session of {DATES[0]} is over") in said
    assert ("resume", f"pre-market of {DATES[3]} passed") in said
    assert ("resume", f"pre-market of {DATES[2]} passed") not in said
    alerts = [one.reason for one in run.told.events(Command) if one.kind == "alert"]
    assert f"market_open, enable_trading: no entries: pre-market of {DATES[2]} failed: validate_data_feeds" in alerts


def test_what_somebody_else_has_paused_is_not_opened(scene: Scene) -> None:
    said: list[tuple[str, ...]] = []
    scene.verdicts, scene.says = {"check_system_health": "ok"}, lambda *words: said.append(words)
    own = LatchState(kind="pause", scope="account:main", release="manual", reason="pause by operations: over", ts=0)
    scene.book.truth.latches["x"] = own
    assert checks.enable_trading(scene).level == "ok"
    assert [words[0] for words in said] == ["resume"]
    own.reason = "pause by ann: a doubt"
    found = checks.enable_trading(scene)
    assert (found.level, found.told) == ("warn", "main stays closed: pause by ann: a doubt")
    assert len(said) == 1


def test_a_day_without_pre_market_is_not_opened(scene: Scene) -> None:
    said: list[tuple[str, ...]] = []
    scene.says = lambda *words: said.append(words)
    assert checks.enable_trading(scene).told == "no entries: pre-market was not done"
    assert said == [("pause", "main", "pre-market was not done")]


# --- news -------------------------------------------------------------------------------------------------------


def test_news_wait_for_a_tick_until_the_open_and_then_everybody_is_told(done: Market) -> None:
    first, *others = outcomes(done, NEWS)
    assert (first.level, first.told) == ("ok", "read by ann: nothing on our names")
    assert {one.level for one in others} == {"warn"}
    told = [one.reason for one in done.told.events(Command) if one.kind == "alert" and NEWS in one.reason]
    assert len(told) == len(DATES) - 1
    # Nothing was held up by it.
    assert {one.level for one in outcomes(done, "enable_trading")} == {"ok"}


def test_news_wait_no_longer_than_the_open(scene: Scene) -> None:
    assert checks.review_overnight_news(scene) is None
    tick(scene.state, NEWS, Tick(actor="bo", note=""))
    found = checks.review_overnight_news(scene)
    assert found is not None and found.told == "read by bo: nothing said"
    scene.now = scene.due.until
    late = checks.review_overnight_news(scene)
    assert late is not None and late.level == "warn"


# --- limits and the gate ----------------------------------------------------------------------------------------


def test_positions_are_compared_with_their_limits_before_every_session(done: Market, scene: Scene) -> None:
    found = outcomes(done, "check_position_limits")
    assert [(clock(one.ts)[11:], one.level) for one in found] == [("08:30", "ok")] * len(DATES)
    assert checks.check_position_limits(scene).level == "ok"
    name = "alpha"
    spec = scene.book.spec.deployments[name]
    worth = scene.book.position(name, "AAA").value
    for most, level in ((worth, "ok"), (worth - Decimal("0.01"), "fail")):
        scene.book.spec = msgspec.structs.replace(
            scene.book.spec, deployments={name: msgspec.structs.replace(spec, max_value=most)}
        )
        assert checks.check_position_limits(scene).level == level
    assert "alpha/max_position is" in checks.check_position_limits(scene).told


def test_the_gate_is_shown_a_bad_order_before_every_session_and_refuses_it(done: Market, scene: Scene) -> None:
    found = outcomes(done, "validate_risk_controls")
    assert [(clock(one.ts)[11:], one.level) for one in found] == [("08:30", "ok")] * len(DATES)
    # Refused for its size, on the first day, before there was a price, for the want of one; and never sent.
    reasons = [one.details["refused_for"]["alpha"] for one in found]
    assert label(Code.NO_MARK) in reasons[0]
    assert all(label(Code.BUYING_POWER) in one for one in reasons[1:])
    assert max(order.qty for order in done.told.orders) <= MOST_UNITS
    assert checks.validate_risk_controls(scene).level == "ok"


def test_a_gate_that_lets_a_bad_order_pass_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "review", lambda _book, _rules, draft, _ts: Approved(draft))
    found = checks.validate_risk_controls(scene)
    assert (found.level, found.told) == (
        "fail", "alpha: the gate did not refuse a million equities of AAA for their size"
    )  # fmt: skip


# --- within the day ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step", ["check_position_status", "monitor_pnl", "validate_risk_metrics", "check_system_performance"]
)
def test_within_the_day_each_step_runs_at_its_time_and_its_result_is_stored(done: Market, step: str) -> None:
    found = outcomes(done, step)
    whole = [f"{hour}:30" for hour in range(10, 16)]
    wanted = [f"{date} {at}" for date in DATES for at in (whole[:3] if date == HALF_DAY else whole)]
    assert [clock(one.ts) for one in found] == wanted
    assert all(one.level == "ok" and one.details for one in found)


def test_positions_and_profit_stored_within_the_day_are_those_of_the_book(done: Market) -> None:
    at_half_past_twelve = next(one for one in outcomes(done, "check_position_status") if clock(one.ts)[11:] == "12:30")
    (held_then,) = at_half_past_twelve.details["positions"]
    bought = done.told.fills[0]
    assert (held_then["qty"], held_then["entry_px"]) == (f"{bought.qty:f}", f"{bought.px.normalize():f}")
    pnl = next(one for one in outcomes(done, "monitor_pnl") if clock(one.ts)[11:] == "12:30")
    # It was bought at 10:30 and the latest bar closed at 12:00: half a point more for each unit.
    assert Decimal(pnl.details["accounts"][0]["day"]) == Decimal("0.5") * bought.qty
    assert pnl.details["accounts"][0]["unrealised"] == pnl.details["accounts"][0]["day"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda b: b.truth.mismatched.update({"main/AAA": "1 too many"}), "main/AAA: 1 too many"),
        (lambda b: b.truth.frozen.update(alpha="it fell over"), "alpha may not trade: it fell over"),
        (lambda b: setattr(next(iter(b.truth.orders.values())), "status", Status.UNKNOWN), "nobody knows what became"),
        (lambda b: [setattr(o, "reduce_only", False) for o in b.open_orders["AAA"].values()], "has no protection"),
    ],
)
def test_a_holding_of_which_something_is_unsure_fails(
    tmp_path: Path, change: Callable[[object], None], told: str
) -> None:
    stop = deployment(bars="30m", more="exits: {stop_loss: 2%}")
    bars = [one if one.stamp[11:] < "12:00" else row(one.stamp, one.close) for one in day(FIRST)]
    run = market(tmp_path, bars, "", deployments=[stop])
    assert run.run("--speed", "max") == 0
    book = read_book(journal(run.state)).book
    due = Due(book.truth.ts, 2, "intraday", FIRST, book.truth.ts)
    seen = Scene(
        book=book, rules=(), bounds=[], due=due, now=book.truth.ts, late=0, sensors=lambda: WELL, state=tmp_path,
        heard={}, verdicts={}, says=lambda *_: None,
    )  # fmt: skip
    assert checks.check_position_status(seen).level == "ok"
    change(book)
    found = checks.check_position_status(seen)
    assert found.level == "fail" and told in found.told


def test_equity_that_does_not_add_up_fails(scene: Scene) -> None:
    assert checks.validate_risk_metrics(scene).level == "ok"
    scene.book.truth.accounts["main"].cash["USD"] += Decimal(1)
    found = checks.validate_risk_metrics(scene)
    assert found.level == "fail" and found.told.startswith("main: cash and holdings come to ")


def test_a_closed_gate_on_losses_fails_what_watches_the_profit(scene: Scene) -> None:
    assert checks.monitor_pnl(scene).level == "ok"
    scene.book.truth.latches["x"] = LatchState(
        kind="daily_loss", scope="account:main", release="session", reason="lost 3.1%", ts=0
    )
    assert checks.monitor_pnl(scene).told == "main: lost 3.1%"
    assert checks.validate_risk_metrics(scene).level == "fail"


# --- at the open and after the close ----------------------------------------------------------------------------


def test_data_are_confirmed_with_the_first_bar_of_every_symbol(tmp_path: Path) -> None:
    two = deployment(bars="30m", symbols="AAA, BBB")
    late = [one._replace(symbol="BBB") for one in day(FIRST) if one.stamp[11:] >= "10:30"]
    silent = [*day(DATES[1])]
    run = market(tmp_path, sorted([*day(FIRST), *late, *silent], key=lambda one: one.stamp), deployments=[two])
    assert run.run("--speed", "max") == 0
    first, second = outcomes(run, "confirm_data_flowing")
    # BBB's first bar closes after the patience of one bar and five minutes has ended.
    assert (first.level, first.told) == ("fail", "nothing came of BBB")
    assert (second.level, second.told) == ("fail", "nothing came of BBB")
    assert second.details == {"seconds_to_first": {"AAA": 1800.0}}


def test_data_are_confirmed_on_every_day(done: Market) -> None:
    found = outcomes(done, "confirm_data_flowing")
    assert [(one.level, one.details) for one in found] == [("ok", {"seconds_to_first": {"AAA": 1800.0}})] * len(DATES)


def test_a_difference_between_book_and_venue_is_told(scene: Scene) -> None:
    held_qty = scene.book.position("alpha", "AAA").qty
    scene.book.truth.contacts["main"] = Contact(positions={"AAA": held_qty})
    assert checks.reconcile_positions(scene).level == "ok"
    scene.book.truth.contacts["main"].positions["AAA"] = held_qty - 1
    found = checks.reconcile_positions(scene)
    assert found.level == "fail"
    assert found.details["differences"][0]["difference"] == "-1"


@pytest.mark.parametrize("is_asked", [True, False])
def test_behind_the_close_new_positions_are_refused_and_exits_pass(tmp_path: Path, is_asked: bool) -> None:
    # A market that never closes, worked in New York's hours: what is wanted at 15:00 is taken, at 17:00 no more.
    steps = "[disable_new_positions]" if is_asked else "[review_daily_performance]"
    others = "pre_market: null, market_open: null, intraday: null, post_market: null, weekly_review: null"
    head = f"operations: {{calendar: NYSE, {others}, parameter_review: null, market_close: {{steps: {steps}}}}}"
    wishes = {"AAA": {"14:30": LONG, "17:30": FLAT}, "BBB": {"16:30": LONG}}
    stamps = [f"{FIRST} {hour}:{minute}" for hour in range(14, 19) for minute in ("00", "30")]
    bars = [row(at, 100, wishes[symbol].get(at[11:], NONE), symbol) for symbol in wishes for at in stamps]
    entry = deployment(symbols="AAA, BBB", bars="30m")
    terms = config(head=head, bars="30m", tz="America/New_York", rules=RULES, deployments=[entry])
    found = Market(tmp_path, terms, bars)
    assert found.run("--speed", "max") == 0
    told = found.told
    assert [(fill.instrument, fill.side.value) for fill in told.fills if fill.instrument == "AAA"] == [
        ("AAA", "buy"), ("AAA", "sell"),
    ]  # fmt: skip
    assert {order.instrument for order in told.entered} == ({"AAA"} if is_asked else {"AAA", "BBB"})
    wanted = "LATCHED" if is_asked else "SIGNAL_LONG"
    assert wanted in told.codes("BBB"), told.codes("BBB")
    assert len(outcomes(found, "disable_new_positions")) == is_asked
