"""`openbell release`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_a_reason_and_a_deployment_are_needed(call: Caller, finished: Path) -> None:
    assert call("release", finished, "--reason", "x").code == 2
    assert call("release", finished, "--scope", "deployment:cross", "--reason", " ").code == 2
    assert call("release", finished, "--scope", "all", "--reason", "x").code == 2


def test_what_a_deployment_holds_becomes_external(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    for minutes in range(10, 600, 40):
        call("run", config, "--until", f"2024-01-02T{minutes // 60:02}:{minutes % 60:02}", "--state", state, "--json")
        held = call("positions", state, "--json").data["positions"]
        if held:
            break
    assert held[0]["deployment"] == "cross"
    call("release", state, "--scope", "deployment:cross", "--reason", "mine now")
    end = f"2024-01-02T{(minutes + 1) // 60:02}:{(minutes + 1) % 60:02}"
    call("run", config, "--until", end, "--state", state, "--json")
    after = call("positions", state, "--json").data["positions"]
    assert [(one["deployment"], one["qty"]) for one in after if one["deployment"] == "external"] == [
        ("external", held[0]["qty"])
    ]
