"""`openbell operations`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.run import state as states
from openbell.run.operations.outcome import Outcome, Proposal, keep, proposals, propose, take_tick
from openbell.run.reading import read_book
from tests.cli.process import CONFIG, Said, begin, records, until

Caller = Callable[..., Said]


def outcome(step: str, level: str, date: str = "2024-01-03") -> Outcome:
    return Outcome(ts=1_704_288_600 * 10**9, wall=5, date=date, block="pre_market", step=step, level=level,  # type: ignore[arg-type]
                   told=f"told of {step}", details={"x": 1.5})  # fmt: skip


@pytest.fixture
def state(tmp_path: Path, finished: Path) -> Path:
    """Return a state with the journal of the finished run, and operations of its own."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "journal").symlink_to(states.journal(finished))
    for one in (outcome("old", "fail", "2024-01-02"), outcome("first", "ok"), outcome("second", "warn")):
        keep(mine, one)
    return mine


def test_the_latest_day_is_shown_step_by_step(call: Caller, state: Path) -> None:
    said = call("operations", state)
    assert said.code == 0
    assert said.out.splitlines()[1:] == [
        "ok    2024-01-03T13:30:00Z  pre_market, first: told of first",
        "warn  2024-01-03T13:30:00Z  pre_market, second: told of second",
        "1 ok, 1 warn, 0 fail",
    ]
    data = call("operations", state, "--json").data
    assert [(one["step"], one["details"]) for one in data["steps"]] == [("first", {"x": 1.5}), ("second", {"x": 1.5})]


def test_a_day_with_a_failure_ends_with_one(call: Caller, state: Path) -> None:
    assert call("operations", state, "--on", "2024-01-02").code == 1


def test_a_day_without_any_is_told(call: Caller, finished: Path, state: Path) -> None:
    said = call("operations", state, "--on", "2024-05-01")
    assert said.code == 2 and "has done no operations on 2024-05-01" in said.err
    assert "write operations: {} into the file" in call("operations", finished).err


def test_a_tick_is_left_for_the_run_and_for_nothing_else(call: Caller, state: Path) -> None:
    said = call("operations", state, "--tick", "review_overnight_news", "--note", "calm", "--json")
    assert said.code == 0 and said.data["note"] == "calm"
    word = take_tick(state, "review_overnight_news")
    assert word is not None and word.note == "calm"
    wrong = call("operations", state, "--tick", "monitor_pnl")
    assert wrong.code == 2 and "known: review_overnight_news" in wrong.err


def test_a_proposed_limit_is_approved_into_the_file_and_the_run_that_lives(
    call: Caller, tmp_path: Path, config: Path
) -> None:
    state = tmp_path / "state"
    made = Proposal(id="daily_loss-2024-01-07", rule="daily_loss", now="2.00%", wanted="1.25%", why="calm days")
    (tmp_path / "home").mkdir(exist_ok=True)
    engine = begin(tmp_path / "home", "run", config, "--state", state, "--speed", "60x", "--json")
    try:
        until(lambda: records(state) > 3 and bool(states.runner(state)), "the run")
        propose(state, made)
        assert "nothing else" not in call("operations", state, "--approve", "else").out
        before = config.read_text(encoding="utf-8")
        said = call("operations", state, "--approve", made.id, "--json")
        assert said.code == 0 and said.data["is_taken"]
        assert config.read_text(encoding="utf-8") == before.replace("daily_loss: {}", "daily_loss: {limit: 1.25%}")
        limits = read_book(states.journal(state)).book.truth.limits
        assert limits is not None and "1.25%" in " ".join(rule.text for rule in limits.rules)
        assert proposals(state)[0].approved
        again = call("operations", state, "--approve", made.id)
        assert again.code == 2 and "was approved by" in again.err
    finally:
        engine.terminate()
        engine.communicate(timeout=180)


def test_without_an_engine_nothing_is_approved(call: Caller, state: Path, config: Path) -> None:
    propose(state, Proposal(id="p", rule="daily_loss", now="3%", wanted="1%", why=""))
    said = call("operations", state, "--approve", "p")
    assert said.code == 3 and "no engine runs" in said.err
    assert config.read_text(encoding="utf-8") == CONFIG
    unknown = call("operations", state, "--approve", "q")
    assert unknown.code == 2 and "waiting: p" in unknown.err
