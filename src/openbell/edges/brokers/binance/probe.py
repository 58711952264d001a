"""Can Binance be reached, and is the account as configured? Nothing is ordered."""

import asyncio

import aiohttp
import msgspec

from openbell.core.types import NS
from openbell.edges.brokers.binance.guard import Place, Shut, Way

PATIENCE_NS = 5 * NS
"""How long the venue may take for all of it."""


async def probe(place: Place, mode: str) -> str:
    """Return why the account cannot be traded, empty where it can.

    Args:
        place: The account's options.
        mode: What it must be.
    """
    try:
        async with asyncio.timeout(PATIENCE_NS / NS), aiohttp.ClientSession() as http:
            return wrong(place, *await Way(http, place).ask("GET", "account", {"omitZeroBalances": "true"}))
    except TimeoutError:
        return f"no answer within {PATIENCE_NS // NS} s"
    except Shut as failure:
        return f"the venue takes nothing from this address for {failure.wait // NS} s: {failure}"
    except (aiohttp.ClientError, OSError, ValueError) as failure:
        return f"{type(failure).__name__}: {failure}"


def wrong(place: Place, status: int, raw: bytes) -> str:
    """Return what is wrong with an account's answer, empty for nothing."""
    if status != 200:
        return f"the venue refuses us: {status} {raw[:200].decode('utf-8', 'replace')}"
    try:
        found = msgspec.json.decode(raw, type=dict[str, object])
    except msgspec.MsgspecError:
        return f"not an account: {raw[:200].decode('utf-8', 'replace')}"
    number = str(found.get("uid", ""))
    if place.account and number != place.account:
        return f"the key is of account {number}, the file says {place.account}"
    is_fit = found.get("canTrade") is True and found.get("accountType") == "SPOT"
    return "" if is_fit else f"account {number} cannot trade spot"
