"""Deployments from a Python program, as the control room has them, without its page.

Each deployment is a run of its own, in processes that go on when the program ends; a service that is opened later, and
the control room, find them by their journals.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from openbell.core.ladder import FLATTEN
from openbell.core.types import NS
from openbell.edges.web import forms
from openbell.edges.web.deploying import WARNING, DeploymentConfig, meant
from openbell.edges.web.gate import Denied
from openbell.edges.web.ports import Invalid, Order, Refused, UnknownState, Wanted
from openbell.edges.web.routes import everywhere, stop_one, whose
from openbell.edges.web.shapes import DeploymentStatus, Position, Trade
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.embedded import ProgramError
from openbell.run.web.keeper import Keeper
from openbell.run.web.room import Room
from openbell.run.web.starter import Starter

Found = TypeVar("Found")
ACTOR = "program"
"""Who deploys and stops, as it is written down."""
LAST_NS = 30 * NS
"""How long a service that is closed waits for what it has stopped."""


class LiveTradingService:
    """Starts strategies as runs of their own, says how they stand, and stops them.

    An id is `STATE:NAME`, or NAME where one deployment alone has it. What is returned has the fields that the control
    room's API answers with: money is exact text, instants are text of nanoseconds. To be closed, or used in `with`;
    what it has started goes on all the same.
    """

    def __init__(self, home: Path | str | None = None, environment: Mapping[str, str] | None = None) -> None:
        """Find the deployments below `home`, None for where `openbell run` keeps its states.

        Args:
            home: Folder of the states.
            environment: Of the processes that are started; None for that of this one.
        """
        known = os.environ if environment is None else environment
        self._tended = _Tended(states.home(known) if home is None else Path(home), known)
        self._room = self._tended.room

    def __enter__(self) -> Self:
        """Return the service."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Look no more, once what was stopped has ended; half a minute is waited for it.

        What was deployed goes on. What is stopped and not flat by then ends once a service or a room runs.
        """
        self._tended.close()

    def start(self, config: DeploymentConfig | Mapping[str, Any]) -> str:
        """Start a deployment and return its id, once it has its journal.

        Args:
            config: What is deployed; what is left out has the careful default of the page.

        Raises:
            ProgramError: It cannot be meant, does not start, or is to trade real money without the warning accepted
                (`accepts_risk`) and the account's last four digits (`digits`).
        """
        with _in_words():
            wish = config if isinstance(config, DeploymentConfig) else meant(config)
        if wish.mode == "live" and not (wish.accepts_risk and wish.digits):
            raise ProgramError(f"{WARNING} Set accepts_risk=True and digits to the last four of the account's number.")
        return str(self._tended.ask(lambda: self._tended.starter.deploy(wish.model_dump(), ACTOR))["id"])

    def deployments(self) -> list[DeploymentStatus]:
        """Return every deployment as it stands now, of runs that go and of runs that have ended."""
        return self._tended.read(
            lambda: [row for found in self._room.states().shown for row in self._statuses(found["id"])]
        )

    def deployment(self, key: str) -> DeploymentStatus:
        """Return one deployment as it stands now. Raises ProgramError for one that there is not."""

        def read() -> DeploymentStatus:
            state, name = whose(self._room, key)
            return next(row for row in self._statuses(state) if row.id == name)

        return self._tended.read(read)

    def positions(self, key: str) -> list[Position]:
        """Return what a deployment holds now. Raises ProgramError for one that there is not."""

        def read() -> list[Position]:
            state, name = whose(self._room, key)
            found = self._room.snapshot(state)[1]["positions"].values()
            return [Position.model_validate(row) for row in found if row["deployment"] == name]

        return self._tended.read(read)

    def history(self, key: str, count: int = 50) -> list[Trade]:
        """Return at most `count` closed trades of a deployment, the newest first.

        Raises:
            ProgramError: There is no such deployment.
        """

        def read() -> list[Trade]:
            state, name = whose(self._room, key)
            found = self._room.page(state, "trades", Wanted(count=count, deployment=name))
            return [Trade.model_validate(row) for row in found]

        return self._tended.read(read)

    def stop(self, key: str, reason: str = "stopped by the program") -> str:
        """Stop a deployment and close what it holds; return what the engine said.

        Raises:
            ProgramError: There is no such deployment, or its engine refused.
        """
        told = self._tended.ask(lambda: asyncio.to_thread(stop_one, self._room, key, ACTOR, reason))
        return str(told["text"])

    def emergency_stop(self, reason: str = "emergency stop by the program") -> dict[str, forms.Given]:
        """Stop every run that goes and close everything.

        One that could not be reached keeps no other from being stopped.

        Returns:
            What became of it, by `STATE:NAME` of each deployment; of one that could not be reached why.
        """
        order = Order(kind="kill", actor=ACTOR, reason=reason, tier=FLATTEN)
        return self._tended.ask(lambda: everywhere(self._room, order))

    def _statuses(self, state: str) -> list[DeploymentStatus]:
        found = self._room.snapshot(state)[1]["deployments"].values()
        return [DeploymentStatus.model_validate(row) for row in found]


class _Tended:
    """Every state of a home in a loop of its own, which reads journals and ends what has been stopped."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        clock = WallClock()
        self._keeper = Keeper(home)
        self.starter, self.room = Starter(self._keeper, clock, environment), Room(self._keeper, clock)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="deployments", daemon=True)
        self._thread.start()
        self._chores = asyncio.run_coroutine_threadsafe(self._tend(), self._loop)

    def close(self) -> None:
        if self._loop.is_closed():
            return
        try:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self.starter.release()
            self._keeper.close()

    def ask(self, ask: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
        """Return what comes of work in the loop, begun once every journal has been read to its end.

        Raises:
            ProgramError: It cannot be done; the text says why.
        """
        if self._loop.is_closed():
            raise ProgramError("this service is closed; open another one")
        if self._chores.done():
            self._chores.result()

        async def asking() -> Found:
            await self._catch_up()
            return await ask()

        with _in_words():
            return asyncio.run_coroutine_threadsafe(asking(), self._loop).result()

    def read(self, read: Callable[[], Found]) -> Found:
        """Return what is read of the journals as they are."""

        async def reading() -> Found:
            return read()

        return self.ask(reading)

    async def _tend(self) -> None:
        await asyncio.gather(self._keeper.run(), self.starter.tend())

    async def _catch_up(self) -> None:
        self._keeper.find()
        self._keeper.feel()
        for scene in list(self._keeper.scenes.values()):
            while self._keeper.look(scene):  # noqa: ASYNC110  # a long journal is read in parts
                await asyncio.sleep(0)

    async def _end(self) -> None:
        try:
            if not self._chores.done():
                await self._catch_up()
                await self.starter.settled(LAST_NS, with_simulated=True)
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        raise ProgramError(f"{error.field}: {error}" if error.field else str(error)) from error
    except (Refused, UnknownState, Denied) as error:
        raise ProgramError(str(error)) from error
