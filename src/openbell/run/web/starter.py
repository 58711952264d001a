"""Plans what is wanted, starts it as a process of its own, ends it once it is stopped."""

import asyncio
import sys
import warnings
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from openbell.core.book import Book
from openbell.core.events import Command
from openbell.core.ladder import FLATTEN, KillState
from openbell.core.types import NS
from openbell.edges.web.ports import Invalid, Refused
from openbell.files import write_whole
from openbell.run import attended, giving, listings
from openbell.run import state as states
from openbell.run.clock import Clock
from openbell.run.records import Unlike, first_event
from openbell.run.web import wish as wishes
from openbell.run.web.keeper import Keeper
from openbell.run.web.listed import Look
from openbell.run.web.scene import Scene

PATIENCE_NS = 60 * NS
"""How long an engine may take until it has its journal, and one that was stopped until its account is free."""
MOST_RUNNING = 24
"""Engines that are started from here at one time: each is a process."""
ARMED_NS = 8 * 3600 * NS
"""For how long what is deployed with real money is armed."""
TEND_S = 0.5
_NAP_NS = NS // 20


class Starter:
    """See `edges.web.ports.Starter`."""

    def __init__(self, keeper: Keeper, clock: Clock, environment: Mapping[str, str]) -> None:
        """Start below the home of a keeper, which then shows it; processes get `environment`."""
        self._keeper, self._clock, self._environment = keeper, clock, environment
        self._begun: dict[Path, attended.Process] = {}

    def plan(self, wish: dict[str, Any], *, asks: bool) -> dict[str, Any]:
        """See the port."""
        home = self._keeper.home
        look = Look(home=home, access=listings.access(self._clock.now, self._environment), asks=asks)
        return wishes.planned(wish, home / "data", self._environment, look)

    def check(self, text: str) -> dict[str, Any]:
        """See the port. Neither variables nor the vault are read for a text from outside."""
        return wishes.checked(text)

    async def deploy(self, wish: dict[str, Any], actor: str) -> dict[str, Any]:
        """See the port."""
        made = await asyncio.to_thread(partial(self.plan, wish, asks=True))
        wrong = [one for one in made["problems"] if not one["is_warning"]]
        if wrong:
            raise Invalid(" · ".join(one["text"] for one in wrong[:5]), wrong[0]["field"])
        if wish["digest"] not in (None, made["digest"]):
            raise Refused("this is not what the plan showed; look at the plan again")
        self._tidy()
        if len(self._begun) >= MOST_RUNNING:
            raise Refused(f"{MOST_RUNNING} deployments run already; stop one first")
        name = wishes.name_of(wish)
        if wish["mode"] != "sim":
            await self.settled(PATIENCE_NS)
        folder = await asyncio.to_thread(self._begin, wish, made, actor)
        self._keeper.add(folder)
        return {
            "id": f"{folder.name}:{name}", "state": folder.name, "deployment": name, "mode": wish["mode"],
            "digest": made["digest"],
        }  # fmt: skip

    def _begin(self, wish: dict[str, Any], made: dict[str, Any], actor: str) -> Path:
        now, name = self._clock.now(), wishes.name_of(wish)
        folder = states.create({**self._environment, "OPENBELL_HOME": str(self._keeper.home)}, name, now)
        file = folder / wishes.FILE
        write_whole(file, made["config"].encode(), durable=True)
        ordered = attended.Ordered(name=name, mode=wish["mode"], actor=actor, ts=now, digest=made["digest"])
        if wish["mode"] == "live":
            arm = Command(
                ts=0, id=giving.new_id(self._clock), kind="arm", actor=actor, scope="account:main",
                reason="deployed from the control room", digits=wish["digits"], until=now + ARMED_NS,
            )  # fmt: skip
            states.leave_command(folder, arm)
        words = [sys.executable, "-m", "openbell", "run", str(file), "--state", str(folder), "--attended"]
        environment = {**self._environment, "OPENBELL_HOME": str(self._keeper.home)}
        process = attended.begin(folder, words, ordered, environment)
        self._begun[folder] = process
        self._wait(folder, process)
        return folder

    def _wait(self, folder: Path, process: attended.Process) -> None:
        """Return once the engine has its journal. Raises Refused where it ends before, or takes too long."""
        until = self._clock.now() + PATIENCE_NS
        while not _has_begun(folder) and process.poll() is None and self._clock.now() < until:
            self._clock.sleep(_NAP_NS)
        ended = attended.outcome(folder)
        if ended is not None and ended.code:
            raise Refused(f"it did not start: {ended.text}")
        if not _has_begun(folder):
            # Who is told that nothing was started must not find it trading a minute later.
            attended.abandon(process)
            raise Refused(f"it did not start; {folder / attended.LOG} says more")

    async def settled(self, patience: int, *, with_simulated: bool = False) -> None:
        """Return once all that was stopped has ended; until then its account takes no other run.

        What takes longer than `patience` (ns) is no longer waited for; the engine then says whose account it is.
        """
        until = self._clock.now() + patience

        def is_ending(scene: Scene) -> bool:
            return self._is_ending(scene, with_simulated=with_simulated)

        while any(map(is_ending, list(self._keeper.scenes.values()))) and self._clock.now() < until:  # noqa: ASYNC110  # an end of a process tells nobody
            await asyncio.sleep(TEND_S / 10)

    def _is_ending(self, scene: Scene, *, with_simulated: bool) -> bool:
        ordered, process = attended.ordered(scene.folder), self._begun.get(scene.folder)
        if ordered is None or (ordered.mode == "sim" and not with_simulated) or not _is_stopped(scene):
            return False
        return bool(states.runner(scene.folder)) or (process is not None and process.poll() is None)

    def _tidy(self) -> None:
        """Forget the processes that have ended."""
        self._begun = {folder: process for folder, process in self._begun.items() if process.poll() is None}

    def release(self) -> None:
        """Let what was started go on without this process."""
        with warnings.catch_warnings():
            # The interpreter takes a process that nobody waits for for one that was forgotten.
            warnings.simplefilter("ignore", ResourceWarning)
            self._begun.clear()

    async def tend(self) -> None:
        """End, for ever, each deployed run once all of it has been stopped and closed."""
        told: set[str] = set()
        while True:
            self._tidy()
            for scene in list(self._keeper.scenes.values()):
                if scene.name not in told and scene.beat.process and _is_finished(scene):
                    told.add(scene.name)
                    await asyncio.to_thread(self._end, scene.folder)
            told &= set(self._keeper.scenes)
            await asyncio.sleep(TEND_S)

    def _end(self, folder: Path) -> None:
        command = Command(
            ts=0, id=giving.new_id(self._clock), kind="stop", actor="control room", scope="all",
            reason="all of it has been stopped and closed",
        )  # fmt: skip
        giving.give(folder, command, self._clock)


def _has_begun(folder: Path) -> bool:
    """Return True once a run has its first record, from which on it is shown."""
    try:
        first_event(states.journal(folder))
    except (Unlike, OSError, ValueError):
        return False
    return True


def _is_finished(scene: Scene) -> bool:
    """Return True where a run that was deployed from a page has been stopped as a whole and holds nothing."""
    if attended.ordered(scene.folder) is None:
        return False
    book = scene.follower.book
    is_closed = _covers(book, (kill for kill in book.truth.kills.values() if not kill.waits))
    return is_closed and not any(one.qty for one in book.all_positions())


def _is_stopped(scene: Scene) -> bool:
    """Return True where all of a run has been told to stop and to close, whether or not it is flat yet."""
    book = scene.follower.book
    return _covers(book, book.truth.kills.values())


def _covers(book: Book, kills: Iterable[KillState]) -> bool:
    """Return True where kills that close reach every deployment."""
    scopes = {kill.scope for kill in kills if kill.tier >= FLATTEN}
    return "all" in scopes or {f"deployment:{name}" for name in book.spec.deployments} <= scopes
