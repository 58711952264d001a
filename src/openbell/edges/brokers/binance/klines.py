"""Binance's minutes of the past: pages of each symbol."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.catalogue import Place, asker
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.fields import number, whole
from openbell.edges.brokers.past import Wanted, finished, shortened

WEIGHT, PAGE = 2, 1000
PATH = f"{codec.V3}/klines"
_MS = NS // 1000
_NAMES = ("t", "o", "h", "l", "c", "v", "T")
"""What stands in a row, in its order, under the names that a stream gives them."""


async def history(
    place: Place, limits: dict[str, int], wanted: tuple[Wanted, ...], access: Access
) -> dict[str, list[Bar]]:
    """Return the vendor's minutes of symbols; the one still open is left out.

    Args:
        place: The account's options.
        limits: Of its requests.
        wanted: Of each symbol, which.
        access: What a question needs besides.

    Raises:
        Failure: They could not be had.
    """
    found: dict[str, list[Bar]] = {}
    async with aiohttp.ClientSession() as http:
        enquiry = asker(http, place, limits, access)
        for one in wanted:
            bars: list[Bar] = []
            start: int | None = one.start
            while start is not None and start < one.end:
                rows = await enquiry.ask(f"{place.url}{PATH}?{urlencode(question(one, start))}", WEIGHT)
                bars += minutes(rows, one.symbol)
                start = bars[-1].ts if len(rows) >= PAGE else None
            is_vendor = urlsplit(place.url).scheme == "https"
            found[one.symbol] = finished(bars if is_vendor else shortened(bars), one)
    return found


def question(wanted: Wanted, start: int) -> dict[str, str | int]:
    """Return the parameters of the page that begins at `start` (UTC ns). Pure."""
    return {
        "symbol": wanted.symbol, "interval": "1m", "startTime": -(-start // _MS), "endTime": wanted.end // _MS,
        "limit": PAGE,
    }  # fmt: skip


def minutes(body: Any, symbol: str) -> list[Bar]:
    """Return the bars of a page. Pure.

    Raises:
        OutcomeUnknown: It is none.
    """
    if not isinstance(body, list):
        raise OutcomeUnknown(f"{str(body)[:60]} where a list should be")
    return [_minute(row, symbol) for row in body]


def _minute(row: Any, symbol: str) -> Bar:
    if not isinstance(row, list) or len(row) < len(_NAMES):
        raise OutcomeUnknown(f"a row of bars is {str(row)[:60]}")
    told = dict(zip(_NAMES, row, strict=False))
    begin = whole(told, "t") * _MS
    px = {name: float(number(told, name)) for name in _NAMES[1:6]}
    return Bar(
        ts=begin + MINUTE_NS, instrument=symbol, open=px["o"], high=px["h"], low=px["l"], close=px["c"],
        volume=px["v"], interval=MINUTE_NS,
    )  # fmt: skip
