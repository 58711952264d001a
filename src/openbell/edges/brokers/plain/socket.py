"""The plain venue's one websocket."""

import asyncio

import aiohttp

from openbell.core.types import NS
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.line import Line, closing
from openbell.edges.brokers.plain import codec
from openbell.edges.brokers.plain.session import Session, Terms
from openbell.edges.brokers.plain.snapshot import Memory

_MAX_FRAME = 1 << 22


class Socket:
    """Opens connections to one account."""

    def __init__(self, url: str, terms: Terms, budget: Budget, memory: Memory) -> None:
        """Go to `url`; `memory` outlives each of them."""
        self._url = url
        self._terms = terms
        self._budget = budget
        self._memory = memory

    async def serve(self, line: Line) -> None:
        """Connect once and serve the connection to its end.

        Raises:
            aiohttp.ClientError, OSError, TimeoutError: It could not be opened, or broke.
            Failure: The venue is of no use.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._terms.timeout / NS)
        patience = closing(self._terms.timeout)
        async with aiohttp.ClientSession(timeout=timeout) as http, asyncio.timeout(None) as limit:
            limit.reschedule(asyncio.get_running_loop().time() + self._terms.timeout / NS)
            async with http.ws_connect(self._url, max_msg_size=_MAX_FRAME, timeout=patience) as socket:
                limit.reschedule(None)
                joint = line.joint
                session = Session(self._terms, self._memory, self._budget, joint.epoch(), joint.now())
                line.session = session
                await line.race(_read(line, socket, session), write(line, socket, session))


async def _read(line: Line, socket: aiohttp.ClientWebSocketResponse, session: Session) -> None:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.ERROR:
            break
        if not await line.hear(session.receive(message.data, line.joint.now())):
            return
    raise Transient("the venue closed the connection")


async def write(line: Line, socket: aiohttp.ClientWebSocketResponse, session: Session) -> None:
    """Send what waits, until told to end.

    Raises:
        TimeoutError: Nobody takes it.
    """
    while not line.is_closing:
        while (asked := session.mail.next_out(line.joint.now())) is not None:
            async with asyncio.timeout(session.terms.timeout / NS):
                # One who reads nothing any more would hold us here, and with us the look at the line's silence.
                await socket.send_str(codec.frame(asked))
        line.joint.tell(session.tick(line.joint.now()))
        wait = session.mail.wait(line.joint.now())
        if wait > 0 and not line.is_closing:
            await line.rest(wait)
