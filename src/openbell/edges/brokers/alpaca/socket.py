"""What carries an Alpaca session: HTTP requests side by side, and one or two websockets."""

import asyncio

import aiohttp
import msgspec

from openbell.core.types import NS
from openbell.edges.brokers.alpaca.session import ACCOUNT, PRICES, Session, Terms
from openbell.edges.brokers.alpaca.snapshot import Memory
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.line import Line, closing
from openbell.edges.brokers.mail import Asked

PATIENCE = 3
"""Time-outs after which a request is given up: an answer in between still counts."""
BEAT_S = 30.0
"""Between two pings; it proves that the socket lives, and nothing of its data."""
_MAX_FRAME = 1 << 24
_SIDE_BY_SIDE = 16


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account is reached: REST, the account's stream, the price stream."""

    rest: str
    account: str
    prices: str


class Socket:
    """Opens connections to one account."""

    def __init__(self, places: Places, terms: Terms, budget: Budget, since: int) -> None:
        """Go to `places`; executions before `since` (ns) are known already."""
        self._places = places
        self._terms = terms
        self._budget = budget
        self._memory = Memory(after=since)

    async def serve(self, line: Line) -> None:
        """Connect once and serve the connection to its end.

        Raises:
            aiohttp.ClientError, OSError, TimeoutError: It could not be opened, or broke.
            Failure: The venue is of no use.
        """
        terms = self._terms
        headers = {"APCA-API-KEY-ID": terms.key, "APCA-API-SECRET-KEY": terms.secret}
        timeout = aiohttp.ClientTimeout(total=PATIENCE * terms.timeout / NS, sock_connect=terms.timeout / NS)
        connector = aiohttp.TCPConnector(limit=_SIDE_BY_SIDE)
        async with aiohttp.ClientSession(timeout=timeout, headers=headers, connector=connector) as http:
            sockets = {ACCOUNT: await self._dial(http, self._places.account)}
            if terms.streams:
                sockets[PRICES] = await self._dial(http, self._places.prices)
            session = Session(terms, self._memory, self._budget, line.joint.now())
            line.session = session
            try:
                carrier = Carrier(line, session, http, self._places.rest)
                jobs = [_read(line, session, name, socket) for name, socket in sockets.items()]
                await line.race(*jobs, carrier.write(sockets))
            finally:
                for socket in sockets.values():
                    await socket.close()

    async def _dial(self, http: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
        async with asyncio.timeout(self._terms.timeout / NS):
            # Keys are said on the stream, never in its address or its headers.
            bare = {"APCA-API-KEY-ID": "", "APCA-API-SECRET-KEY": ""}
            patience = closing(self._terms.timeout)
            return await http.ws_connect(url, headers=bare, max_msg_size=_MAX_FRAME, heartbeat=BEAT_S, timeout=patience)


async def _read(line: Line, session: Session, stream: str, socket: aiohttp.ClientWebSocketResponse) -> None:
    async for message in socket:
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            break
        if not await line.hear(session.receive(stream, message.data, line.joint.now())):
            return
    raise Transient(f"the venue closed the {stream} stream")


class Carrier:
    """Carries what a session wants to ask and to say."""

    def __init__(self, line: Line, session: Session, http: aiohttp.ClientSession, rest: str) -> None:
        """Ask `rest` for a session, over `http`."""
        self._line = line
        self._session = session
        self._http = http
        self._rest = rest
        self._under_way: set[asyncio.Task[None]] = set()

    async def write(self, sockets: dict[str, aiohttp.ClientWebSocketResponse]) -> None:
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
            line.failed = session.failure
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _say(self, sockets: dict[str, aiohttp.ClientWebSocketResponse]) -> None:
        """Send what is to be said on the streams; one who reads nothing any more must not hold us here."""
        said, session = self._session.said, self._session
        async with asyncio.timeout(session.terms.timeout / NS):
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
        request, line = asked.request, self._line
        raw = msgspec.json.encode(request.body) if request.body else None
        try:
            async with self._http.request(request.method, self._rest + request.path, data=raw, headers=_JSON) as answer:
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


_JSON = {"Content-Type": "application/json"}
