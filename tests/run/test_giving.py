"""Commands reach a run, or wait for it."""

import os
from pathlib import Path

import pytest

from openbell.cli.shell.place import hold
from openbell.core.events import Command
from openbell.run import giving, state
from openbell.run.clock import FakeClock
from openbell.run.giving import PATIENCE_NS, UnknownScope, check_scope, give, new_id
from tests.run.web.stage import played


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    state.make(tmp_path / "s")
    state.journal(tmp_path / "s").mkdir()
    (state.journal(tmp_path / "s") / "lock").write_text(str(os.getpid()), encoding="ascii")
    return tmp_path / "s"


def command(clock: FakeClock) -> Command:
    return Command(ts=0, id=new_id(clock), kind="pause", actor="me", reason="r")


def test_without_an_engine_a_command_waits_at_once(folder: Path) -> None:
    clock = FakeClock(5)
    given = give(folder, command(clock), clock)
    assert (given.is_taken, given.by, given.process, given.refusal) == (False, "file", 0, "")
    assert not clock.slept
    ((_, left),) = state.commands(folder)
    assert left is not None and left.kind == "pause"


def test_an_engine_without_a_socket_is_waited_for_up_to_its_patience(folder: Path) -> None:
    clock = FakeClock(5)
    with hold(folder):
        given = give(folder, command(clock), clock)
    assert (given.is_taken, given.by, given.process) == (False, "file", os.getpid())
    assert PATIENCE_NS <= sum(clock.slept) <= PATIENCE_NS + giving._NAP_NS


def test_ids_of_one_moment_are_told_apart_by_process() -> None:
    assert new_id(FakeClock(7)) == f"7-{os.getpid()}"


def test_a_scope_that_names_nothing_says_what_there_is() -> None:
    for scope in ("all", "account:main", "deployment:cross", "instrument:AAA"):
        check_scope(played(), scope)
    with pytest.raises(UnknownScope, match="planet") as caught:
        check_scope(played(), "planet:mars")
    assert "account:NAME" in caught.value.advice
    with pytest.raises(UnknownScope, match="'X'") as caught:
        check_scope(played(), "instrument:X")
    assert caught.value.advice == "known: AAA, BBB"
