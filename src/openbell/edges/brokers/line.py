"""The line to a venue outside the process, whatever its protocol.

One connection at a time, opened again with back-off until told to end. A broker says how to open one, and what is
said on it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import aiohttp
from msgspec.structs import replace

from openbell.core import events as ev
from openbell.core.effects import Effect
from openbell.core.types import NS
from openbell.edges.brokers.backoff import delay
from openbell.edges.brokers.failures import AuthFailed, Failure
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.words import failed_state, link, lost

TICK_NS = NS // 10
"""How often overdue answers and silence are looked for."""
HEALTHY_NS = 60 * NS
"""A connection that lasted so long makes the next back-off begin anew."""


MOST_REFUSALS = 6
"""Connections that are refused one after the other before a venue that had taken us is believed: some seconds."""
CLOSING_NS = NS
"""How long the venue may take to answer that a connection is closed."""


class Session(Protocol):
    """One connection as a state machine, from its opening to its end."""

    is_up: bool
    failure: AuthFailed | None

    def take(self, effect: Effect, now: int) -> list[ev.Event]:
        """Take an effect at `now` (ns) and return what is known of it at once."""

    def end(self, why: str, now: int) -> list[ev.Event]:
        """Return what the end of the connection means at `now` (ns)."""


class Line:
    """A transport that comes back by itself.

    Attributes:
        name, joint: Whose account, what it is joined to. session: Of the connection there is, None between two.
        refused: Why the venue does not accept us on this connection, None while it does.
        failed: Why it has given up for good, None while it has not. attempts: Connections tried so far.
        is_closing: It was told to end.
    """

    def __init__(self, name: str, joint: Joint, serve: Callable[["Line"], Awaitable[None]]) -> None:
        """Join an account to an engine; nothing happens before `run`.

        Args:
            name: Ours of the account.
            joint: What the line is joined to.
            serve: Opens one connection, puts its session on the line and stays until either ends.
        """
        self.name = name
        self.joint = joint
        self.session: Session | None = None
        self.refused: AuthFailed | None = None
        self.failed: AuthFailed | None = None
        self.attempts = 0
        self.is_closing = False
        self._patience = MOST_REFUSALS if joint.is_known else 0
        self._serve = serve
        self._wake = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """True while the account's line was told to be up."""
        return self.session is not None and self.session.is_up

    def send(self, effect: Effect, ts: int) -> None:
        """Take an effect decided at `ts` (ns) and return at once."""
        now, why = self.joint.now(), "there is no connection"
        if self.session is not None:
            with _guarded() as raised:
                self.joint.tell(self.session.take(effect, now))
            self._wake.set()
            if not raised:
                return
            # Nobody knows how far it came: the order is asked after, as one whose answer was lost.
            why = raised[0]
        oid = getattr(effect, "oid", "")
        self.joint.tell([lost(self.name, oid, why) if oid else failed_state(self.name, now, why)])

    async def run(self) -> None:
        """Keep a connection until `close`, or until the venue does not accept who we are.

        One that had taken us, on this line or before this process, is asked again some times: keys are refused for a
        moment where a vendor is in trouble, and an engine that comes back then has positions to look after.
        """
        tries = 0
        while not self._is_over():
            tries += 1
            self.attempts += 1
            began = self.joint.now()
            why = await self._try()
            why = str(self.refused or why)
            self._judge()
            now = self.joint.now()
            if self.session is not None:
                ended = self.session.end(why, now)
                self.joint.tell([_meant(one) for one in ended] if self.is_closing else ended)
                self.session = None
            if now - began > HEALTHY_NS:
                tries = 1
            if not self._is_over():
                await self._pause(delay(self.joint.seed, self.name, tries))
        if self.failed is not None:
            self.joint.tell([link(self.name, str(self.failed), is_up=False)])

    def close(self) -> None:
        """End the connection and do not come back."""
        self.is_closing = True
        self._wake.set()

    async def hear(self, found: list[ev.Event]) -> bool:
        """Tell the engine what was heard; return False where nothing more can be said here."""
        self.joint.tell(found)
        self.wake()
        # A full inbox stops the reading, never an execution.
        await self.joint.room()
        if self.session is not None:
            self.refused = self.session.failure
            if self.session.is_up:
                self._patience = MOST_REFUSALS
        return self.refused is None

    def wake(self) -> None:
        """End the rest of whoever waits for something to send."""
        self._wake.set()

    async def rest(self, span: int) -> None:
        """Wait until something is to be sent, at most so long (ns), and never longer than a tick."""
        self._wake.clear()
        await self._wait(min(span, TICK_NS))

    async def race(self, *jobs: Coroutine[Any, Any, None]) -> None:
        """Do all of it until one ends, and then none of it.

        Raises:
            Failure, aiohttp.ClientError, OSError: What ended it; of several, that of the first job.
        """
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # In the order of the jobs: several may have ended, and why the line ended is written down.
            for task in tasks:
                if task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _judge(self) -> None:
        """Give up where the venue does not accept us, and did not before or has said so often enough."""
        if self.refused is not None and (self.refused.is_final or self._patience <= 0):
            self.failed = self.refused
        self._patience -= self.refused is not None
        self.refused = None

    def _is_over(self) -> bool:
        return self.is_closing or self.failed is not None

    async def _pause(self, span: int) -> None:
        """Wait, but not beyond a close."""
        end = asyncio.get_running_loop().time() + span / NS
        while not self.is_closing and (left := end - asyncio.get_running_loop().time()) > 0:
            self._wake.clear()
            await self._wait(int(left * NS) + 1)

    async def _try(self) -> str:
        """Connect once, serve the connection to its end, and return why it ended.

        What the code that reads it raises ends the connection, not the engine: what is known is asked for anew.
        """
        with _guarded() as raised:
            try:
                await self._serve(self)
            except Failure as failure:
                return str(failure)
        return raised[0] if raised else "" if self.is_closing else "closed"

    async def _wait(self, span: int) -> None:
        try:
            async with asyncio.timeout(span / NS):
                await self._wake.wait()
        except TimeoutError:
            return


@contextmanager
def _guarded() -> Iterator[list[str]]:
    """Say in words what is raised inside; whoever asks makes an alert of it."""
    raised: list[str] = []
    try:
        yield raised
    except Exception as error:  # noqa: BLE001 - guard: what a connection's code raises ends that connection alone
        raised.append(f"{type(error).__name__}: {error}")


def _meant(event: ev.Event) -> ev.Event:
    """Return what a line told as it went down, as something that was meant to be."""
    return replace(event, is_meant=True) if isinstance(event, ev.Link) and event.channel == "orders" else event


def closing(timeout: int) -> aiohttp.ClientWSTimeout:
    """Return how long a socket may take to close; `timeout` (ns) is that of an answer.

    A dead line is told of once it is closed, and a dead host does not take its part in closing it.
    """
    return aiohttp.ClientWSTimeout(ws_close=min(timeout, CLOSING_NS) / NS)
