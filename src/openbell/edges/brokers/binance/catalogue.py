"""What Binance lists of symbols, asked once before a run."""

from typing import Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec

from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.listing import listings
from openbell.edges.brokers.binance.replies import judge, spare
from openbell.edges.brokers.budget import shared
from openbell.edges.brokers.enquiry import Access, Enquiry, Manner
from openbell.edges.brokers.listed import Listed

WEIGHT = 20
MANNER = Manner(headers={}, words="msg", judge=lambda reply, _: judge(reply), spare=spare)
"""Nobody has to sign these questions."""


class Place(Protocol):
    """Of an account's options, what is needed to ask."""

    url: str


async def listed(place: Place, limits: dict[str, int], symbols: tuple[str, ...], access: Access) -> dict[str, Listed]:
    """Return what the vendor lists of symbols.

    Args:
        place: The account's options.
        limits: Of its requests.
        symbols: As we write them; the vendor refuses all of them where it does not know one.
        access: What a question needs besides.

    Raises:
        Failure: The list could not be had.
    """
    query = urlencode({"symbols": msgspec.json.encode(symbols).decode()})
    async with aiohttp.ClientSession() as http:
        budget = shared(limits, access.rates, "binance", urlsplit(place.url).netloc)
        body = await Enquiry(http, budget, MANNER, access.now).ask(f"{place.url}{codec.RULES}?{query}", WEIGHT)
    return {symbol: one.listed() for symbol, one in listings(body).items() if symbol in symbols}
