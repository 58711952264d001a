"""`openbell enable`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.process import Said

Caller = Callable[..., Said]


@pytest.fixture
def killed(call: Caller, config: Path, tmp_path: Path) -> Path:
    state = tmp_path / "s"
    call("run", config, "--until", "2024-01-02T00:10", "--state", state, "--json")
    call("kill", state, "--reason", "drill")
    call("run", config, "--until", "2024-01-02T06:00", "--state", state, "--json")
    return state


def test_the_gate_opens_again_with_cause_and_digits(call: Caller, config: Path, killed: Path) -> None:
    before = call("status", killed, "--json").data
    assert [latch["kind"] for latch in before["latches"]] == ["kill"]
    digits = before["account_digits"]["main"]
    data = call("enable", killed, "--reason", "looked at it", "--digits", digits, "--json").data
    assert data["kind"] == "enable"
    figures = call("run", config, "--state", killed, "--json").data
    after = call("status", killed, "--json").data
    assert (after["latches"], after["kills"], figures["orders"] > 0) == ([], [], True)


def test_wrong_digits_are_refused_by_safety_and_nothing_is_left_for_the_engine(call: Caller, killed: Path) -> None:
    said = call("enable", killed, "--reason", "x", "--digits", "9")
    assert (said.code, "digits" in said.err) == (3, True)
    assert not list((killed / "commands").glob("*.json"))


def test_what_was_closed_and_the_limits_are_shown_before(call: Caller, killed: Path) -> None:
    said = call("enable", killed, "--reason", "x", "--digits", "9")
    assert "closed: kill all: kill by" in said.out
    assert "no new risk" in said.out.split("the limits that will hold:")[1]


def test_with_nothing_closed_there_is_nothing_to_enable(call: Caller, finished: Path) -> None:
    said = call("enable", finished, "--reason", "x", "--digits", "1")
    assert (said.code, "no gate of all is closed" in said.err) == (3, True)
