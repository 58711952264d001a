"""Can Binance be reached, and is the account as configured? Nothing is ordered.

An address that is shut is not asked, and what is refused here for asking too often shuts it for every process.
"""

import asyncio
from typing import Any, Protocol

import aiohttp
from msgspec.structs import replace

from openbell.core.types import NS
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.catalogue import MANNER, asker
from openbell.edges.brokers.binance.session import stranger
from openbell.edges.brokers.binance.signer import Signer
from openbell.edges.brokers.enquiry import Access, Enquiry
from openbell.edges.brokers.failures import Failure, RateLimited
from openbell.edges.brokers.fields import mapping

PATIENCE_NS = 5 * NS
"""How long the venue may take for all of it."""
WEIGHT = 20
"""Of the question for the account."""


class Place(Protocol):
    """Of an account's options, what is needed to reach it."""

    url: str
    account: str
    key: str
    secret: str


def owner(http: aiohttp.ClientSession, place: Place, limits: dict[str, int], access: Access) -> Enquiry:
    """Return who asks in the account's name: once, and nothing while the address is shut.

    Raises:
        OSError: What all processes share cannot be opened.
    """
    return asker(http, place, limits, access, replace(MANNER, headers={"X-MBX-APIKEY": place.key}), patience=0)


async def account(enquiry: Enquiry, place: Place, stamp: int) -> Any:
    """Return what the venue tells of the account; its own time is `stamp` (ns).

    Raises:
        Failure: It tells nothing.
    """
    query = Signer(place.key, place.secret).query({"omitZeroBalances": "true"}, stamp)
    return mapping(await enquiry.ask(f"{place.url}{codec.V3}/account?{query}", WEIGHT))


async def probe(place: Place, mode: str, limits: dict[str, int], access: Access) -> str:
    """Return why the account cannot be traded, empty where it can.

    Args:
        place: The account's options.
        mode: What it must be.
        limits: Of its requests.
        access: What a question needs besides.
    """
    try:
        async with asyncio.timeout(PATIENCE_NS / NS), aiohttp.ClientSession() as http:
            enquiry = owner(http, place, limits, access)
            stamp = codec.instant(mapping(await enquiry.ask(f"{place.url}{codec.TIME}")), "serverTime")
            return str(stranger(await account(enquiry, place, stamp), place.account) or "")
    except TimeoutError:
        return f"no answer within {PATIENCE_NS // NS} s"
    except RateLimited as failure:
        return f"the venue takes nothing from this address: {failure}"
    except (Failure, OSError) as failure:
        return str(failure)
