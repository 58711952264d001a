"""What those ask who look after the system, as `edges/web` asks for it."""

import json
from collections import deque
from pathlib import Path
from typing import Any

from openbell.core.types import DAY_NS
from openbell.edges.web.ports import UnknownState
from openbell.run import state as states
from openbell.run.clock import Clock
from openbell.run.sensors import Machine
from openbell.run.web import wellbeing
from openbell.run.web.gauges import exposition
from openbell.run.web.keeper import Keeper

MAIN = "TradingSystem_main"
_LONGEST, _LINE = 2000, 4096
"""Characters of a line that are shown, and bytes that one takes at most, nearly always."""


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
        return {"components": sorted(known), "lines": _lines(known[component], count, text)}

    def calendars(self, state: str, days: int) -> list[dict[str, Any]]:
        """See the port."""
        scene = self._keeper.scene(state)
        now = scene.follower.book.truth.ts
        return [scene.sight.calendar(name, now, now + days * DAY_NS) for name in scene.follower.book.truth.sessions]


def _lines(path: Path, count: int, text: str) -> list[dict[str, Any]]:
    """Return the newest lines of a log, the newest first; a line that a crash has cut is left out."""
    wanted = text.lower()
    with path.open("rb") as file:
        if not wanted:
            # A page asks for the newest again and again: what lies before them is not read each time.
            file.seek(max(0, path.stat().st_size - count * _LINE))
        lines = (line.decode(errors="replace") for line in file)
        kept = deque((line for line in lines if wanted in line.lower()), maxlen=count)
    found = []
    for line in reversed(kept):
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            found.append({
                "at": str(told.get("@timestamp", "")), "level": str(told.get("log.level", "")),
                "component": str(told.get("log.logger", "")), "text": str(told.get("message", ""))[:_LONGEST],
            })  # fmt: skip
    return found
