"""A run's operations as a whole: once each, over restarts too; alerts; another process where data come live."""

import os
from concurrent.futures import wait
from pathlib import Path

import pytest

from openbell.config.operations import OperationsTerms
from openbell.core.contact import Contact
from openbell.core.events import Command
from openbell.core.types import DAY_NS, NS
from openbell.edges.calendars import zone
from openbell.run.logbook import FOLDER
from openbell.run.operations.outcome import Finding, Outcome, keep, kept
from openbell.run.operations.routine import SETTLE_NS, Place, Routine, Seen
from openbell.run.reading import read_book
from openbell.run.replay import replay
from openbell.run.sensors import Reading
from openbell.run.sessions import sessions_of
from openbell.run.state import journal
from tests.checklist.market import FREE, Market, clock
from tests.cli.process import perform
from tests.run.operations.summer import DATES, HEAD, NEWS, day, market, outcomes

FEW = (
    "operations: {intraday: null, weekly_review: null, parameter_review: null, market_open: {steps: [enable_trading]}}"
)


def test_every_step_of_the_usual_day_has_a_verdict(done: Market) -> None:
    terms = OperationsTerms()
    blocks = (terms.pre_market, terms.market_open, terms.intraday, terms.market_close, terms.post_market)
    steps = {step for block in blocks if block is not None for step in block.steps}
    for date in DATES:
        found = [one for one in kept(done.state) if one.date == date and one.block != "parameter_review"]
        assert {one.step for one in found} == steps, date
        assert [one.step for one in found if one.level == "fail"] == []


def test_operations_that_pass_change_no_order(done: Market, tmp_path: Path) -> None:
    bars = [one for n, date in enumerate(DATES) for one in day(date, 100 + n)]
    plain = market(tmp_path, bars, "")
    assert plain.run("--speed", "max") == 0
    mine, other = done.told, plain.told
    assert [(one.ts, one.qty, one.px) for one in mine.fills] == [(one.ts, one.qty, one.px) for one in other.fills]
    assert mine.book.truth.orders_hash == other.book.truth.orders_hash
    found = replay(done.state, os.environ)
    assert (found.seq, found.difference) == (0, "")


def test_a_run_that_is_stopped_and_started_again_does_each_step_once(tmp_path: Path) -> None:
    found = market(tmp_path, [*day(DATES[0]), *day(DATES[1])], FEW)
    for until in ("2024-06-27T15:00:00Z", "2024-06-27T20:00:00Z", "2024-06-28T14:00:00Z"):
        assert found.run("--speed", "max", "--until", until) == 0
    assert found.run("--speed", "max") == 0
    every = [(clock(one.ts), one.step) for one in kept(found.state)]
    assert len(every) == len(set(every)) == 2 * (5 + 1 + 4 + 3)
    assert every == sorted(every, key=lambda one: one[0])
    # The verdicts of the morning were known at the open of a process that began behind it.
    assert [one.level for one in outcomes(found, "enable_trading")] == ["ok", "ok"]


def test_what_is_wrong_is_an_alert_of_the_run_and_a_line_of_its_log(done: Market) -> None:
    alerts = [one for one in done.told.events(Command) if one.kind == "alert"]
    assert {one.actor for one in alerts} == {"operations"}
    assert sum(NEWS in one.reason for one in alerts) == len(DATES) - 1
    log = (done.state / FOLDER / "Operations.log").read_text(encoding="utf-8")
    assert f"pre_market, {NEWS}: warn: " in log and "intraday, monitor_pnl: ok: main " in log


# --- where data come live ---------------------------------------------------------------------------------------


@pytest.fixture
def routine(done: Market, tmp_path: Path) -> Routine:
    place = Place(
        state=tmp_path, file=str(done.file), logs=str(done.state / FOLDER), look_up=sessions_of({}, None),
        zone_of=zone, sensors=lambda: Reading(cpu=0.1, memory=0.1, disk=0.1), is_live=True,
    )  # fmt: skip
    steps = {"market_close": {"steps": ["disable_new_positions", "generate_daily_report"]}, "post_market": None,
             "intraday": None, "weekly_review": None}  # fmt: skip
    (tmp_path / "journal").symlink_to(journal(done.state))
    return Routine(OperationsTerms.model_validate(steps), place, [], lambda *_: None)


def seen(done: Market, market_ts: int) -> Seen:
    book = read_book(journal(done.state)).book
    return Seen(book=book, rules=(), wall=market_ts, market=market_ts, late=0, settle=lambda: None)


CLOSE = 1_720_468_800 * NS
"""16:00 in New York on the last of the dates."""


def test_a_step_that_reads_the_journal_is_done_by_another_process_once_the_last_bars_are_there(
    done: Market, routine: Routine, tmp_path: Path
) -> None:
    routine.look(seen(done, CLOSE - 60 * NS))
    routine.look(seen(done, CLOSE + 1))
    assert [one.step for one in kept(tmp_path)][-1] == "disable_new_positions"
    routine.look(seen(done, CLOSE + SETTLE_NS))
    assert [one.step for one in kept(tmp_path)][-1] == "disable_new_positions"
    begun = seen(done, CLOSE + SETTLE_NS + 1)
    routine.look(begun)
    works = [waiting.work for waiting in routine._waiting if waiting.step == "generate_daily_report" and waiting.work]
    assert len(works) == 1 and not wait(works, timeout=60).not_done
    routine.look(begun)
    last = list(kept(tmp_path))[-1]
    assert (last.step, last.level, last.ts) == ("generate_daily_report", "ok", CLOSE + 1)
    assert (tmp_path / "reports" / f"daily-{DATES[-1]}.html").is_file()
    routine.close()


def test_what_was_missed_while_no_engine_ran_is_kept_as_missed_and_the_morning_made_up_for(
    done: Market, routine: Routine, tmp_path: Path
) -> None:
    before = CLOSE - 4 * DAY_NS
    keep(tmp_path, Outcome(ts=before, wall=before, date=DATES[4], block="pre_market", step="x", level="ok", told=""))
    routine.look(seen(done, CLOSE - 4 * 3600 * NS))
    found = [(clock(one.ts), one.block, one.step, one.told) for one in kept(tmp_path)][1:]
    assert found[0] == ("2024-07-05 08:30", "pre_market", "", "missed: no engine ran") or found[0][3].startswith(
        "missed"
    )
    missed = [(when, block) for when, block, step, _ in found if not step]
    assert missed == [("2024-07-05 08:30", "pre_market"), ("2024-07-05 09:30", "market_open"),
                      ("2024-07-05 16:00", "market_close")]  # fmt: skip
    assert ("2024-07-08 12:00", "market_open", "enable_trading") in [one[:3] for one in found]
    routine.close()


def test_nothing_is_judged_before_the_lines_had_a_minute_to_come_up(
    done: Market, routine: Routine, tmp_path: Path
) -> None:
    noon = CLOSE - 4 * 3600 * NS

    def look(after_s: int, contact: Contact) -> None:
        now = seen(done, noon + after_s * NS)
        now.book.truth.contacts["main"] = contact
        routine.look(now)

    look(0, Contact(is_up=False))
    look(59, Contact(is_up=True, is_ready=False))
    assert list(kept(tmp_path)) == []
    look(59, Contact(is_up=True, is_ready=True))
    (health,) = [one for one in kept(tmp_path) if one.step == "check_system_health"]
    # It is done late, and says when.
    assert (health.level, clock(health.ts), health.date) == ("ok", "2024-07-08 12:00", DATES[-1])
    routine.close()


def test_lines_that_stay_down_for_a_minute_fail_the_morning(done: Market, routine: Routine, tmp_path: Path) -> None:
    for after_s in (0, 60):
        now = seen(done, CLOSE - (4 * 3600 - after_s) * NS)
        now.book.truth.contacts["main"] = Contact(is_up=False)
        routine.look(now)
    (health,) = [one for one in kept(tmp_path) if one.step == "check_system_health"]
    assert (health.level, health.told) == ("fail", "the line of main is down")
    routine.close()


def test_a_step_whose_process_dies_has_failed(done: Market, routine: Routine, tmp_path: Path) -> None:
    from concurrent.futures import Future

    from openbell.run.operations.routine import Waiting
    from openbell.run.operations.timetable import Due

    work: Future[Finding] = Future()
    work.set_exception(RuntimeError("it was killed"))
    due = Due(CLOSE + 1, 3, "market_close", DATES[-1], CLOSE + DAY_NS)
    routine.look(seen(done, CLOSE - 60 * NS))
    routine._waiting = [Waiting(due, "generate_daily_report", work)]
    said = routine.look(seen(done, CLOSE - 30 * NS))
    assert [one.reason for one in said] == ["market_close, generate_daily_report: RuntimeError: it was killed"]


def test_a_file_that_asks_for_none_has_none_and_one_that_is_wrong_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = market(tmp_path, day(DATES[0]), "operations: {pre_market: {steps: [check_sistem_health]}}", rules=FREE)
    assert perform(["check", str(found.file)]) == 2
    err = capfd.readouterr().err
    assert "c.yaml:2" in err and "check_system_health" in err
    assert HEAD not in found.file.read_text(encoding="utf-8")
