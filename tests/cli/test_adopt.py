"""`openbell adopt`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_a_reason_and_a_scope_of_this_run_are_needed(call: Caller, finished: Path) -> None:
    assert (call("adopt", finished).code, call("adopt", finished, "--reason", " ").code) == (2, 2)
    said = call("adopt", finished, "--reason", "x", "--scope", "instrument:NOPE")
    assert (said.code, "NOPE" in said.err) == (2, True)


def test_it_is_left_for_the_engine_with_its_reason(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    call("run", config, "--until", "2024-01-02T00:10", "--state", state, "--json")
    data = call("adopt", state, "--reason", "sold by phone", "--json").data
    assert (data["kind"], data["scope"], data["is_taken"]) == ("adopt", "all", False)
    assert call("run", config, "--state", state, "--json").code == 0
    assert not list((state / "commands").glob("*")) or not any((state / "commands").iterdir())
