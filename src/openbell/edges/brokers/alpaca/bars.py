"""Alpaca's minutes of the past: pages over all symbols, by the account's feed."""

from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.assets import manner
from openbell.edges.brokers.alpaca.examine import DATA_HOST
from openbell.edges.brokers.budget import shared
from openbell.edges.brokers.enquiry import Access, Enquiry
from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.fields import mapping
from openbell.edges.brokers.past import Wanted, finished, shortened

LATE_NS = 16 * MINUTE_NS
"""What `delayed_sip` may see is so old at least."""
PAGE = 10_000
"""Bars on a page, of all symbols together."""
STOCKS, COINS = "/v2/stocks/bars", "/v1beta3/crypto/us/bars"


class Place(Protocol):
    """Of an account's options, what is needed to ask."""

    url: str
    key: str
    secret: str
    feed: str


async def history(
    place: Place, limits: dict[str, int], wanted: tuple[Wanted, ...], access: Access
) -> dict[str, list[Bar]]:
    """Return the vendor's minutes of symbols; minutes without a trade are missing there.

    Args:
        place: The account's options.
        limits: Of its requests.
        wanted: Of each symbol, which.
        access: What a question needs besides.

    Raises:
        Failure: They could not be had.
    """
    is_vendor = urlsplit(place.url).scheme == "https"
    host = DATA_HOST if is_vendor else place.url
    found: dict[str, list[Bar]] = {one.symbol: [] for one in wanted}
    async with aiohttp.ClientSession() as http:
        # Market data have a limit of their own there.
        enquiry = Enquiry(http, shared(limits, access.rates, "alpaca-data", place.key), manner(place), access.now)
        for path in (STOCKS, COINS):
            own = [one for one in wanted if ("/" in one.symbol) is (path == COINS)]
            for symbol, bar in await _pages(enquiry, f"{host}{path}", own, place.feed) if own else ():
                found.setdefault(symbol, []).append(bar)
    return {s.symbol: finished(found[s.symbol] if is_vendor else shortened(found[s.symbol]), s) for s in wanted}


async def _pages(enquiry: Enquiry, address: str, wanted: list[Wanted], feed: str) -> list[tuple[str, Bar]]:
    """Return all that an address has, page by page, with the symbol of each bar. Raises Failure."""
    found: list[tuple[str, Bar]] = []
    token: str | None = ""
    while token is not None:
        body = mapping(await enquiry.ask(f"{address}?{urlencode(question(wanted, feed, token))}"))
        found += [(symbol, bar) for symbol, bars in page(body).items() for bar in bars]
        token = body.get("next_page_token")
    return found


def question(wanted: list[Wanted], feed: str, token: str) -> dict[str, str]:
    """Return the parameters of a page; `token` is empty for the first one. Pure."""
    late = LATE_NS if feed == "delayed_sip" else 0
    found = {
        "symbols": ",".join(one.symbol for one in wanted), "timeframe": "1Min",
        "start": codec.stamp(min(one.start for one in wanted)),
        "end": codec.stamp(max(one.end for one in wanted) - late), "limit": str(PAGE), "sort": "asc",
    }  # fmt: skip
    if not all("/" in one.symbol for one in wanted):
        found |= {"feed": "iex" if feed == "iex" else "sip", "adjustment": "split"}
    return found | ({"page_token": token} if token else {})


def page(body: dict[str, Any]) -> dict[str, list[Bar]]:
    """Return the bars of a page by symbol. Pure.

    Raises:
        OutcomeUnknown: It is none.
    """
    token = body.get("next_page_token")
    if token is not None and not isinstance(token, str):
        raise OutcomeUnknown(f"next_page_token is {token!r}")
    rows = mapping(body.get("bars"))
    return {symbol: [codec.minute(row, symbol) for row in codec.rows(rows[symbol])] for symbol in rows}
