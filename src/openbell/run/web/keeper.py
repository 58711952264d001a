"""Keeps up with every state that is shown."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from openbell.edges.web.ports import UnknownState
from openbell.run import state as states
from openbell.run.collector import Settled
from openbell.run.records import Unlike
from openbell.run.web.changes import Lobby
from openbell.run.web.rows import Row
from openbell.run.web.scene import Scene

LOOK_S = 0.02
"""How often journals are read, seconds."""
TELL_S, SHARE = 0.05, 5
"""Readers are told of what is new once it has been read, at most so often, seconds, and in at most one part of SHARE of
the time, however much there is to tell."""
CALM_S, BEHIND_S = 1.0, 0.25
"""They are told again after so long where nothing is new, and after so long in any case where there is much to read."""
LISTEN_S = 0.25
"""How often logs and messages are looked at, seconds."""
MOST_SCENES = 200
"""States shown at one time: those written last."""
_UNREADABLE = Unlike, OSError, ValueError


class Dark(msgspec.Struct, frozen=True, kw_only=True):
    """A state that cannot be shown.

    Attributes:
        folder: Its directory. why: In words. stamp: When its journal was written last, ns of the file system.
    """

    folder: Path
    why: str
    stamp: int

    def row(self) -> Row:
        """Return it as it is shown."""
        running = bool(states.runner(self.folder))
        return {"id": self.folder.name, "path": str(self.folder), "why": self.why, "is_running": running}


class Keeper:
    """The states below one folder, or some named ones.

    Attributes:
        scenes: By the name of their directories. dark: Those that cannot be shown, by name too.
        home: Folder of all states. lobby: The list of all.
    """

    def __init__(self, home: Path, only: tuple[Path, ...] = ()) -> None:
        """Keep the states below `home`, or `only` these."""
        self.scenes: dict[str, Scene] = {}
        self.dark: dict[str, Dark] = {}
        self.home, self._only = home, only
        self.lobby = Lobby()
        self._settled = Settled()

    async def run(self) -> None:
        """Keep up, for ever."""
        chores = (_Chore(2.0, self.find), _Chore(1.0, self.feel))
        clock = asyncio.get_running_loop().time
        while True:
            now = clock()
            for chore in chores:
                chore.do(now)
            is_behind = False
            for scene in list(self.scenes.values()):
                is_more = self.look(scene)
                is_behind |= is_more
                self.tell(scene, clock, is_behind=is_more)
                # Others are served between two states, and between two parts of a long journal.
                await asyncio.sleep(0)
            if not is_behind:
                self._settled.see(self.scenes.values())
            await asyncio.sleep(0 if is_behind else LOOK_S)

    async def listen(self) -> None:
        """Look for ever at what those states tell beside their journals that somebody looks at."""
        while True:
            for scene in [one for one in self.scenes.values() if one.is_watched]:
                scene.take(await asyncio.to_thread(scene.aside.look))
            await asyncio.sleep(LISTEN_S)

    def add(self, folder: Path) -> None:
        """Show one more state, also where only some are shown."""
        if self._only:
            self._only = (*self._only, folder)
        self.find()

    def look(self, scene: Scene) -> bool:
        """Let one state catch up; one that cannot be read on goes dark and the others stay."""
        try:
            return scene.follower.look()
        except _UNREADABLE as error:
            self._darken(scene.folder, error)
            return False

    def find(self) -> None:
        """Look for states that are new, and forget those that are gone."""
        found = {path.name: path for path in self._folders()}
        for name in [name for name in self.scenes if name not in found]:
            self.scenes.pop(name).close()
        self.dark = {name: one for name, one in self.dark.items() if name in found}
        for name, path in found.items():
            # What could not be read is read again once it was written to: a long journal is not read for nothing.
            is_new = name not in self.dark or self.dark[name].stamp != _stamp(path)
            if name not in self.scenes and is_new:
                self._begin(name, path)

    def _begin(self, name: str, path: Path) -> None:
        try:
            self.scenes[name] = Scene(path, self.home / "calendars.json", self.lobby)
            self.dark.pop(name, None)
        except _UNREADABLE as error:
            self._darken(path, error)

    def _darken(self, path: Path, error: Exception) -> None:
        if path.name in self.scenes:
            self.scenes.pop(path.name).close()
        self.dark[path.name] = Dark(folder=path, why=str(error), stamp=_stamp(path))

    def _folders(self) -> Iterator[Path]:
        candidates = self._only or (tuple(self.home.iterdir()) if self.home.is_dir() else ())
        found = [path for path in candidates if states.journal(path).is_dir()]
        dated = [(_stamp(path), path) for path in found]
        for _, path in sorted(dated, reverse=True)[:MOST_SCENES]:
            yield path

    def feel(self) -> None:
        """Look which engines live."""
        for scene in list(self.scenes.values()):
            scene.feel()
            if not scene.beat.process:
                self._check_end(scene)
        self.lobby.put(
            {name: one.listed() for name, one in self.scenes.items()},
            {name: one.row() for name, one in self.dark.items()},
        )

    def _check_end(self, scene: Scene) -> None:
        try:
            scene.follower.check_end()
        except _UNREADABLE as error:
            self._darken(scene.folder, error)

    def tell(self, scene: Scene, clock: Callable[[], float], *, is_behind: bool) -> None:
        """Tell the readers of a state what is new, if it is time; `clock` tells seconds."""
        begun = clock()
        wait = 0.0 if scene.is_new else CALM_S
        if not scene.frames.readers or begun < scene.due + max(wait, BEHIND_S if is_behind else 0.0):
            return
        scene.tick()
        now = clock()
        scene.due = now + max(TELL_S, SHARE * (now - begun))

    def scene(self, state: str) -> Scene:
        """Return a state. Raises UnknownState."""
        scene = self.scenes.get(state)
        if scene is None and state in self.dark:
            raise UnknownState(self.dark[state].why)
        if scene is None:
            known = ", ".join(list(self.scenes)[:10]) or "none yet"
            raise UnknownState(f"there is no state {state!r}; there are: {known}")
        return scene

    def folder(self, state: str) -> Path:
        """Return where a state is, also of one that cannot be shown. Raises UnknownState."""
        return self.dark[state].folder if state in self.dark else self.scene(state).folder

    def close(self) -> None:
        """Close every journal."""
        for scene in self.scenes.values():
            scene.close()


def _stamp(folder: Path) -> int:
    """Return when the newest file of a journal was written last, 0 where there is none."""
    try:
        return max((entry.stat().st_mtime_ns for entry in states.journal(folder).iterdir()), default=0)
    except OSError:
        return 0


class _Chore:
    """Something to be done every so often."""

    def __init__(self, every_s: float, act: Callable[[], None]) -> None:
        self._every_s, self._act, self._due = every_s, act, 0.0

    def do(self, now: float) -> None:
        if now >= self._due:
            self._due = now + self._every_s
            self._act()
