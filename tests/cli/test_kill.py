"""`openbell kill`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.cli.kill import scopes
from openbell.run import state as states
from tests.cli.process import Said

Caller = Callable[..., Said]


def test_a_scope_must_name_something_of_the_run(call: Caller, finished: Path) -> None:
    for scope, told in (
        ("instrument:NOPE", "known: AURA"),
        ("everything", "account:NAME"),
        ("account:x", "known: main"),
    ):
        said = call("kill", finished, "--scope", scope)
        assert (said.code, told in said.err) == (2, True)
    assert list((finished / "commands").iterdir()) == []


def test_a_kill_left_for_the_next_start_forbids_new_risk(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    call("run", config, "--until", "2024-01-02T00:10", "--state", state, "--json")
    data = call("kill", state, "--scope", "deployment:cross", "--close", "--json").data
    assert (data["is_taken"], data["scope"], data["close"]) == (False, "deployment:cross", True)
    figures = call("run", config, "--state", state, "--json").data
    assert figures["orders"] == 0
    assert sum(figures["rejected_by_reason"].values()) > 0


def test_a_finished_state_takes_it_too(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    before = call("run", config, "--state", state, "--json").data
    call("kill", state)
    after = call("run", config, "--state", state, "--json").data
    assert after["events"] == before["events"] + 1
    assert [latch["kind"] for latch in call("status", state, "--json").data["latches"]] == ["kill"]


def test_the_shell_completes_what_the_newest_run_has(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "nothing"))
    assert scopes("") == ["all"]
    assert scopes("acc") == []
    monkeypatch.setattr(states, "newest", lambda environment: finished)
    assert scopes("") == ["all", "account:main", "deployment:cross", "instrument:AURA"]
    assert scopes("dep") == ["deployment:cross"]
