"""`openbell stop`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import LASTS, Said, begin, config_of, records, until

Caller = Callable[..., Said]


def test_a_running_engine_stops_in_good_order(call: Caller, tmp_path: Path) -> None:
    config, state = tmp_path / "c.yaml", tmp_path / "s"
    config.write_text(config_of(speed=LASTS), encoding="utf-8")
    process = begin(tmp_path, "run", config, "--state", state, "--json")
    until(lambda: records(state) > 60, "the first bars")
    data = call("stop", state, "--json").data
    assert (data["is_taken"], data["pid"]) == (True, process.pid)
    out, err = process.communicate(timeout=180)
    assert (process.returncode, err, '"is_complete": false' in out) == (0, "", True)


def test_without_an_engine_there_is_nothing_to_stop(call: Caller, finished: Path) -> None:
    assert "nothing to stop" in call("stop", finished).out
    assert call("stop", finished, "--json").data["is_taken"] is False
    assert list((finished / "commands").iterdir()) == []


def test_to_close_waits_for_the_next_start(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    call("run", config, "--until", "2024-01-02T01:00", "--state", state, "--json")
    assert "next start" in call("stop", state, "--close").out
    data = call("run", config, "--state", state, "--json").data
    assert (data["is_complete"], call("positions", state, "--json").data["positions"]) == (False, [])
