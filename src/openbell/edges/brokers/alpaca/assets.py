"""What Alpaca lists of an instrument: steps, least quantity, shorts, parts of a share."""

from decimal import Decimal
from typing import Any, Protocol

import aiohttp

from openbell.core.codes import Code
from openbell.core.types import ZERO
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.replies import judge, spare
from openbell.edges.brokers.budget import shared
from openbell.edges.brokers.enquiry import Access, Enquiry, Manner
from openbell.edges.brokers.failures import BadRequest
from openbell.edges.brokers.fields import mapping, number, text
from openbell.edges.brokers.listed import Listed, Word, least, plain, step
from openbell.edges.brokers.request import Body, Request

STOCK, COIN = "us_equity", "crypto"
EASY = "easy_to_borrow"
ONE_BY_ONE = 20
"""So many stocks are asked for by name; for more of them, and for coins, the whole list is taken."""
_FLAGS = (("fractionable", "parts of a share"), ("marginable", "on margin"))


class Place(Protocol):
    """Of an account's options, what is needed to ask."""

    url: str
    key: str
    secret: str


def manner(place: Place) -> Manner:
    """Return how the vendor is asked what can wait."""
    keys = {"APCA-API-KEY-ID": place.key, "APCA-API-SECRET-KEY": place.secret}
    asked = Request(op="enquiry")
    return Manner(headers=keys, words="message", judge=lambda reply, now: judge(asked, reply, now), spare=spare)


async def listed(place: Place, limits: dict[str, int], symbols: tuple[str, ...], access: Access) -> dict[str, Listed]:
    """Return what the vendor lists of symbols; one that is missing is not listed.

    Args:
        place: The account's options.
        limits: Of its requests.
        symbols: As we write them.
        access: What a question needs besides.

    Raises:
        Failure: The list could not be had.
    """
    stocks = [symbol for symbol in symbols if "/" not in symbol]
    is_few = len(stocks) <= ONE_BY_ONE
    kinds = [STOCK] * (bool(stocks) and not is_few) + [COIN] * (len(stocks) < len(symbols))
    rows: list[Body] = []
    async with aiohttp.ClientSession() as http:
        enquiry = Enquiry(http, shared(limits, access.rates, "alpaca", place.key), manner(place), access.now)
        for kind in kinds:
            rows += codec.rows(await enquiry.ask(f"{place.url}/v2/assets?status=active&asset_class={kind}"))
        for symbol in stocks if is_few else ():
            rows += await _one(enquiry, f"{place.url}/v2/assets/{symbol}")
    return {row["symbol"]: asset(row) for row in rows if row.get("symbol") in symbols}


async def _one(enquiry: Enquiry, url: str) -> list[Body]:
    """Return the row of one instrument, none where the vendor does not know it."""
    try:
        return [mapping(await enquiry.ask(url))]
    except BadRequest as failure:
        if failure.code != Code.UNKNOWN_ORDER:
            raise
        return []


def asset(row: Body) -> Listed:
    """Return what one row says. Pure.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    is_coin = text(row, "class") == COIN
    is_open = row.get("tradable") is True and text(row, "status") == "active"
    flags = [words for name, words in _FLAGS if row.get(name) is True]
    borrow = row.get("borrow_status") or (EASY if row.get(EASY) is True else "")
    if isinstance(borrow, str) and borrow and not is_coin:
        flags.append(borrow.replace("_", " "))
    # What is hard to borrow has to be asked for by a person there.
    can_short = row.get("shortable") is True and borrow == EASY
    fields: dict[str, Word] = {"kind": "crypto" if is_coin else "stock", "can_short": can_short}
    if is_coin:
        fields |= _coin(row)
    elif row.get("fractionable") is not True:
        fields["lot"] = "1"
    return Listed(fields=fields, halted="" if is_open else "not tradable there", flags=tuple(flags))


def _coin(row: Body) -> dict[str, Word]:
    tick, lot, size = _bound(row, "price_increment"), _bound(row, "min_trade_increment"), _bound(row, "min_order_size")
    lot = step(lot)
    found = {"tick": step(tick), "lot": lot, "min_qty": least(size, lot)}
    said = {name: plain(value) for name, value in found.items() if value}
    return {"currency": text(row, "symbol").partition("/")[2], **said}


def _bound(row: dict[str, Any], name: str) -> Decimal:
    return number(row, name, codec.PLACES) if row.get(name) is not None else ZERO
