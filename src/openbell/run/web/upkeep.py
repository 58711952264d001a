"""What those ask who look after the system, as `edges/web` asks for it."""

from typing import Any

from openbell.core.types import DAY_NS
from openbell.edges.web.ports import UnknownState
from openbell.run import state as states
from openbell.run.clock import Clock
from openbell.run.sensors import Machine
from openbell.run.web import wellbeing
from openbell.run.web.aside import MAIN, newest
from openbell.run.web.gauges import exposition
from openbell.run.web.keeper import Keeper


class Upkeep:
    """See `edges.web.ports.Upkeep`; every method does what the port says of it."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        """Tell of what a keeper keeps."""
        self._keeper, self._clock = keeper, clock
        self._machine = Machine(keeper.home)

    def metrics(self) -> str:
        """See the port."""
        return exposition(list(self._keeper.scenes.values()), self._clock, self._machine)

    def faults(self) -> list[dict[str, str]]:
        """See the port."""
        found = [row for scene in self._keeper.scenes.values() for row in wellbeing.faults(scene, self._clock.now())]
        for name, dark in self._keeper.dark.items():
            if states.runner(dark.folder):
                found.append({"state": name, "what": "unreadable", "text": dark.why})
        return found

    def unheard(self) -> list[dict[str, str]]:
        """See the port."""
        now = self._clock.now()
        return [row for scene in list(self._keeper.scenes.values()) for row in wellbeing.unheard(scene, now)]

    def logs(self, state: str, component: str, count: int, text: str) -> dict[str, Any]:
        """See the port."""
        folder = self._keeper.folder(state) / "logs"
        known = {"main" if path.stem == MAIN else path.stem: path for path in folder.glob("*.log")}
        if not known and component == "main":
            return {"components": [], "lines": []}
        if component not in known:
            raise UnknownState(f"{state} has no log {component!r}; it has {', '.join(sorted(known)) or 'none'}")
        return {"components": sorted(known), "lines": newest(known[component], count, text)}

    def calendars(self, state: str, days: int) -> list[dict[str, Any]]:
        """See the port."""
        scene = self._keeper.scene(state)
        now = scene.follower.book.truth.ts
        return [scene.sight.calendar(name, now, now + days * DAY_NS) for name in scene.follower.book.truth.sessions]
