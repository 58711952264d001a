"""`openbell resume`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_a_reason_is_needed(call: Caller, finished: Path) -> None:
    assert (call("resume", finished).code, call("resume", finished, "--reason", " ").code) == (2, 2)


def test_the_gate_opens_again(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    call("run", config, "--until", "2024-01-02T00:10", "--state", state, "--json")
    call("kill", state)
    call("run", config, "--until", "2024-01-02T06:00", "--state", state, "--json")
    assert call("status", state, "--json").data["latches"]
    data = call("resume", state, "--reason", "looked at it", "--json").data
    assert data["kind"] == "resume"
    figures = call("run", config, "--state", state, "--json").data
    assert (call("status", state, "--json").data["latches"], figures["orders"] > 0) == ([], True)
