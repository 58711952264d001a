"""What Binance lists of symbols, asked once before a run."""

from typing import Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec

from openbell.core.codes import Code
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.listing import Listing, listings
from openbell.edges.brokers.binance.replies import judge, spare
from openbell.edges.brokers.budget import shared
from openbell.edges.brokers.enquiry import MOST_SHUT_NS, Access, Enquiry, Manner
from openbell.edges.brokers.failures import BadRequest
from openbell.edges.brokers.listed import Listed

WEIGHT = 20
MANNER = Manner(headers={}, words="msg", judge=lambda reply, _: judge(reply), spare=spare)
"""Nobody has to sign these questions."""


class Place(Protocol):
    """Of an account's options, what is needed to ask."""

    url: str


def asker(
    http: aiohttp.ClientSession,
    place: Place,
    limits: dict[str, int],
    access: Access,
    manner: Manner = MANNER,
    patience: int = MOST_SHUT_NS,
) -> Enquiry:
    """Return who asks over `http`, behind all else that this machine sends there.

    The venue counts by address: all keys of this machine share what it lets through.
    `patience` is that of `Enquiry`, ns.

    Raises:
        OSError: What all processes share cannot be opened.
    """
    budget = shared(limits, access.rates, "binance", urlsplit(place.url).netloc)
    return Enquiry(http, budget, manner, access.now, patience)


async def listed(place: Place, limits: dict[str, int], symbols: tuple[str, ...], access: Access) -> dict[str, Listed]:
    """Return what the vendor lists of symbols.

    Args:
        place: The account's options.
        limits: Of its requests.
        symbols: As we write them; one that the vendor does not know is missing.
        access: What a question needs besides.

    Raises:
        Failure: The list could not be had.
    """
    async with aiohttp.ClientSession() as http:
        enquiry, url = asker(http, place, limits, access), f"{place.url}{codec.RULES}"
        found = await _rows(enquiry, url, symbols)
        if found is None:
            # One of them is gone: the others are as they were.
            single = [await _rows(enquiry, url, (symbol,)) for symbol in symbols] if len(symbols) > 1 else []
            found = {symbol: one for rows in single if rows is not None for symbol, one in rows.items()}
    return {symbol: one.listed() for symbol, one in found.items() if symbol in symbols}


async def _rows(enquiry: Enquiry, url: str, symbols: tuple[str, ...]) -> dict[str, Listing] | None:
    """Return what is listed of symbols, None where the vendor does not know one of them."""
    query = urlencode({"symbols": msgspec.json.encode(symbols).decode()})
    try:
        return listings(await enquiry.ask(f"{url}?{query}", WEIGHT))
    except BadRequest as failure:
        if failure.code != Code.UNKNOWN_ORDER:
            raise
        return None
