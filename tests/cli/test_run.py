"""`openbell run`: journaled, resumable, stoppable, one writer."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.cli.run import name_of
from tests.cli.process import LASTS, Said, begin, config_of, records, until

Caller = Callable[..., Said]
FIGURES = (
    "mode", "bars", "events", "orders", "fills", "trades", "rejected_by_reason", "equity_start", "equity_end",
    "max_drawdown", "orders_hash", "journal_head", "recovered_seq", "bars_this_process", "events_per_s",
)  # fmt: skip


def test_a_run_tells_its_figures_and_leaves_a_report(call: Caller, config: Path, tmp_path: Path) -> None:
    said = call("run", config, "--state", tmp_path / "s", "--json")
    data = said.data
    assert [name for name in FIGURES if name not in data] == []
    assert (said.code, said.err, data["bars"], data["is_complete"]) == (0, "", 2880, True)
    assert (data["equity_start"], isinstance(data["equity_end"], str)) == ("10000", True)
    assert Path(data["report"]) == tmp_path / "s" / "report.html"
    assert "<html" in Path(data["report"]).read_text(encoding="utf-8")[:200].lower()


def test_a_finished_state_run_again_appends_nothing(call: Caller, config: Path, tmp_path: Path) -> None:
    first = call("run", config, "--state", tmp_path / "s", "--json").data
    again = call("run", config, "--state", tmp_path / "s", "--json").data
    assert again["recovered_seq"] == first["events"]
    assert again["bars_this_process"] == 0
    same = ("journal_head", "orders_hash", "equity_end", "bars", "fills")
    assert [again[name] for name in same] == [first[name] for name in same]


def test_piped_output_is_clean(config: Path, tmp_path: Path) -> None:
    process = begin(tmp_path, "run", config)
    out, err = process.communicate(timeout=180)
    assert process.returncode == 0
    assert "\x1b" not in out + err
    assert "\r" not in out + err
    assert "SYNTHETIC market data" in out
    assert out.index("SESSION METRICS") < out.index("Executed Trades") < out.index("OPEN POSITIONS")
    assert str(tmp_path / "small-") in out


def test_a_dry_run_sends_nothing(call: Caller, config: Path, tmp_path: Path) -> None:
    data = call("run", config, "--mode", "dry_run", "--state", tmp_path / "s", "--json").data
    assert (data["mode"], data["fills"], data["equity_end"]) == ("dry_run", 0, "10000")
    assert data["orders"] > 0


def test_until_is_the_last_moment(call: Caller, config: Path, tmp_path: Path) -> None:
    data = call("run", config, "--until", "2024-01-02", "--state", tmp_path / "s", "--json").data
    assert (data["bars"], data["is_complete"]) == (1440, False)
    rest = call("run", config, "--state", tmp_path / "s", "--json").data
    assert (rest["bars"], rest["bars_this_process"]) == (2880, 1440)


def test_another_configuration_is_refused_for_an_old_state(call: Caller, config: Path, tmp_path: Path) -> None:
    call("run", config, "--state", tmp_path / "s", "--json")
    config.write_text(config_of().replace("10000 USD, per_position: 50%", "5000 USD, per_position: 50%"))
    said = call("run", config, "--state", tmp_path / "s")
    assert said.code == 2
    assert "capital of cross 10000 -> 5000" in said.err, said.err
    assert "reload" in said.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_in_good_order(config: Path, tmp_path: Path, number: int, call: Caller) -> None:
    state = tmp_path / "s"
    process = begin(tmp_path, "run", config, "--speed", LASTS, "--state", state)
    until(lambda: records(state) > 60, "the first bars")
    second = call("run", config, "--state", state)
    assert (second.code, "in use by process" in second.err) == (3, True)
    process.send_signal(number)
    out, err = process.communicate(timeout=180)
    assert (process.returncode, "Traceback" in err) == (0, False)
    assert "SESSION METRICS" in out
    assert "stopped before the end of the source" in out
    assert (state / "report.html").is_file()


def test_a_killed_run_goes_on_to_the_same_end(call: Caller, tmp_path: Path) -> None:
    config = tmp_path / "long.yaml"
    config.write_text(config_of(days=8), encoding="utf-8")
    whole = call("run", config, "--state", tmp_path / "whole", "--json").data
    state = tmp_path / "killed"
    process = begin(tmp_path, "run", config, "--speed", "30000x", "--state", state, "--json")
    until(lambda: records(state) > 500, "some hundred records")
    process.kill()
    process.communicate(timeout=180)
    rest = call("run", config, "--state", state, "--json").data
    assert rest["recovered_seq"] > 500
    assert 0 < rest["bars_this_process"] < rest["bars"]
    same = ("orders_hash", "equity_end", "bars", "orders", "fills", "trades", "max_drawdown")
    assert [rest[name] for name in same] == [whole[name] for name in same]


def test_recorded_bars_take_the_place_of_the_files_source(call: Caller, config: Path, tmp_path: Path) -> None:
    rows = ["ts,symbol,open,high,low,close,volume"]
    rows += [f"2024-01-02 {n // 60:02d}:{n % 60:02d},AURA,100,101,99,{100 + n % 2},10" for n in range(120)]
    (tmp_path / "bars").mkdir()
    for name in ("one_selected.csv", "other.csv"):
        (tmp_path / "bars" / name).write_text("\n".join(rows), encoding="utf-8")
    refused = call("run", config, "--data", tmp_path / "bars")
    assert (refused.code, "--source" in refused.err) == (2, True)
    asked = ("run", config, "--data", tmp_path / "bars", "--source", "selected", "--json")
    data = call(*asked).data
    assert (data["bars"], data["is_synthetic"]) == (120, False)


def test_a_new_state_is_named_after_the_file() -> None:
    assert name_of(Path("a/my.yaml")) == "my"
    assert name_of(Path("examples/demo/config.yaml")) == "demo"


def test_a_defect_in_the_report_loses_no_result(call: Caller, config: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be", encoding="utf-8")
    data = call("run", config, "--report", tmp_path / "taken" / "r.html", "--json").data
    assert (data["report"], data["bars"]) == (None, 2880)
    assert "could not be written" in json.dumps(data["notes"])
