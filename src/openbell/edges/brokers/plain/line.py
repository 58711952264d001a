"""The line to the plain venue.

One websocket at a time, opened again with back-off until told to end.
"""

import asyncio

import aiohttp

from openbell.core import events as ev
from openbell.core.effects import Effect
from openbell.core.types import NS
from openbell.edges.brokers.backoff import delay
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import AuthFailed, Failure, Transient
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.plain import codec
from openbell.edges.brokers.plain.session import Session, Terms
from openbell.edges.brokers.plain.snapshot import Memory

TICK_NS = NS // 10
"""How often overdue answers and silence are looked for."""
HEALTHY_NS = 60 * NS
"""A connection that lasted so long makes the next back-off begin anew."""
CLOSING_NS = NS
"""How long the venue may take to answer that the connection is closed."""
_MAX_FRAME = 1 << 22


class Line:
    """A transport that comes back by itself.

    Attributes:
        failed: Why it has given up for good, None while it has not. attempts: Connections tried so far.
    """

    def __init__(self, url: str, terms: Terms, budget: Budget, joint: Joint) -> None:
        """Join `url` to an engine; nothing happens before `run`."""
        self.failed: AuthFailed | None = None
        self.attempts = 0
        self._url = url
        self._terms = terms
        self._budget = budget
        self._joint = joint
        self._memory = Memory(after=joint.since)
        self._session: Session | None = None
        self._wake = asyncio.Event()
        self._is_closing = False

    @property
    def is_up(self) -> bool:
        """True while the account's line was told to be up."""
        return self._session is not None and self._session.is_up

    def send(self, effect: Effect, ts: int) -> None:
        """Take an effect decided at `ts` (ns) and return at once."""
        now = self._joint.now()
        if self._session is not None:
            self._joint.tell(self._session.take(effect, now))
            self._wake.set()
            return
        oid = getattr(effect, "oid", "")
        why = "there is no connection"
        if oid:
            self._joint.tell([codec.lost(self._terms.name, oid, why)])
        else:
            self._joint.tell([codec.failed_state(self._terms.name, now, why)])

    async def run(self) -> None:
        """Keep a connection until `close`, or until the venue does not accept who we are."""
        tries = 0
        while not self._is_over():
            tries += 1
            self.attempts += 1
            began = self._joint.now()
            why = await self._try()
            now = self._joint.now()
            if self._session is not None:
                self._joint.tell(self._session.end(why, now))
                self._session = None
            if now - began > HEALTHY_NS:
                tries = 1
            if not self._is_over():
                await self._pause(delay(self._joint.seed, self._terms.name, tries))
        if self.failed is not None:
            down = ev.Link(ts=0, account=self._terms.name, channel="orders", is_up=False, text=str(self.failed))
            self._joint.tell([down])

    def close(self) -> None:
        """End the connection and do not come back."""
        self._is_closing = True
        self._wake.set()

    def _is_over(self) -> bool:
        return self._is_closing or self.failed is not None

    async def _pause(self, span: int) -> None:
        """Wait, but not beyond a close."""
        end = asyncio.get_running_loop().time() + span / NS
        while not self._is_closing and (left := end - asyncio.get_running_loop().time()) > 0:
            self._wake.clear()
            await self._rest(int(left * NS) + 1)

    async def _try(self) -> str:
        """Connect once, serve the connection to its end, and return why it ended."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._terms.timeout / NS)
        # A dead line is told of once it is closed, and a dead host does not take its part in closing it.
        patience = aiohttp.ClientWSTimeout(ws_close=min(self._terms.timeout, CLOSING_NS) / NS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as http, asyncio.timeout(None) as limit:
                limit.reschedule(asyncio.get_running_loop().time() + self._terms.timeout / NS)
                async with http.ws_connect(self._url, max_msg_size=_MAX_FRAME, timeout=patience) as socket:
                    limit.reschedule(None)
                    await self._serve(socket)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return f"{type(error).__name__}: {error}"
        except Failure as failure:
            return str(failure)
        return "closed"

    async def _serve(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Read and write until either ends."""
        session = Session(self._terms, self._memory, self._budget, self._joint.epoch(), self._joint.now())
        self._session = session
        tasks = [asyncio.create_task(self._read(socket, session)), asyncio.create_task(self._write(socket, session))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # In the order of the tasks: both may have ended, and why the line ended is written down.
            for task in tasks:
                if task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, session: Session) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.ERROR:
                break
            self._joint.tell(session.receive(message.data, self._joint.now()))
            if session.failure is not None:
                self.failed = session.failure
                return
            self._wake.set()
            # A full inbox stops the reading, never an execution.
            await self._joint.room()
        raise Transient("the venue closed the connection")

    async def _write(self, socket: aiohttp.ClientWebSocketResponse, session: Session) -> None:
        while not self._is_closing:
            now = self._joint.now()
            while (text := session.mail.next_out(now)) is not None:
                async with asyncio.timeout(self._terms.timeout / NS):
                    # One who reads nothing any more would hold us here, and with us the look at the line's silence.
                    await socket.send_str(text)
            self._joint.tell(session.tick(self._joint.now()))
            self._wake.clear()
            wait = min(session.mail.wait(self._joint.now()), TICK_NS)
            if wait > 0 and not self._is_closing:
                await self._rest(wait)

    async def _rest(self, span: int) -> None:
        """Wait until something is to be sent, at most so long (ns)."""
        try:
            async with asyncio.timeout(span / NS):
                await self._wake.wait()
        except TimeoutError:
            return
