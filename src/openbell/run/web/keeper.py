"""Keeps up with every state that is shown."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from openbell.edges.web.ports import UnknownState
from openbell.run import state as states
from openbell.run.records import Unlike
from openbell.run.web.scene import Scene

LOOK_S = 0.02
"""How often journals are read, seconds."""
MOST_SCENES = 200
"""States shown at one time: those written last."""


class Keeper:
    """The states below one folder, or some named ones.

    Attributes:
        scenes: By the name of their directories.
    """

    def __init__(self, home: Path, only: tuple[Path, ...] = ()) -> None:
        """Keep the states below `home`, or `only` these."""
        self.scenes: dict[str, Scene] = {}
        self._home, self._only = home, only
        self._bad: dict[str, str] = {}

    async def run(self) -> None:
        """Keep up, for ever."""
        chores = (_Chore(2.0, self.find), _Chore(1.0, self.feel), _Chore(0.1, self.tick))
        while True:
            now = asyncio.get_running_loop().time()
            for chore in chores:
                chore.do(now)
            is_behind = False
            for scene in list(self.scenes.values()):
                is_behind |= scene.follower.look()
                # Others are served between two states, and between two parts of a long journal.
                await asyncio.sleep(0)
            await asyncio.sleep(0 if is_behind else LOOK_S)

    def find(self) -> None:
        """Look for states that are new, and forget those that are gone."""
        found = {path.name: path for path in self._folders()}
        for name in [name for name in self.scenes if name not in found]:
            self.scenes.pop(name).close()
        for name, path in found.items():
            if name not in self.scenes:
                self._begin(name, path)

    def _begin(self, name: str, path: Path) -> None:
        try:
            self.scenes[name] = Scene(path, self._home / "calendars.json")
            self._bad.pop(name, None)
        except (Unlike, OSError, ValueError) as error:
            self._bad[name] = str(error)

    def _folders(self) -> Iterator[Path]:
        candidates = self._only or (tuple(self._home.iterdir()) if self._home.is_dir() else ())
        found = [path for path in candidates if states.journal(path).is_dir()]
        dated = [(states.journal(path).stat().st_mtime_ns, path) for path in found]
        for _, path in sorted(dated, reverse=True)[:MOST_SCENES]:
            yield path

    def feel(self) -> None:
        """Look which engines live."""
        for scene in self.scenes.values():
            scene.feel()

    def tick(self) -> None:
        """Tell the readers what is new."""
        for scene in self.scenes.values():
            if scene.readers:
                scene.tick()

    def scene(self, state: str) -> Scene:
        """Return a state. Raises UnknownState."""
        scene = self.scenes.get(state)
        if scene is None:
            known = ", ".join(list(self.scenes)[:10]) or "none yet"
            raise UnknownState(self._bad.get(state, f"there is no state {state!r}; there are: {known}"))
        return scene

    def close(self) -> None:
        """Close every journal."""
        for scene in self.scenes.values():
            scene.close()


class _Chore:
    """Something to be done every so often."""

    def __init__(self, every_s: float, act: Callable[[], None]) -> None:
        self._every_s, self._act, self._due = every_s, act, 0.0

    def do(self, now: float) -> None:
        if now >= self._due:
            self._due = now + self._every_s
            self._act()
