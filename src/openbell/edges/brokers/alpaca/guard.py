"""The guardian's way to Alpaca: it can ask what is open and take orders back.

It has no words for more, and shares nothing with the engine's line but the address: a fault there is none here.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import aiohttp
import msgspec

from openbell.core.types import NS

PATIENCE_NS = 20 * NS
"""How long one try may take."""
PAUSE_S = 0.5
"""Between two rounds, seconds: what a venue refuses is not asked for in a storm."""
MOST = 500


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
    """

    asked: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    error: str = ""


def headers(place: Place) -> dict[str, str]:
    """Return what says who we are."""
    return {"APCA-API-KEY-ID": place.key, "APCA-API-SECRET-KEY": place.secret}


def open_orders(raw: bytes) -> list[tuple[str, str]]:
    """Return the ids of open orders, the client's and the venue's; what adds risk comes first.

    Raises:
        ValueError: It is no list of orders: one that is missing is not an empty one.
    """
    try:
        orders = msgspec.json.decode(raw)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(orders, list):
        raise ValueError(f"no list of orders: {str(orders)[:200]}")
    rows: list[dict[str, Any]] = sorted(orders, key=lambda one: str(one.get("position_intent", "")).endswith("close"))
    return [(str(one["client_order_id"]), str(one["id"])) for one in rows]


async def pull(place: Place, mode: str, epoch: int, note: Callable[[list[str]], None]) -> Pulled:
    """Take back every order of the account, and look until none is left.

    Args:
        place: The account's options, as the engine has them.
        mode: What the account must be; a key says by itself that it is for paper.
        epoch: Later than the engine's. The venue knows no leases: the engine is fenced on this machine.
        note: Writes down what is about to be taken back, before it is.
    """
    asked: list[str] = []
    left: list[tuple[str, str]] = []
    error = ""
    try:
        async with asyncio.timeout(PATIENCE_NS / NS), aiohttp.ClientSession(headers=headers(place)) as http:
            while left := await _left(http, place):
                asked += [name for name, _ in left]
                note([name for name, _ in left])
                await _take_back(http, [f"{place.url}/v2/orders/{order}" for _, order in left])
    except TimeoutError:
        error = "the time was up"
    except (aiohttp.ClientError, OSError, ValueError, KeyError, AttributeError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Pulled(asked=tuple(asked), left=tuple(name for name, _ in left), error=error)


async def _take_back(http: aiohttp.ClientSession, places: list[str]) -> None:
    """Cancel orders, and let a moment pass: a cancel is taken first and carried out then."""
    for place in places:
        async with http.delete(place) as answer:
            await answer.read()
    await asyncio.sleep(PAUSE_S)


async def _left(http: aiohttp.ClientSession, place: Place) -> list[tuple[str, str]]:
    async with http.get(f"{place.url}/v2/orders?status=open&limit={MOST}") as answer:
        raw = await answer.read()
        if answer.status != 200:
            raise ValueError(f"status {answer.status}: {raw[:200].decode('utf-8', 'replace')}")
        return open_orders(raw)
