"""Can Alpaca be reached, and is the account as configured? Nothing is ordered."""

import asyncio

import aiohttp
import msgspec

from openbell.core.types import NS
from openbell.edges.brokers.alpaca.guard import Place, headers
from openbell.edges.brokers.enquiry import Access

PATIENCE_NS = 5 * NS
"""How long the venue may take for all of it."""


async def probe(place: Place, mode: str, limits: dict[str, int], access: Access) -> str:
    """Return why the account cannot be traded, empty where it can.

    Args:
        place: The account's options.
        mode: What it must be.
        limits: Of its requests.
        access: What a question needs besides.
    """
    try:
        async with (
            asyncio.timeout(PATIENCE_NS / NS),
            aiohttp.ClientSession(headers=headers(place)) as http,
            http.get(f"{place.url}/v2/account") as answer,
        ):
            return wrong(place, answer.status, await answer.read())
    except TimeoutError:
        return f"no answer within {PATIENCE_NS // NS} s"
    except (aiohttp.ClientError, OSError) as failure:
        return f"{type(failure).__name__}: {failure}"


def wrong(place: Place, status: int, raw: bytes) -> str:
    """Return what is wrong with an account's answer, empty for nothing."""
    if status != 200:
        return f"the venue refuses us: {status} {raw[:200].decode('utf-8', 'replace')}"
    try:
        found = msgspec.json.decode(raw, type=dict[str, object])
    except msgspec.MsgspecError:
        return f"not an account: {raw[:200].decode('utf-8', 'replace')}"
    number, state = found.get("account_number"), found.get("status")
    if place.account and number != place.account:
        return f"the key is of account {number}, the file says {place.account}"
    return "" if state == "ACTIVE" else f"account {number} is {state}"
