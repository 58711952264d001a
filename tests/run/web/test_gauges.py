"""What Prometheus and Grafana are given."""

import json
import re
import resource
import shutil
import time
from pathlib import Path

import pytest

from openbell.run.clock import WallClock
from openbell.run.sensors import Machine
from openbell.run.web.gauges import NAMES, exposition
from openbell.run.web.scene import Scene
from tests.run.web.stage import Stage, home_with, on_stage, played, running
from tools.tree import ROOT


def test_a_label_cannot_end_its_line() -> None:
    scene = Scene(played())
    scene.name = 'a"b\\c\nd'
    text = exposition([scene], WallClock(), Machine(scene.folder))
    scene.close()
    assert 'openbell_up{state="a\\"b\\\\c\\nd",mode="sim"} 0\n' in text
    assert all(line.startswith(("#", "openbell_")) for line in text.splitlines())


def test_the_use_of_machine_and_engine_is_told_as_the_kernel_tells_it(tmp_path: Path) -> None:
    said: list[str] = []

    async def act(stage: Stage) -> None:
        await stage.come_in()
        said.append(await stage.get("/metrics"))

    with running(home_with(tmp_path, "small") / "small"):
        on_stage(tmp_path, act)
    (text,) = said
    told = dict(re.findall(r"^(openbell_(?:engine|machine)_\w+)(?:\{state=\"small\"\})? (\S+)$", text, re.MULTILINE))
    # This process holds the journal's lock: it is the engine here.
    assert 0.5 * time.process_time() <= float(told["openbell_engine_cpu_seconds_total"]) <= time.process_time() + 1.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert 0.1 * most < float(told["openbell_engine_memory_bytes"]) <= 1.1 * most
    uses = [float(told[f"openbell_machine_{what}_ratio"]) for what in ("cpu", "memory", "disk")]
    assert all(0.0 <= use <= 1.0 for use in uses)
    disk = shutil.disk_usage(tmp_path)
    assert uses[2] == pytest.approx(disk.used / (disk.used + disk.free), abs=0.01)


def test_the_board_asks_for_names_that_there_are_and_the_page_lists_them_all() -> None:
    board = (ROOT / "docs" / "how-to" / "grafana.json").read_text(encoding="utf-8")
    asked = set(re.findall(r"openbell_[a-z_]+", board))
    assert len(asked) >= 10 and {name.removesuffix("_bucket") for name in asked} <= set(NAMES)
    assert len(json.loads(board)["panels"]) >= 8
    page = (ROOT / "docs" / "how-to" / "control-room.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(openbell_[a-z_]+)` \| (.*) \|$", page, re.MULTILINE))
    assert rows == NAMES
