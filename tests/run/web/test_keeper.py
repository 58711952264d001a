"""States come, go, and are sometimes none."""

import asyncio
import gc
import shutil
from pathlib import Path

import pytest

from openbell.edges.journal import Options
from openbell.edges.web.ports import UnknownState
from openbell.run import state as states
from openbell.run.live import Settings, live
from openbell.run.web.keeper import BEHIND_S, SHARE, Keeper
from openbell.run.web.scene import Scene
from tests.run.small import small
from tests.run.web.stage import home_with


def test_states_are_found_and_forgotten(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "none")
    keeper.find()
    assert keeper.scenes == {}
    keeper = Keeper(home_with(tmp_path, "a"))
    keeper.find()
    (tmp_path / "notes.txt").write_text("not a state", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    home_with(tmp_path, "b")
    keeper.find()
    first = keeper.scene("a")
    assert set(keeper.scenes) == {"a", "b"}
    keeper.find()
    assert keeper.scene("a") is first
    shutil.rmtree(tmp_path / "b")
    keeper.find()
    assert set(keeper.scenes) == {"a"}
    keeper.feel()
    keeper.close()


def test_named_states_alone_are_shown(tmp_path: Path) -> None:
    home_with(tmp_path, "a", "b")
    keeper = Keeper(tmp_path, (tmp_path / "b",))
    keeper.find()
    assert set(keeper.scenes) == {"b"}
    with pytest.raises(UnknownState, match="there is no state 'a'; there are: b"):
        keeper.scene("a")
    keeper.close()


def test_a_journal_that_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    states.journal(tmp_path / "odd").mkdir(parents=True)
    keeper = Keeper(tmp_path)
    keeper.find()
    with pytest.raises(UnknownState, match="no first record"):
        keeper.scene("odd")


async def rest(keeper: Keeper) -> None:
    """Let a keeper work until what it has read rests."""
    gc.unfreeze()  # What rests already, before the tests.
    at_work = asyncio.create_task(keeper.run())
    try:
        async with asyncio.timeout(30):
            while not gc.get_freeze_count() and not at_work.done():
                await asyncio.wait([at_work], timeout=0.01)
    finally:
        at_work.cancel()
        await asyncio.gather(at_work, return_exceptions=True)


def test_what_was_read_rests_once_it_was_read(tmp_path: Path) -> None:
    keeper = Keeper(home_with(tmp_path, "a"))
    try:
        asyncio.run(rest(keeper))
        assert keeper.scenes["a"].follower.seq > 1
        assert not any(one is keeper.scenes["a"] for one in gc.get_objects())
    finally:
        keeper.close()
        gc.freeze()  # As it was before.


def damage(state: Path) -> None:
    """Alter a byte of what a record in the middle of a journal's first segment tells."""
    first = min(path for path in states.journal(state).iterdir() if path.suffix == ".seg")
    data = bytearray(first.read_bytes())
    data[data.index(b"AAA", len(data.rstrip(b"\0")) // 2)] ^= 0xFF
    first.write_bytes(data)


def follow(keeper: Keeper, *names: str) -> None:
    for name in names:
        while name in keeper.scenes and keeper.look(keeper.scenes[name]):
            pass


def test_a_journal_that_ends_too_early_goes_dark_and_leaves_the_others_alone(tmp_path: Path) -> None:
    keeper = Keeper(home_with(tmp_path, "whole", "torn"))
    keeper.find()
    keeper.feel()
    assert set(keeper.scenes) == {"whole", "torn"}, "neither has been read to its end yet"
    damage(tmp_path / "torn")
    follow(keeper, "whole", "torn")
    keeper.feel()
    assert set(keeper.scenes) == {"whole"}
    with pytest.raises(UnknownState, match=r"torn: the journal breaks off behind record \d+; it had \d+"):
        keeper.scene("torn")
    assert keeper.folder("torn") == tmp_path / "torn", "a command still finds it"
    why = keeper.dark["torn"]
    keeper.find()
    assert keeper.dark["torn"] is why, "it is not read again while nobody writes to it"
    shutil.rmtree(tmp_path / "torn")
    home_with(tmp_path, "torn")
    keeper.find()
    follow(keeper, "torn")
    keeper.feel()
    assert set(keeper.scenes) == {"whole", "torn"} and not keeper.dark
    keeper.close()


def test_a_journal_with_a_gap_before_its_next_segment_goes_dark(tmp_path: Path) -> None:
    prepared, market = small(tmp_path)
    states.make(tmp_path / "torn")
    options = Options(segment_bytes=100_000, is_compressing=False)
    live(prepared, market, Settings(state=tmp_path / "torn", journal=options))
    damage(tmp_path / "torn")
    keeper = Keeper(tmp_path, (tmp_path / "torn",))
    keeper.find()
    follow(keeper, "torn")
    assert "breaks off behind record" in keeper.dark["torn"].why
    keeper.close()


def test_readers_are_told_once_all_is_read_and_never_all_the_time(tmp_path: Path) -> None:
    keeper = Keeper(home_with(tmp_path, "a"))
    keeper.find()
    scene = keeper.scene("a")
    told, now = [], 100.0

    def cost() -> None:
        nonlocal now
        told.append(now)
        now += 0.04
        Scene.tick(scene)

    scene.tick = cost  # type: ignore[method-assign]  # a tick of a known cost
    keeper.tell(scene, lambda: now, is_behind=False)
    assert told == [], "nobody looks"
    scene.reader()
    while keeper.look(scene):
        pass
    keeper.tell(scene, lambda: now, is_behind=False)
    assert len(told) == 1 and not scene.is_new
    now = scene.due
    keeper.tell(scene, lambda: now, is_behind=False)
    assert len(told) == 1, "nothing is new"
    scene._told_of = None
    keeper.tell(scene, lambda: now, is_behind=True)
    assert len(told) == 1, "there is more to read"
    now = told[0] + 0.04 + SHARE * 0.04 - 0.001
    keeper.tell(scene, lambda: now, is_behind=False)
    assert len(told) == 1, "a fifth of the time at most"
    now += 0.002
    keeper.tell(scene, lambda: now, is_behind=False)
    assert len(told) == 2
    now = scene.due + BEHIND_S + 0.001
    scene._told_of = None
    keeper.tell(scene, lambda: now, is_behind=True)
    assert len(told) == 3, "much to read keeps nobody waiting"
    keeper.close()
