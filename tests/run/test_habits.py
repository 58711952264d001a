"""What a private part does that a replay cannot do again is found by its names, line by line."""

from pathlib import Path

import pytest

from openbell.run.habits import habits
from tests.cli.process import CONFIG, perform

MINE = '''\
from openbell.core.codes import Code
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS = ()
STATE = (("bars", "i8", 1),)


def step(state, params, row):
    {line}
    return 0.0, int(Code.NO_SIGNAL)
'''


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import time", "imports time; use the bar's own ts"),
        ("from os.path import join", "imports os; use an option of its Config"),
        ("import numpy, random as r", "imports random; use openbell.core.draw"),
        ("import urllib.request", "imports urllib; use a feed of its own"),
        ("datetime.datetime.now(UTC)", "calls datetime.datetime.now(); use the bar's own ts"),
        ("date.today()", "calls date.today(); use the bar's own ts"),
        ("np.random.rand()", "calls np.random.rand(); use openbell.core.draw"),
        ("open('weights.txt')", "calls open(); use an option of its Config"),
        ("global seen", "keeps seen in its module, which a restart forgets; use its state"),
    ],
)
def test_what_a_replay_cannot_do_again_is_told_with_its_line(line: str, found: str, tmp_path: Path) -> None:
    assert habits(written(tmp_path, MINE.format(line=line))) == (f"line 14 {found}",)


@pytest.mark.parametrize(
    "line",
    ["import math", "from datetime import timedelta", "now(row)", "state.q[0] += 1", "self.open(3)", "x.today()"],
)
def test_what_is_the_same_each_time_is_not_told(line: str, tmp_path: Path) -> None:
    assert habits(written(tmp_path, MINE.format(line=line))) == ()


def test_all_of_a_file_is_told_in_its_order_and_nothing_of_none(tmp_path: Path) -> None:
    found = habits(written(tmp_path, "import random\n\n\ndef f():\n    return open(str(id(random)))\n"))
    assert [one.split(";")[0] for one in found] == ["line 1 imports random", "line 5 calls id()", "line 5 calls open()"]
    assert habits(written(tmp_path, "def f(:\n")) == habits(tmp_path / "none.py") == ()


def test_S2_140_a_file_beside_the_configuration_is_picked_up_and_linted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    file = tmp_path / "c.yaml"
    file.write_text(CONFIG.replace("{kind: ema_cross, fast: 12, slow: 26}", "{kind: ./mine.py}"), encoding="utf-8")
    assert perform(["check", str(file)]) == 2
    assert "mine.py" in capsys.readouterr().err
    written(tmp_path, MINE.format(line="import random"))
    assert perform(["check", str(file)]) == 0
    told = capsys.readouterr().err
    assert f"{file}:9:22 deployments[0].strategy.kind: warning: ./mine.py line 14 imports random" in told
    assert "[L413]" in told
    written(tmp_path, MINE.format(line="state.q[0] += 1"))
    assert perform(["check", str(file)]) == 0
    assert "[L413]" not in capsys.readouterr().err
    assert perform(["backtest", str(file)]) == 0
