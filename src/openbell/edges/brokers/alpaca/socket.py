"""Connections to one account at Alpaca."""

import aiohttp
import msgspec

from openbell.core.types import NS
from openbell.edges.brokers.alpaca.session import ACCOUNT, begin
from openbell.edges.brokers.alpaca.snapshot import Memory
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.carrier import PATIENCE, SIDE_BY_SIDE, Carrier, Parcel, dial, read
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.mail import Asked
from openbell.edges.brokers.session import PRICES, Terms

_JSON = {"Content-Type": "application/json"}
_BARE = {"APCA-API-KEY-ID": "", "APCA-API-SECRET-KEY": ""}
"""Keys are said on a stream, never in its address or its headers."""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account is reached: REST, the account's stream, the price stream."""

    rest: str
    account: str
    prices: str


class Socket:
    """Opens connections to one account."""

    def __init__(self, places: Places, terms: Terms, budget: Budget, memory: Memory) -> None:
        """Go to `places`; `memory` outlives each of them."""
        self._places = places
        self._terms = terms
        self._budget = budget
        self._memory = memory

    async def serve(self, line: Line) -> None:
        """Connect once and serve the connection to its end.

        Raises:
            aiohttp.ClientError, OSError, TimeoutError: It could not be opened, or broke.
            Failure: The venue is of no use.
        """
        terms = self._terms
        headers = {"APCA-API-KEY-ID": terms.key, "APCA-API-SECRET-KEY": terms.secret}
        timeout = aiohttp.ClientTimeout(total=PATIENCE * terms.timeout / NS, sock_connect=terms.timeout / NS)
        connector = aiohttp.TCPConnector(limit=SIDE_BY_SIDE)
        async with aiohttp.ClientSession(timeout=timeout, headers=headers, connector=connector) as http:
            sockets: dict[str, aiohttp.ClientWebSocketResponse] = {}
            # One that is open while the next is refused is closed, too: else it stays open, and the venue counts it.
            try:
                sockets[ACCOUNT] = await dial(http, self._places.account, terms.timeout, _BARE)
                if terms.streams:
                    sockets[PRICES] = await dial(http, self._places.prices, terms.timeout, _BARE)
                session = begin(terms, self._memory, self._budget, line.joint.now())
                line.session = session
                carrier = Carrier(line, session, http, self._pack, terms.timeout)
                jobs = [read(line, session, name, socket) for name, socket in sockets.items()]
                await line.race(*jobs, carrier.write(sockets))
            finally:
                for socket in sockets.values():
                    await socket.close()

    def _pack(self, asked: Asked) -> Parcel:
        request = asked.request
        raw = msgspec.json.encode(request.body) if request.body else None
        return Parcel(method=request.method, url=self._places.rest + request.path, data=raw, headers=_JSON)
