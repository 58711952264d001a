"""One state on show: its frames add up to it."""

from pathlib import Path

from openbell.edges.web.ports import Frame
from openbell.run.live import Settings, live
from openbell.run.web.changes import Reader
from openbell.run.web.scene import Scene
from tests.run.small import small
from tests.run.web.deltas import fold


class Kept(Reader):
    """A reader that keeps every frame by itself."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.frames.readers, scene.whole)
        self.frames: list[Frame] = []

    def put(self, frame: Frame, joined: dict[int, Frame]) -> None:
        self.frames.append(frame)


def test_frames_lead_from_a_snapshot_to_every_later_one(tmp_path: Path) -> None:
    prepared, market = small(tmp_path)
    live(prepared, market, Settings(state=tmp_path / "s", until_bars=40))
    scene = Scene(tmp_path / "s")
    scene.follower.look(100_000)
    scene.tick()
    kept = Kept(scene)
    _, page = scene.whole()
    for bars in (41, 90, 200):
        live(prepared, market, Settings(state=tmp_path / "s", until_bars=bars))
        scene.follower.look(100_000)
        scene.feel()
        scene.tick()
    n, whole = scene.whole()
    assert [(one.since, one.n) for one in kept.frames] == [(k, k + 1) for k in range(n)]
    for one in kept.frames:
        fold(page, one.sections)
    for name in ("accounts", "deployments", "positions", "orders", "instruments", "limits", "run"):
        assert page[name] == whole[name], name
    assert page["fills"][-10:] == whole["fills"][-10:]
    scene.tick()
    assert scene.frames.n == n, "where nothing is new, nothing is numbered"
    scene.close()


def test_more_rows_than_are_kept_make_readers_take_a_snapshot(tmp_path: Path) -> None:
    prepared, market = small(tmp_path)
    live(prepared, market, Settings(state=tmp_path / "s", until_bars=20))
    scene = Scene(tmp_path / "s")
    scene.follower.look(100_000)
    scene.tick()
    reader = scene.reader()
    live(prepared, market, Settings(state=tmp_path / "s"))
    while scene.follower.look(100_000):
        pass
    scene.tick()
    assert reader._is_lost
    scene.close()
