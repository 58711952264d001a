"""What carries a session: HTTP requests side by side, and its websockets."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import aiohttp
import msgspec
from yarl import URL

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.failures import AuthFailed, Transient
from openbell.edges.brokers.line import Line, closing
from openbell.edges.brokers.mail import Asked, Mail

PATIENCE = 3
"""Time-outs after which a request is given up: an answer in between still counts."""
BEAT_S = 30.0
"""Between two pings; it proves that the socket lives, and nothing of its data."""
MAX_FRAME = 1 << 24
SIDE_BY_SIDE = 16
"""Requests under way at a time."""


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it goes out: method, whole address, body or None, and headers."""

    method: str
    url: str
    data: bytes | None
    headers: dict[str, str]


class Talker(Protocol):
    """A session: what it wants to ask is in its `mail`, to say on a stream in `said`."""

    mail: Mail
    said: list[tuple[str, Any]]
    failure: AuthFailed | None

    def answered(self, number: int, status: int, headers: Any, raw: bytes, now: int) -> list[ev.Event]:
        """Take the answer to a request."""

    def failed(self, number: int, why: str) -> list[ev.Event]:
        """Take note that a request got no answer and will get none."""

    def receive(self, stream: str, raw: str | bytes, now: int) -> list[ev.Event]:
        """Take a frame of a stream."""

    def tick(self, now: int) -> list[ev.Event]:
        """Look at what is overdue, silent or due."""


async def dial(
    http: aiohttp.ClientSession, url: str, patience: int, headers: Mapping[str, str] | None = None
) -> aiohttp.ClientWebSocketResponse:
    """Open a websocket within `patience` (ns).

    Raises:
        aiohttp.ClientError, OSError, TimeoutError: It could not be opened.
    """
    async with asyncio.timeout(patience / NS):
        return await http.ws_connect(
            url, headers=headers, max_msg_size=MAX_FRAME, heartbeat=BEAT_S, timeout=closing(patience)
        )


async def read(line: Line, session: Talker, stream: str, socket: aiohttp.ClientWebSocketResponse) -> None:
    """Hand in what a stream says, until nothing more can be said here.

    Raises:
        Transient: The venue closed it.
        Failure: What it said is of no use.
    """
    async for message in socket:
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            break
        if not await line.hear(session.receive(stream, message.data, line.joint.now())):
            return
    raise Transient(f"the venue closed the {stream} stream")


class Carrier:
    """Carries what a session wants to ask and to say."""

    def __init__(
        self, line: Line, session: Talker, http: aiohttp.ClientSession, pack: Callable[[Asked], Parcel], timeout: int
    ) -> None:
        """Carry for a session, over `http`.

        Args:
            line: Whose session it is.
            session: What is carried.
            http: Over what.
            pack: Makes a request ready to go; it is called when it goes.
            timeout: How long a frame may take to leave, ns.
        """
        self._line = line
        self._session = session
        self._http = http
        self._pack = pack
        self._timeout = timeout
        self._under_way: set[asyncio.Task[None]] = set()

    async def write(self, sockets: Mapping[str, aiohttp.ClientWebSocketResponse]) -> None:
        """Send what there is to send, until told to end or until an answer ends the line.

        Raises:
            Failure: An answer that nobody can read.
        """
        line, session, now = self._line, self._session, self._line.joint.now
        try:
            while not line.is_closing and session.failure is None:
                self._reap()
                await self._say(sockets)
                self._send()
                line.joint.tell(session.tick(now()))
                wait = session.mail.wait(now())
                if wait > 0 and not session.said:
                    await line.rest(wait)
            line.refused = session.failure
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _say(self, sockets: Mapping[str, aiohttp.ClientWebSocketResponse]) -> None:
        """Send what is to be said on the streams; one who reads nothing any more must not hold us here."""
        said = self._session.said
        async with asyncio.timeout(self._timeout / NS):
            while said:
                stream, frame = said.pop(0)
                await sockets[stream].send_str(msgspec.json.encode(frame).decode())

    def _send(self) -> None:
        while (asked := self._session.mail.next_out(self._line.joint.now())) is not None:
            self._under_way.add(asyncio.create_task(self._ask(asked)))

    def _reap(self) -> None:
        done = {task for task in self._under_way if task.done()}
        self._under_way -= done
        for task in done:
            task.result()

    async def _ask(self, asked: Asked) -> None:
        """Ask one question; whatever comes of it is told, and nothing is asked twice."""
        line, out = self._line, self._pack(asked)
        # The address goes as it was signed: nothing in it is encoded a second time.
        url = URL(out.url, encoded=True)
        try:
            # Nobody is followed elsewhere: keys are for this host, and an order that went on would be another one.
            async with self._http.request(
                out.method, url, data=out.data, headers=out.headers, allow_redirects=False
            ) as answer:
                body = await answer.read()
                status, headers = answer.status, answer.headers
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            line.joint.tell(self._session.failed(asked.id, f"{type(error).__name__}: {error}"))
            line.wake()
            return
        try:
            await line.hear(self._session.answered(asked.id, status, headers, body, line.joint.now()))
        finally:
            line.wake()
