"""`openbell new`: what it writes works as it stands."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from openbell.cli.new import KINDS, kinds
from tests.checklist.market import Told
from tests.cli.process import CONFIG, Said, begin, perform, records, until
from tools.tree import ROOT

Caller = Callable[..., Said]
OWN = """\
title: Own
mode: {mode}
source: {source}
instruments: {{AURA: {{kind: stock, calendar: 24x7}}}}
accounts:
  main: {{broker: {broker}, cash: 100000 USD}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 5}}
    instruments: [AURA]
    bars: {bars}
    account: main
    budget: {{capital: 10000 USD, per_position: 50%}}
"""


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[str]], str]:
    """Return a folder with a new part of each kind and a broken rule, how each one's tests ended, and what was said."""
    folder = tmp_path_factory.mktemp("parts")
    with redirect_stdout(StringIO()):
        for kind in KINDS:
            assert perform(["new", kind, f"my_{kind}", "--dir", str(folder)]) == 0
        assert perform(["new", "rule", "broken", "--dir", str(folder)]) == 0
    file = folder / "broken.py"
    file.write_text(file.read_text(encoding="utf-8").replace("since_open <", "since_open <="), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml", "told.xml"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    ended: dict[str, list[str]] = {}
    for case in ET.parse(folder / "told.xml").iter("testcase"):
        outcome = next((part.tag for part in case if part.tag in {"failure", "error", "skipped"}), "passed")
        ended.setdefault(case.attrib["classname"].removeprefix("test_"), []).append(outcome)
    return folder, ended, done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_its_test_passes_as_it_is_written(
    call: Caller, kind: str, tmp_path: Path, tried: tuple[Path, dict[str, list[str]], str]
) -> None:
    folder = tmp_path / "parts"
    data = call("new", kind, f"my_{kind}", "--dir", folder, "--json").data
    assert data == {"kind": kind, "part": str(folder / f"my_{kind}.py"), "test": str(folder / f"test_my_{kind}.py")}
    at, ended, said = tried
    for written in (data["part"], data["test"]):
        assert Path(written).read_bytes() == (at / Path(written).name).read_bytes()
    assert set(ended[f"my_{kind}"]) == {"passed"}, said


def test_its_test_fails_when_the_part_is_broken(tried: tuple[Path, dict[str, list[str]], str]) -> None:
    _, ended, said = tried
    assert "failure" in ended["broken"], said


def test_a_new_strategy_and_a_new_rule_trade(call: Caller, tmp_path: Path) -> None:
    call("new", "strategy", "mine", "--dir", tmp_path)
    call("new", "rule", "waits", "--dir", tmp_path)
    text = CONFIG.replace("{kind: ema_cross, fast: 12, slow: 26}", "{kind: ./mine.py, period: 30}")
    file = tmp_path / "a.yaml"
    file.write_text(text + "  ./waits.py: {wait: 1h}\n", encoding="utf-8")
    done = call("backtest", file, "--json").data
    assert done["fills"] > 10
    assert done["rejected_by_reason"]["session_hours"] > 0


def test_a_new_sizer_makes_positions_smaller(call: Caller, tmp_path: Path) -> None:
    call("new", "sizer", "small", "--dir", tmp_path)
    sizes = []
    for name, rule in (("full", ""), ("small", "  ./small.py: {part: 50%, first: 3d}\n")):
        file = tmp_path / f"{name}.yaml"
        file.write_text(CONFIG + rule, encoding="utf-8")
        assert call("run", file, "--state", tmp_path / name, "--json").code == 0
        entries = [order.qty for order in Told(tmp_path / name / "journal").entered]
        sizes.append(entries)
    assert len(sizes[0]) > 5
    assert sizes[1][0] == sizes[0][0] // 2 > 0
    assert max(sizes[1]) <= max(sizes[0]) // 2 + 1


def test_a_new_feed_gives_a_run_its_bars(call: Caller, tmp_path: Path) -> None:
    call("new", "feed", "mine", "--dir", tmp_path)
    (tmp_path / "bars").mkdir()
    lines = []
    for n in range(120):
        px = 100 + 5 * (n // 20 % 2)
        lines.append(f"2024-01-02T{15 + n // 60}:{n % 60:02}+00:00 {px} {px} {px} {px} 1000")
    (tmp_path / "bars" / "AURA.txt").write_text("\n".join(lines), encoding="utf-8")
    file = tmp_path / "a.yaml"
    file.write_text(
        OWN.format(source="{kind: ./mine.py, path: bars}", mode="sim", broker="sim", bars="1m"), encoding="utf-8"
    )
    done = call("backtest", file, "--json").data
    assert (done["bars"], done["fills"] > 2) == (120, True)
    (tmp_path / "bars" / "AURA.txt").unlink()
    said = call("backtest", file)
    assert said.code != 0 and "AURA.txt is not there" in said.err


def test_a_new_broker_is_traded_at_on_paper_and_found_again(call: Caller, tmp_path: Path) -> None:
    call("new", "broker", "mine", "--dir", tmp_path)
    file, desk = tmp_path / "a.yaml", tmp_path / "desk.json"
    broker = f"./mine.py, file: {desk}"
    file.write_text(
        OWN.format(source="", mode="paper", broker=broker, bars="1s").replace("source: \n", ""), encoding="utf-8"
    )

    def executions() -> list[dict[str, str]]:
        return json.loads(desk.read_text(encoding="utf-8"))["fills"] if desk.is_file() else []

    def seen() -> int:
        return records(tmp_path / "s") if (tmp_path / "s" / "journal").is_dir() else 0

    for _ in range(2):
        before, process = seen(), begin(tmp_path, "run", file, "--state", tmp_path / "s", "--json")
        until(lambda: bool(executions()), "an execution")
        until(lambda before=before: seen() > before + 5, "more bars")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=180)
        assert (process.returncode, "Traceback" in err) == (0, False), err
    told, orders = Told(tmp_path / "s" / "journal"), json.loads(desk.read_text(encoding="utf-8"))["orders"]
    held = sum(int(one["filled"]) * (1 if one["side"] == "buy" else -1) for one in orders.values())
    assert told.book.position("cross", "AURA").qty == held
    # Told again by every start, and counted once.
    assert len({fill.exec_id for fill in told.fills}) == len(executions()) == told.book.truth.counts.fills
    assert told.book.truth.mismatched == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("venue", "a"), "known: strategy, indicator, rule, sizer, feed, broker"),
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
