"""What a state tells beside its journal."""

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.types import NS
from openbell.edges.alerts.outbox import NAME, Outbox
from openbell.files import write_whole
from openbell.run.alerts import desk
from openbell.run.clock import FakeClock
from openbell.run.web.aside import AGAIN_NS, AT_MOST, KEPT_LINES, KEPT_MESSAGES, SILENT_NS, Aside, Log
from openbell.run.web.scene import Scene
from tests.run.alerts.stage import NOW, market, notifier
from tests.run.web.stage import home_with


def line(n: int, more: str = "") -> str:
    return json.dumps({"@timestamp": "2024-01-02T00:00:00Z", "log.level": "info", "message": f"{n}{more}"}) + "\n"


def texts(found: tuple[list[dict[str, Any]], bool]) -> tuple[list[str], bool]:
    return [one["text"] for one in found[0]], found[1]


def test_a_log_is_read_on_from_where_it_was_and_a_line_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    log = Log(path)
    assert log.look() == ([], False), "there is none yet"
    path.write_text(line(1) + "no json\n[1]\n" + line(2))
    assert texts(log.look()) == (["1", "2"], False)
    assert log.look() == ([], False)
    with path.open("a") as file:
        file.write(line(3) + line(4)[:20])
    assert texts(log.look()) == (["3"], False)
    with path.open("a") as file:
        file.write(line(4)[20:])
    assert texts(log.look()) == (["4"], False)


def test_a_log_put_aside_is_begun_anew_and_said_to_lack_what_was_before(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    path.write_text(line(1))
    log = Log(path)
    log.look()
    path.rename(tmp_path / "main.log.1")
    assert log.look() == ([], False)
    path.write_text(line(2))
    assert texts(log.look()) == (["2"], True)
    path.write_text("")
    assert texts(log.look()) == ([], True), "it was emptied"


def test_more_than_is_kept_is_said_to_lack_something(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    path.write_text("".join(line(n) for n in range(200)))
    log = Log(path)
    assert texts(log.look()) == ([str(n) for n in range(200 - KEPT_LINES, 200)], True)
    with path.open("a") as file:
        file.write("".join(line(n, "x" * AT_MOST) for n in range(3)) + line(7))
    assert texts(log.look()) == (["7"], True), "it is not read from the beginning for that"


class Page:
    """What a page has of a log: frames put together as it does, with a snapshot where it is told to take one."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self.reader = scene, scene.reader()
        self.lines: list[int] = []
        self.take_whole()

    def take_whole(self) -> None:
        self.lines = [int(one["text"]) for one in self.reader.snapshot()[1]["log"]]

    def catch_up(self) -> None:
        if self.reader._is_lost:
            self.take_whole()
        elif self.reader._waiting is not None:
            added = self.reader._waiting.sections.get("log", {"add": []})["add"]
            self.lines += [int(one["text"]) for one in added]
            self.reader._waiting = None


@cache
def shown() -> Scene:
    """Return a small run's scene; its journal is only read."""
    home = home_with(Path(mkdtemp(prefix="openbell-aside-")), "small")
    (home / "small" / "logs").mkdir(exist_ok=True)
    return Scene(home / "small")


@given(st.lists(st.sampled_from(["write", "burst", "look", "tick", "catch up", "put aside"]), max_size=40))
def test_a_page_never_lacks_a_line_in_the_middle(steps: list[str]) -> None:
    scene = shown()
    path = scene.folder / "logs" / "main.log"
    path.unlink(missing_ok=True)
    scene.aside._log = Log(path)
    page, n = Page(scene), 0
    for step in [*steps, "write", "look", "tick", "catch up"]:
        if step in ("write", "burst"):
            many = 1 if step == "write" else KEPT_LINES + 5
            with path.open("a") as file:
                file.write("".join(line(n + k) for k in range(1, many + 1)))
            n += many
        elif step == "look":
            scene.take(scene.aside.look())
        elif step == "tick":
            scene.tick()
        elif step == "catch up":
            page.catch_up()
        elif path.exists():
            path.rename(path.with_suffix(".1"))
        assert page.lines == list(range(page.lines[0], page.lines[-1] + 1)) if page.lines else True
    assert page.lines[-1:] == [n], "the newest is there"
    page.reader.close()
    scene._lines.clear()


def test_messages_are_read_when_somebody_wrote_and_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = market(tmp_path, "[{name: hook, url: 'http://127.0.0.1:1/x', level: info}]")
    clock = FakeClock(NOW)
    one = notifier(made, clock)
    one.look()
    aside = Aside(made.state, clock)
    first = aside.look().sections
    assert first["told"][made.state.name]["problem"] == ""
    assert first["channels"]["hook"]["waiting"] == len(first["messages"]) > 3
    one.close()
    aside.look()
    with monkeypatch.context() as patch:
        patch.setattr("openbell.run.web.aside.told", None)
        assert aside.look().sections is first, "nobody wrote: the file is not even opened"
    with Outbox(made.state) as outbox:
        desk.acknowledge(outbox, [int(next(iter(first["messages"])))], "me", NOW)
    second = aside.look().sections
    acked = [key for key, row in second["messages"].items() if row["acked_by"] == "me"]
    assert acked == [next(iter(first["messages"]))]
    clock.sleep(SILENT_NS + AGAIN_NS)
    third = aside.look().sections
    assert not third["told"][made.state.name]["has_notifier"], "nobody wrote, and that is the news"


def test_of_many_messages_the_newest_are_told(tmp_path: Path) -> None:
    made = market(tmp_path, "[{name: hook, url: 'http://127.0.0.1:1/x'}]")
    one = notifier(made)
    one.look()
    one.close()
    with Outbox(made.state) as outbox:
        (row,) = outbox.history.rows(most=1)
        for n in range(2 * KEPT_MESSAGES):
            row.mark = f"more {n}"
            last = outbox.history.add(row)
    found = Aside(made.state, FakeClock(NOW)).look().sections["messages"]
    assert [int(key) for key in found] == list(range(last, last - KEPT_MESSAGES, -1))


def test_a_file_that_cannot_be_read_is_said_and_what_was_known_stays(tmp_path: Path) -> None:
    made = market(tmp_path, "[{name: hook, url: 'http://127.0.0.1:1/x'}]")
    one = notifier(made)
    one.look()
    one.close()
    name = made.state.name
    aside = Aside(made.state, FakeClock(NOW))
    known = aside.look().sections
    write_whole(made.state / NAME, b"not a database " * 100)
    for path in made.state.glob(f"{NAME}-*"):
        path.unlink()
    found = aside.look().sections
    assert found["messages"] == known["messages"] != {}
    assert found["told"][name] == {**known["told"][name], "problem": "file is not a database"}
    fresh = Aside(made.state, FakeClock(NOW + NS)).look().sections
    assert fresh["told"][name]["is_kept"] and fresh["told"][name]["problem"] and fresh["messages"] == {}


def test_a_state_without_an_outbox_says_so_and_gets_none(tmp_path: Path) -> None:
    home = home_with(tmp_path, "small")
    found = Aside(home / "small", FakeClock(NOW)).look()
    assert not found.sections["told"]["small"]["is_kept"]
    assert not (home / "small" / NAME).exists()
