"""Connections to one account at Binance."""

from urllib.parse import urlencode

import aiohttp
import msgspec

from openbell.core.types import NS
from openbell.edges.brokers.binance.codec import OPEN_OPS
from openbell.edges.brokers.binance.replies import judge
from openbell.edges.brokers.binance.session import USER, begin
from openbell.edges.brokers.binance.signer import Signer
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.carrier import PATIENCE, SIDE_BY_SIDE, Carrier, Parcel, dial, read
from openbell.edges.brokers.failures import RateLimited
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.mail import Asked
from openbell.edges.brokers.reply import read as read_reply
from openbell.edges.brokers.session import PRICES, Terms
from openbell.edges.brokers.words import link, shut

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account is reached: REST, the websocket API, the market streams."""

    rest: str
    api: str
    prices: str


class Socket:
    """Opens connections to one account."""

    def __init__(self, places: Places, terms: Terms, budget: Budget, memory: Memory) -> None:
        """Go to `places`; `memory` outlives each of them."""
        self._places = places
        self._terms = terms
        self._signer = Signer(terms.key, terms.secret)
        self._budget = budget
        self._memory = memory

    async def serve(self, line: Line) -> None:
        """Connect once and serve the connection to its end.

        Raises:
            aiohttp.ClientError, OSError, TimeoutError: It could not be opened, or broke.
            Failure: The venue is of no use.
        """
        terms = self._terms
        await self._stand_by(line)
        if line.is_closing:
            return
        timeout = aiohttp.ClientTimeout(total=PATIENCE * terms.timeout / NS, sock_connect=terms.timeout / NS)
        connector = aiohttp.TCPConnector(limit=SIDE_BY_SIDE)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
            sockets: dict[str, aiohttp.ClientWebSocketResponse] = {}
            # One that is open while the next is refused is closed, too: else it stays open, and the venue counts it.
            try:
                sockets[USER] = await self._dial_api(line, http)
                sockets[PRICES] = await dial(http, self._places.prices, terms.timeout)
                session = begin(terms, self._memory, self._budget, line.joint.now())
                line.session = session
                carrier = Carrier(line, session, http, lambda asked: self._pack(line, asked), terms.timeout)
                jobs = [read(line, session, name, socket) for name, socket in sockets.items()]
                await line.race(*jobs, carrier.write(sockets))
            finally:
                for socket in sockets.values():
                    await socket.close()

    async def _dial_api(self, line: Line, http: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        """Open the websocket API, which counts with all other requests of this address.

        Raises:
            aiohttp.ClientError, OSError, TimeoutError: It could not be opened.
            RateLimited: The venue takes nothing from this address.
        """
        try:
            return await dial(http, self._places.api, self._terms.timeout)
        except aiohttp.WSServerHandshakeError as refusal:
            failure = judge(read_reply(refusal.status, refusal.headers or {}, b"", "msg"))
            if not isinstance(failure, RateLimited):
                raise
            self._budget.obey(failure, line.joint.now())
            raise failure from None

    async def _stand_by(self, line: Line) -> None:
        """Wait while the venue takes nothing from this address: to open a socket is to ask for something too."""
        told = 0
        while (until := self._budget.shut_until(now := line.joint.now())) and not line.is_closing:
            if abs(until - told) >= NS:
                told = until
                line.joint.tell([link(self._terms.name, shut(self._budget.why, until, now), is_up=False)])
            await line.rest(until - now)

    def _pack(self, line: Line, asked: Asked) -> Parcel:
        """Return a request ready to go.

        It is stamped by the venue's clock, and signed, at the moment it goes.
        """
        request, url = asked.request, self._places.rest + asked.request.path
        if request.op in OPEN_OPS:
            query = urlencode(request.body)
            return Parcel(method=request.method, url=f"{url}?{query}" if query else url, data=None, headers={})
        sent = self._signer.query(request.body, line.joint.now() + self._memory.offset)
        key = {"X-MBX-APIKEY": self._terms.key}
        if request.method in ("POST", "PUT"):
            return Parcel(method=request.method, url=url, data=sent.encode(), headers=key | _FORM)
        return Parcel(method=request.method, url=f"{url}?{sent}", data=None, headers=key)
