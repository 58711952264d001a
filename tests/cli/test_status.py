"""`openbell status`."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.run.latency import Latencies, Tally, write_latencies
from tests.cli.process import Said

Caller = Callable[..., Said]


def test_a_finished_state_tells_its_book(call: Caller, finished: Path) -> None:
    said = call("status", finished)
    assert "[PAPER · SIMULATED]  SYNTHETIC market data  Small" in said.out
    assert "no engine runs it" in said.out
    assert "LIVE TRADING ENGINE STATUS" in said.out
    data = call("status", "--state", finished, "--json").data
    assert (data["is_running"], data["bars"], data["latches"], data["commands_waiting"]) == (False, 2880, [], 0)
    assert data["equity_start"] == "10000"
    # It ran at full speed, where nobody waits and nothing is measured.
    assert data["latency"] == {} and "latency" not in said.out


def test_what_the_stages_of_an_order_take_is_told(call: Caller, finished: Path, tmp_path: Path) -> None:
    state = shutil.copytree(finished, tmp_path / "s")
    signal = Tally()
    for span in (1_500, 1_500, 30_000_000):
        signal.note(span)
    write_latencies(state, Latencies(pid=1, since=1, tallies={"main": {"signal": signal}}))
    assert "latency of main, 50 % / 99 % within: signal 1.75 us / 49.1 ms" in call("status", state).out
    told = call("status", state, "--json").data["latency"]["main"]["signal"]
    assert (told["count"], told["p50_s"]) == (3, pytest.approx(1.75e-6))


def test_the_newest_state_is_meant_where_none_is_named(
    call: Caller, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(finished.parent))
    assert call("status", "--json").data["state"] == str(finished)


def test_a_closed_gate_and_what_waits_are_shown(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    call("run", config, "--until", "2024-01-02T01:00", "--state", state, "--json")
    assert "next start" in call("kill", state, "--reason", "looks wrong").out
    assert "waiting for the engine: kill" in call("status", state).out
    call("run", config, "--state", state, "--json")
    said = call("status", state)
    assert "NO NEW RISK" in said.out
    assert "looks wrong" in said.out
    assert call("status", state, "--json").data["latches"][0]["kind"] == "kill"


def test_the_demo_keeps_its_word(call: Caller, tmp_path: Path) -> None:
    call("demo", "--until-bars", 30, "--speed", "max", "--state", tmp_path / "s", "--json")
    assert call("status", tmp_path / "s", "--json").data["mode"] == "demo"


def test_a_running_engine_is_seen(call: Caller, finished: Path) -> None:
    from openbell.cli.shell.place import hold

    lock = finished / "journal" / "lock"
    before = lock.read_text(encoding="ascii")
    lock.write_text(str(os.getpid()), encoding="ascii")
    with hold(finished):
        data = call("status", finished, "--json").data
    lock.write_text(before, encoding="ascii")
    assert (data["is_running"], data["pid"]) == (True, os.getpid())


def test_what_waits_for_a_person_is_shown(call: Caller, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openbell.report.barred.frozen", lambda _: ["cross: A-9 executed 9 of 8"])
    assert "NO ENTRY: cross: A-9 executed 9 of 8" in call("status", finished).out
    data = call("status", finished, "--json").data
    assert (data["frozen"], data["mismatched"]) == ({}, {})
