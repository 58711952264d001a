"""`openbell init`."""

import os
import pty
import stat
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest

from tests.cli.process import Said, words
from tools.tree import ROOT

Caller = Callable[..., Said]
DATA = Path(os.environ.get("OPENBELL_DATA") or ROOT.parent / "shared" / "data")


@pytest.mark.slow
def test_five_times_enter_gives_a_file_that_is_checked_and_runs(call: Caller, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with Popen(words("init", "first.yaml"), stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path, env=environment):
        os.write(ours, b"\n" * 5)
        os.close(theirs)
        said = b""
        while chunk := _read(ours):
            said += chunk
    os.close(ours)
    assert said.count(b"]: ") == 5
    assert said.decode().splitlines()[-2:] == ["then: openbell plan first.yaml", "      openbell run first.yaml"]
    file = tmp_path / "first.yaml"
    checked = call("check", file)
    assert (checked.code, checked.err) == (0, "")
    assert call("plan", file).code == 0
    assert call("run", file, "--speed", "max", "--json").data["mode"] == "sim"


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux answers so when the other end is closed.
        return b""


def test_nothing_is_overwritten(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine", encoding="utf-8")
    (tmp_path / ".env.example").write_text("mine", encoding="utf-8")
    said = call("init", file, "--yes")
    assert said.code == 2
    assert "overwrites nothing" in said.err
    assert call("init", tmp_path / "other.yaml", "--yes").code == 0
    assert file.read_text(encoding="utf-8") == (tmp_path / ".env.example").read_text(encoding="utf-8") == "mine"


def test_options_answer_instead(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "fx.yaml"
    said = call(
        "init", file, "--yes", "--symbols", "EURUSD, GBPUSD", "--risk", "medium", "--cash", "20000 USD", "--json"
    )
    assert said.data == {
        "written": [str(file), str(tmp_path / ".env.example")],
        "next": [f"openbell plan {file}", f"openbell run {file}"],
    }
    text = file.read_text(encoding="utf-8")
    assert "{default: {kind: fx}}" in text
    assert "cash: 20000 USD" in text
    assert "{kind: daily_loss, limit: 2%" in text


@pytest.mark.parametrize(
    ("options", "words_of_error"),
    [
        (["--risk", "wild"], "--risk: 'wild' is none of them\nnext: write low, medium or high"),
        (["--mode", "live"], "--mode: 'live' is none of them"),
        (["--cash", "many"], "--cash: 'many' is not an amount of money"),
        (["--bars", "5"], "--bars: '5' is not a length of time"),
        (["--data", "nowhere"], "--data: nowhere does not exist"),
        (["--symbols", "SPY,SPY"], "--symbols: SPY stands twice"),
        (["--alerts", "me"], "--alerts: that is no address"),
        (["--bars", "2d"], "a synthetic bar is from 1s to 1d long"),
    ],
)
def test_a_wrong_option_is_told_and_nothing_is_written(
    options: list[str], words_of_error: str, call: Caller, tmp_path: Path
) -> None:
    said = call("init", tmp_path / "first.yaml", "--yes", *options)
    assert said.code == 2
    assert words_of_error in said.err
    assert list(tmp_path.glob("*.yaml")) == []


def test_the_address_of_alerts_is_kept_out_of_the_file(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "first.yaml"
    assert call("init", file, "--yes", "--alerts", "https://hook.example/canary").code == 0
    assert "canary" not in file.read_text(encoding="utf-8")
    kept = tmp_path / ".env"
    assert kept.read_text(encoding="utf-8") == "ALERT_URL=https://hook.example/canary\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    said = call("check", file)
    assert (said.code, said.err) == (0, "")
    again = call("init", tmp_path / "second.yaml", "--yes", "--alerts", "https://hook.example/other")
    assert "add the line ALERT_URL" in again.err
    assert "canary" in kept.read_text(encoding="utf-8")


def test_a_folder_that_is_not_there_is_told(call: Caller, tmp_path: Path) -> None:
    said = call("init", tmp_path / "no" / "first.yaml", "--yes")
    assert (said.code, "mkdir -p" in said.err) == (2, True)


@pytest.mark.parametrize("source", ["us_equity_1d", "fx_1d"])
def test_recorded_bars_and_five_times_enter_give_a_file_that_trades(call: Caller, tmp_path: Path, source: str) -> None:
    if not (DATA / source).is_dir():
        pytest.skip(f"{source} is not at hand")
    file = tmp_path / "first.yaml"
    assert call("init", file, "--yes", "--data", DATA / source).code == 0
    assert call("plan", file).code == 0
    data = call("backtest", file, "--engine", "plain", "--json").data
    assert data["fills"] > 100
