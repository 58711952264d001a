"""Can the plain venue be reached, and is the account as configured? Nothing is ordered."""

import asyncio

import aiohttp

from openbell.core.types import NS
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.plain.guard import Place, Talk

PATIENCE_NS = 5 * NS
"""How long the venue may take for all of it."""
EPOCH = 0
"""Below every lease: being asked fences nobody."""


async def probe(place: Place, mode: str, limits: dict[str, int], access: Access) -> str:
    """Return why the account cannot be reached, empty where it can.

    Args:
        place: The account's options.
        mode: What the venue must say it is.
        limits: Of its requests.
        access: What a question needs besides.
    """
    try:
        async with (
            asyncio.timeout(PATIENCE_NS / NS),
            aiohttp.ClientSession() as http,
            http.ws_connect(place.url) as socket,
        ):
            return await Talk(socket, EPOCH).greet(place, mode)
    except TimeoutError:
        return f"no answer within {PATIENCE_NS // NS} s"
    except (aiohttp.ClientError, OSError, ValueError) as failure:
        return f"{type(failure).__name__}: {failure}"
