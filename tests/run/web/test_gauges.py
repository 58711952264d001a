"""What Prometheus and Grafana are given."""

import json
import re

from openbell.run.clock import WallClock
from openbell.run.web.gauges import NAMES, exposition
from openbell.run.web.scene import Scene
from tests.run.web.stage import played
from tools.tree import ROOT


def test_a_label_cannot_end_its_line() -> None:
    scene = Scene(played())
    scene.name = 'a"b\\c\nd'
    text = exposition([scene], WallClock())
    scene.close()
    assert 'openbell_up{state="a\\"b\\\\c\\nd",mode="sim"} 0\n' in text
    assert all(line.startswith(("#", "openbell_")) for line in text.splitlines())


def test_the_board_asks_for_names_that_there_are_and_the_page_lists_them_all() -> None:
    board = (ROOT / "docs" / "how-to" / "grafana.json").read_text(encoding="utf-8")
    asked = set(re.findall(r"openbell_[a-z_]+", board))
    assert len(asked) >= 10 and asked <= set(NAMES)
    assert len(json.loads(board)["panels"]) >= 8
    page = (ROOT / "docs" / "how-to" / "control-room.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(openbell_[a-z_]+)` \| (.*) \|$", page, re.MULTILINE))
    assert rows == NAMES
