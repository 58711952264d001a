"""The guardian's way to Binance: it can ask what is open and take orders back.

It has no words for more, and shares nothing with the engine's line but the address and the signature: a fault there is
none here.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import aiohttp
import msgspec
from yarl import URL

from openbell.core.types import NS
from openbell.edges.brokers.binance.signer import Signer

PATIENCE_NS = 20 * NS
"""How long one try may take."""
PAUSE_S = 0.5
"""Between two rounds, seconds: what a venue refuses is not asked for in a storm."""
LEAST_WAITS = {429: 60 * NS, 418: 120 * NS}
"""Statuses by which the venue takes nothing from this address, and for how long (ns) where it does not say."""
MOST_WAIT_NS = 3 * 86_400 * NS
"""Longest time for which the venue shuts an address out."""


class Place(Protocol):
    """Of an account's options, what is needed to reach it."""

    url: str
    account: str
    key: str
    secret: str


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of taking an account's orders back.

    Attributes:
        asked: Ids of which cancels were sent, in order. left: Those still open at the end.
        error: Why it is not known, empty where it is.
        wait: For how long (ns) the venue takes nothing more; who goes on asking is shut out for longer.
    """

    asked: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    error: str = ""
    wait: int = 0


class Shut(Exception):
    """The venue takes nothing from this address for `wait` (ns)."""

    def __init__(self, text: str, wait: int) -> None:
        """Keep the venue's words."""
        super().__init__(text)
        self.wait = wait


def open_orders(raw: bytes) -> list[tuple[str, str, int]]:
    """Return the open orders: the client's id, the symbol, the venue's number.

    What adds risk (a buy) comes first.

    Raises:
        ValueError: It is no list of orders: one that is missing is not an empty one.
    """
    try:
        orders = msgspec.json.decode(raw)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(orders, list):
        raise ValueError(f"no list of orders: {str(orders)[:200]}")
    rows: list[dict[str, Any]] = sorted(orders, key=lambda one: one.get("side") == "SELL")
    return [(str(one["clientOrderId"]), str(one["symbol"]), int(one["orderId"])) for one in rows]


class Way:
    """Signed requests to one account, stamped by the venue's own clock."""

    def __init__(self, http: aiohttp.ClientSession, place: Place) -> None:
        """Ask `place` over `http`."""
        self._http = http
        self._place = place
        self._signer = Signer(place.key, place.secret)

    async def ask(self, method: str, path: str, params: dict[str, Any]) -> tuple[int, bytes]:
        """Return status and body of an answer.

        Raises:
            aiohttp.ClientError, OSError: There is none.
            ValueError: The venue does not tell the time.
            Shut: It takes nothing from this address.
        """
        async with self._http.get(f"{self._place.url}/api/v3/time") as answer:
            told = msgspec.json.decode(await _read(answer))
        if not isinstance(told, dict) or not isinstance(told.get("serverTime"), int):
            raise ValueError(f"no time: {str(told)[:200]}")
        query = self._signer.query(params, told["serverTime"] * (NS // 1000))
        url = URL(f"{self._place.url}/api/v3/{path}?{query}", encoded=True)
        async with self._http.request(method, url, headers={"X-MBX-APIKEY": self._place.key}) as answer:
            return answer.status, await _read(answer)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body of an answer.

    Raises:
        Shut: It says that nothing is taken for a while.
    """
    raw = await answer.read()
    if answer.status in LEAST_WAITS:
        told = answer.headers.get("Retry-After", "")
        wait = max(min(int(told) * NS, MOST_WAIT_NS), NS) if told.isdecimal() else LEAST_WAITS[answer.status]
        raise Shut(f"status {answer.status}: {raw[:200].decode('utf-8', 'replace')}", wait)
    return raw


async def pull(place: Place, mode: str, epoch: int, note: Callable[[list[str]], None]) -> Pulled:
    """Take back every order of the account, and look until none is left.

    Args:
        place: The account's options, as the engine has them.
        mode: What the account must be; the host says by itself that it is for trials.
        epoch: Later than the engine's. The venue knows no leases: the engine is fenced on this machine.
        note: Writes down what is about to be taken back, before it is.
    """
    asked: list[str] = []
    left: list[tuple[str, str, int]] = []
    error, wait = "", 0
    try:
        async with asyncio.timeout(PATIENCE_NS / NS), aiohttp.ClientSession() as http:
            way = Way(http, place)
            while left := await _left(way):
                asked += [name for name, _, _ in left]
                note([name for name, _, _ in left])
                await _take_back(way, left)
    except TimeoutError:
        error = "the time was up"
    except Shut as failure:
        error, wait = str(failure), failure.wait
    except (aiohttp.ClientError, OSError, ValueError, KeyError, AttributeError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Pulled(asked=tuple(asked), left=tuple(name for name, _, _ in left), error=error, wait=wait)


async def _take_back(way: Way, orders: list[tuple[str, str, int]]) -> None:
    """Cancel orders, and let a moment pass before anybody looks."""
    for _, symbol, number in orders:
        await way.ask("DELETE", "order", {"symbol": symbol, "orderId": number})
    await asyncio.sleep(PAUSE_S)


async def _left(way: Way) -> list[tuple[str, str, int]]:
    status, raw = await way.ask("GET", "openOrders", {})
    if status != 200:
        raise ValueError(f"status {status}: {raw[:200].decode('utf-8', 'replace')}")
    return open_orders(raw)
