"""Looks at an account before it is traded: nothing is ordered, nothing is changed.

Three questions, behind everything else that this machine sends there; an address that is shut is not asked.
"""

import asyncio
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from openbell.core.types import NS
from openbell.edges.brokers import finding
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.catalogue import WEIGHT
from openbell.edges.brokers.binance.probe import Place, account, owner
from openbell.edges.brokers.binance.session import stranger
from openbell.edges.brokers.binance.tables import DEMO_HOST, LIVE_HOSTS, TEST_HOST
from openbell.edges.brokers.enquiry import Access, Enquiry
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, RateLimited, Transient
from openbell.edges.brokers.fields import mapping
from openbell.edges.brokers.finding import MS_NS, Finding, bad, line, odd, well

PATIENCE_NS = 10 * NS
"""How long the venue may take for all of it."""
USUAL = "BTCUSDT"
"""A symbol that is listed everywhere: its rules come with the limits of all requests."""


async def examine(place: Place, mode: str, limits: dict[str, int], access: Access) -> list[Finding]:
    """Return everything that was found.

    Args:
        place: The account's options.
        mode: What it must be.
        limits: Weight a second and so on that this address is used with.
        access: What a question needs besides.
    """
    try:
        async with asyncio.timeout(PATIENCE_NS / NS), aiohttp.ClientSession() as http:
            enquiry = owner(http, place, limits, access)
            asked = access.now()
            told = mapping(await enquiry.ask(f"{place.url}{codec.TIME}"))
            stamp, span = codec.instant(told, "serverTime"), (asked, access.now())
            found = [line(place.url), *await _account(enquiry, place, stamp), skew(stamp, span)]
            query = urlencode({"symbol": USUAL})
            rules = await _rules(enquiry, f"{place.url}{codec.RULES}?{query}")
    except TimeoutError:
        return [bad("line", f"no answer within {PATIENCE_NS // NS} s", "look at the network, then ask again")]
    except RateLimited as failure:
        return [bad("line", f"the venue takes nothing from this address: {failure}", "ask again then")]
    except (Failure, OSError) as failure:
        return [bad("line", str(failure), "look at the network and at url in the file")]
    return [*found, *rates(rules, limits)]


async def _account(enquiry: Enquiry, place: Place, stamp: int) -> list[Finding]:
    """Return whether the keys are taken, and what they open.

    Raises:
        RateLimited, Transient: The venue could not say.
    """
    try:
        body = await account(enquiry, place, stamp)
    except (RateLimited, Transient):
        raise
    except Failure as failure:
        fix = "make new keys for this account at the vendor, and write both"
        fix = fix if isinstance(failure, AuthFailed) else "correct it, then ask again"
        return [bad("keys", f"refused: {failure}", fix)]
    return [well("keys", "taken"), _kind(place, body), rights(place, body)]


async def _rules(enquiry: Enquiry, url: str) -> Any:
    try:
        return await enquiry.ask(url, WEIGHT)
    except BadRequest:
        # It is not listed: at a front there may be others.
        return {}


def _kind(place: Place, body: dict[str, Any]) -> Finding:
    """Return whether it is the account of the file and may trade; the host says which kind of money it holds."""
    why = stranger(body, place.account)
    if why is not None:
        return bad("kind", str(why), "write the keys and the number (uid) of one account, open for spot")
    money = "real money" if urlsplit(place.url).hostname in LIVE_HOSTS else "no real money"
    return well("kind", f"account {body.get('uid')}, spot, {money}")


def rights(place: Place, body: dict[str, Any]) -> Finding:
    """Return whether the key can do more than trade."""
    may = body.get("canWithdraw")
    if urlsplit(place.url).hostname in (TEST_HOST, DEMO_HOST):
        return well("rights", "a key of play money: there is nothing that it could send away")
    if may is False:
        return well("rights", "it cannot withdraw")
    told = "it can withdraw" if may is True else "the venue does not say whether it can withdraw"
    return bad("rights", told, "make a key that may trade spot and nothing else, from this machine's address alone")


def skew(stamp: int, span: tuple[int, int]) -> Finding:
    """Return how far the venue's clock is off, which told `stamp` between two of ours.

    All in ns; `span` holds the two.
    """
    asked, told = span
    # What lies between question and answer is no difference, nor is the rest of the venue's millisecond.
    return finding.clock(min(stamp + MS_NS - asked, 0) or max(stamp - told, 0))


def rates(rules: Any, limits: dict[str, int]) -> list[Finding]:
    """Return whether what may be sent in a minute fits what the venue takes."""
    body = rules if isinstance(rules, dict) else {}
    prices = well("data", "prices are told to everybody")
    told = [row for row in body.get("rateLimits") or () if isinstance(row, dict)]
    most = {row.get("limit") for row in told if (row.get("rateLimitType"), row.get("interval")) == _WEIGHT}
    taken = most.pop() if len(most) == 1 else None
    if not isinstance(taken, int):
        return [prices, odd("rate", "the venue does not tell its limit", "look it up at the vendor's")]
    used = limits["burst"] + 60 * limits["rate"]
    said = f"at most {used} weight a minute, {limits['reserve']} kept for cancels; the venue takes {taken}"
    return [prices, well("rate", said) if used <= taken else bad("rate", said, "ask the vendor for a higher limit")]


_WEIGHT = ("REQUEST_WEIGHT", "MINUTE")
