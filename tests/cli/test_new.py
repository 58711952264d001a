"""`openbell new`: what it writes works as it stands."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.cli.new import KINDS, kinds
from tests.cli.process import CONFIG, Said
from tools.tree import ROOT

Caller = Callable[..., Said]


@pytest.mark.parametrize("kind", KINDS)
def test_its_test_passes_as_it_is_written(call: Caller, kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    data = call("new", kind, "my_part", "--dir", folder, "--json").data
    assert data == {"kind": kind, "part": str(folder / "my_part.py"), "test": str(folder / "test_my_part.py")}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", data["test"]]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_its_test_fails_when_the_part_is_broken(call: Caller, tmp_path: Path) -> None:
    call("new", "rule", "broken", "--dir", tmp_path)
    file = tmp_path / "broken.py"
    file.write_text(file.read_text(encoding="utf-8").replace("since_open <", "since_open <="), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_broken.py"]
    assert subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False).returncode == 1


def test_a_new_strategy_and_a_new_rule_trade(call: Caller, tmp_path: Path) -> None:
    call("new", "strategy", "mine", "--dir", tmp_path)
    call("new", "rule", "waits", "--dir", tmp_path)
    text = CONFIG.replace("{kind: ema_cross, fast: 12, slow: 26}", "{kind: ./mine.py, period: 30}")
    file = tmp_path / "a.yaml"
    file.write_text(text + "  ./waits.py: {wait: 1h}\n", encoding="utf-8")
    done = call("backtest", file, "--json").data
    assert done["fills"] > 10
    assert done["rejected_by_reason"]["session_hours"] > 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sizer", "a"), "known: strategy, indicator, rule"),
        (("strategy", "My-Part"), "lower case letters"),
        (("strategy", "class"), "is not a file name for Python"),
    ],
)
def test_what_cannot_be_made_is_told(call: Caller, tmp_path: Path, words: tuple[str, str], told: str) -> None:
    said = call("new", *words, "--dir", tmp_path)
    assert said.code == 2 and told in said.err
    assert list(tmp_path.glob("*.py")) == []


def test_nothing_is_overwritten(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("mine", encoding="utf-8")
    said = call("new", "strategy", "mine", "--dir", tmp_path)
    assert said.code == 2 and "would be overwritten" in said.err
    assert (tmp_path / "test_mine.py").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "mine.py").exists()


def test_kinds_complete_in_the_shell() -> None:
    assert kinds("") == list(KINDS) and kinds("in") == ["indicator"]
