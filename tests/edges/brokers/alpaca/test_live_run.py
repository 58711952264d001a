"""Real money at the front: armed by a person, each entry confirmed, disarmed; and a dry run that sends nothing."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.process import until
from tests.edges.brokers.alpaca.test_paper_run import CONFIG, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A front at sixty times the clock, and the file of a run in a mode of its own."""
    made = Stage(tmp_path)
    yield made
    made.end(made.front, signal.SIGTERM)


def write(stage: Stage, mode: str) -> Path:
    url = (stage.folder / "ready").read_text().strip()
    text = CONFIG.format(url=url).replace("mode: paper\n", "")
    path = stage.folder / "paper.yaml"
    path.write_text(text.replace("broker: alpaca,", f"broker: alpaca, mode: {mode}, account: PA3K9ZQ1L7XY,"))
    return path


def say(stage: Stage, *words: str) -> "subprocess.CompletedProcess[str]":
    """Perform a verb in a process of its own, as a second window would."""
    command = [sys.executable, "-m", "openbell", *words]
    return subprocess.run(command, env=stage.env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def orders(stage: Stage) -> list[dict[str, Any]]:
    """Return every request of the front's log that could make or change an order."""
    return [one for one in stage.entries("request") if one["method"] != "GET"]


@pytest.mark.slow
def test_B28_D42_real_money_is_armed_confirmed_entry_by_entry_and_disarmed(stage: Stage) -> None:
    write(stage, "live")
    state = str(stage.folder / "state")
    refused = say(stage, "run", str(stage.folder / "paper.yaml"), "--state", state)
    assert (refused.returncode, "not armed" in refused.stderr) == (3, True)
    armed = say(stage, "arm", str(stage.folder / "paper.yaml"), "--state", state, "--digits", "L7XY")
    assert armed.returncode == 0, armed.stderr
    run = stage.engine()
    try:
        until(lambda: waiting(stage, state) != [], "a question")
        assert orders(stage) == []
        asked = waiting(stage, state)[0]
        said = say(stage, "confirm", state, "--id", asked["id"], "--answer", asked["qty"], "--json")
        assert json.loads(said.stdout)["orders"] != [], said
        until(lambda: len(stage.fills()) > 0, "the execution of what was confirmed")
        assert say(stage, "disarm", state).returncode == 0
        shown = json.loads(say(stage, "status", state, "--json").stdout)
        assert (shown["is_simulated"], shown["armed"]) == (True, {"main": {"until": None, "digits": "L7XY"}})
        assert "LIVE · SIMULATED" in say(stage, "status", state).stdout
        entered = len(orders(stage))
        until(lambda: len(stage.fills()) > 1, "the exit, although nothing is armed any more")
        until(
            lambda: "not_armed" in say(stage, "why", state, "AAPL").stdout + say(stage, "why", state, "SPY").stdout,
            "no",
        )
    finally:
        stage.end(run, signal.SIGTERM)
    records = stage.journal()
    assert {one["frame"]["data"]["order"]["side"] for one in stage.entries("booked")[entered:]} <= {"sell", "buy"}
    commands = [r["event"] for r in records if r["event"]["type"] == "Command"]
    assert [(one["kind"], bool(one["actor"])) for one in commands][:2] == [("arm", True), ("disarm", True)]
    answers = [r["event"] for r in records if r["event"]["type"] == "Answer"]
    assert (answers[0]["value"], bool(answers[0]["actor"])) == (asked["qty"], True)
    sent = [e for r in records for e in r["effects"] if e["type"] == "Submit" and not e["reduce_only"]]
    assert len(sent) == sum(1 for one in answers if one["is_ok"]), "an entry left that nobody confirmed"


def waiting(stage: Stage, state: str) -> list[dict[str, Any]]:
    """Return the entries that wait for a person, none before the run has a journal."""
    said = say(stage, "confirm", state, "--json")
    return json.loads(said.stdout)["waiting"] if said.returncode == 0 else []


@pytest.mark.slow
def test_S1_014_B28_a_dry_run_on_the_brokers_own_prices_sends_nothing(stage: Stage) -> None:
    write(stage, "dry_run")
    run = stage.engine()
    state = str(stage.folder / "state")
    try:
        until(lambda: json.loads(say(stage, "status", state, "--json").stdout or "{}").get("orders", 0) >= 6, "plans")
    finally:
        stage.end(run, signal.SIGTERM)
    planned = [e for r in stage.journal() for e in r["effects"] if e["type"] == "Submit"]
    assert len(planned) >= 6
    assert orders(stage) == []
    assert stage.entries("booked") == []
