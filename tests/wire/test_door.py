"""The way out of a front, under faults that last."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from openbell.core.types import NS
from openbell.wire.deeds import DEEDS
from openbell.wire.door import Door, encoded
from openbell.wire.log import Log
from openbell.wire.mischief import Frame, Mischief
from openbell.wire.script import rule_of
from tests.wire.test_mischief import GROUND, Small, said


class Stage:
    """A door whose clock is set by hand, and what was delivered through it."""

    def __init__(self, folder: Path, *faults: dict[str, Any]) -> None:
        self.now = 0
        self.told: list[Any] = []
        self._news = asyncio.Event()
        mischief = Mischief([rule_of(fault, GROUND) for fault in faults], Small(), DEEDS)
        self.door = Door(mischief, Log(folder / "door.log"), lambda: self.now)
        self.door.deliver = lambda frame: self.hear(frame.body)
        self.door.deafen = lambda: self.hear("deaf")
        self.door.cut = lambda: self.hear("cut")

    def hear(self, what: Any) -> None:
        """Note what was delivered."""
        self.told.append(what)
        self._news.set()

    async def until(self, count: int) -> None:
        """Wait for so many deliveries."""
        async with asyncio.timeout(180):
            while len(self.told) < count:
                self._news.clear()
                await self._news.wait()


def through(folder: Path, scene: Callable[[Stage], Awaitable[None]], *faults: dict[str, Any]) -> list[Any]:
    """Play a scene at a door; return what was delivered."""

    async def run() -> list[Any]:
        stage = Stage(folder, *faults)
        await scene(stage)
        return stage.told

    return asyncio.run(run())


def test_announcements_go_straight_through_without_faults(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        door = stage.door
        for n in range(3):
            door.publish(said("orders", n))

    assert through(tmp_path, scene) == [0, 1, 2]


def test_F62_what_is_stalled_comes_later_in_its_order(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        door = stage.door
        for n in range(5):
            door.publish(said("orders", n))
        assert (stage.told, door.windows.is_during("stall")) == ([0], True)
        stage.now = NS
        door.publish(said("orders", 5))
        await stage.until(6)

    assert through(tmp_path, scene, {"do": "stall", "at": "on_order", "nth": 2, "lasts": "30ms"}) == [0, 1, 2, 3, 4, 5]


def test_F44_what_is_muted_is_lost_and_stands_in_the_log(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        door = stage.door
        for n in range(3):
            door.publish(said("orders", n))
            door.publish(said("bars", f"bar {n}"))

    assert through(tmp_path, scene, {"do": "mute", "at": "on_order", "lasts": "60s"}) == ["bar 0", "bar 1", "bar 2"]
    assert (tmp_path / "door.log").read_text().count("swallowed") == 3


def test_a_lag_makes_everything_late(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        door = stage.door
        door.publish(said("bars", "late"))
        door.publish(said("orders", "late too"))
        door.windows.close()
        door.publish(said("orders", "now"))
        await stage.until(3)

    assert through(tmp_path, scene, {"do": "lag", "at": "on_bar", "after": "10ms", "lasts": "60s"}) == [
        "now", "late", "late too",
    ]  # fmt: skip


def test_F54_a_ban_meets_every_request_until_it_is_over(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        door = stage.door
        replies, is_cut = door.take(("submit", "a"))
        assert ([frame.body for frame in replies], is_cut) == (["banned"], False)
        assert [frame.body for frame in door.take(("account", ""))[0]] == ["banned"]
        stage.now = NS
        assert [frame.body for frame in door.take(("account", ""))[0]] == [["account "]]

    through(tmp_path, scene, {"do": "ban", "at": "submit", "lasts": "30ms"})


def test_F43_F45_sockets_are_deafened_before_and_cut_behind_what_is_told(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        door = stage.door
        door.publish(said("orders", 1))
        door.publish(said("executions", 2))

    faults = [{"do": "mute_socket", "at": "on_order"}, {"do": "disconnect", "at": "on_execution"}]
    assert through(tmp_path, scene, *faults) == ["deaf", 1, 2, "cut"]


def test_a_reply_is_its_own_words_or_its_body() -> None:
    assert [encoded(Frame(stream="reply", **one)) for one in ({"raw": "<p>"}, {"body": {"a": 1}}, {}, {"raw": "null"})] == [
        b"<p>", b'{"a":1}', b"", b"null",
    ]  # fmt: skip
