"""`openbell resume`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_a_reason_is_needed(call: Caller, finished: Path) -> None:
    assert (call("resume", finished).code, call("resume", finished, "--reason", " ").code) == (2, 2)


def test_a_pause_ends_and_a_kill_does_not(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    call("run", config, "--until", "2024-01-02T00:10", "--state", state, "--json")
    call("kill", state, "--tier", "0", "--scope", "deployment:cross")
    call("kill", state, "--tier", "1")
    call("run", config, "--until", "2024-01-02T06:00", "--state", state, "--json")
    assert [one["kind"] for one in call("status", state, "--json").data["latches"]] == ["pause", "kill"]
    data = call("resume", state, "--reason", "looked at it", "--json").data
    assert data["kind"] == "resume"
    call("run", config, "--state", state, "--json")
    assert [one["kind"] for one in call("status", state, "--json").data["latches"]] == ["kill"]
