"""`openbell enable`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checklist.market import Market, rows
from tests.checklist.market import config as config_text
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


@pytest.mark.parametrize("rule", ["", "recovery: {}"])
def test_what_is_still_to_be_shown_before_entries_pass_is_said(call: Caller, tmp_path: Path, rule: str) -> None:
    bars = rows([100, 100, 100, 100])
    market = Market(tmp_path, config_text().replace("  preset: none\n", f"  preset: none\n  {rule}\n"), bars)
    market.run("--until", "2024-01-02T00:02")
    call("kill", market.state, "--tier", "1", "--reason", "drill")
    market.run("--until", "2024-01-02T00:03")
    digits = call("status", market.state, "--json").data["account_digits"]["main"]
    said = call("enable", market.state, "--reason", "looked at it", "--digits", digits).out
    assert ("once feeds and venue have shown that they work" in said) == bool(rule)
