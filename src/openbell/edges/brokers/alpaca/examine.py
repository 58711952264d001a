"""Looks at an account before it is traded: nothing is ordered, nothing is changed."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import msgspec

from openbell.core.types import NS
from openbell.edges.brokers import finding
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.guard import headers
from openbell.edges.brokers.alpaca.tables import GATES, OK_ACCOUNT, PAPER_ACCOUNT
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.finding import Finding, bad, line, odd, well

PATIENCE_NS = 10 * NS
"""How long the venue may take for all of it."""
DATA_HOST = "https://data.alpaca.markets"
_REFUSED = (401, 403)


class Place(Protocol):
    """Of an account's options, what is needed to look at it."""

    url: str
    account: str
    key: str
    secret: str
    feed: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered.

    Attributes:
        status, body: Of HTTP, the body as data. left: The limit that a header tells, as text.
        asked, told: When, UTC ns.
    """

    status: int
    body: Any
    left: str
    asked: int
    told: int


async def examine(place: Place, mode: str, limits: dict[str, int], access: Access) -> list[Finding]:
    """Return everything that was found.

    Args:
        place: The account's options.
        mode: What it must be.
        limits: Requests a second and so on that this account is used with.
        access: What a question needs besides.
    """
    now = access.now
    data = DATA_HOST if urlsplit(place.url).scheme == "https" else place.url
    try:
        async with asyncio.timeout(PATIENCE_NS / NS), aiohttp.ClientSession(headers=headers(place)) as http:
            clock = await _ask(http, f"{place.url}/v2/clock", now)
            account = await _ask(http, f"{place.url}/v2/account", now)
            quote = await _ask(http, f"{data}/v2/stocks/quotes/latest?symbols=SPY&feed={place.feed}", now)
    except TimeoutError:
        return [bad("line", f"no answer within {PATIENCE_NS // NS} s", "look at the network, then ask again")]
    except aiohttp.ClientConnectorCertificateError as failure:
        return [bad("line", f"the certificate is not the vendor's: {failure}", "do not trade over this network")]
    except (aiohttp.ClientError, OSError) as failure:
        return [bad("line", f"{type(failure).__name__}: {failure}", "look at the network and at url in the file")]
    found = [line(place.url), _keys(account)]
    if account.status in _REFUSED:
        return found  # Everything else would be refused for the same reason.
    if account.status == 200:
        found += [*kinds(place, account.body, mode), _rights(place)]
    return [*found, skew(clock), entitled(place, quote), rate(account, limits)]


async def _ask(http: aiohttp.ClientSession, url: str, now: Callable[[], int]) -> Answer:
    asked = now()
    async with http.get(url, allow_redirects=False) as answer:
        raw = await answer.read()
        try:
            body = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, ValueError):
            body = None
        left = answer.headers.get("X-RateLimit-Limit", "")
        return Answer(status=answer.status, body=body, left=left, asked=asked, told=now())


def _keys(account: Answer) -> Finding:
    if account.status == 200:
        return well("keys", "taken")
    told = f"refused: {account.status} {str(account.body)[:120]}"
    return bad("keys", told, "make new keys for this account at the vendor, and write both")


def kinds(place: Place, account: Any, mode: str) -> list[Finding]:
    """Return whether it is the account of the file, of the right kind, and open."""
    body = account if isinstance(account, dict) else {}
    number, state = str(body.get("account_number", "")), str(body.get("status", ""))
    is_paper = number.startswith(PAPER_ACCOUNT)
    if is_paper != (mode == "paper"):
        told = f"account {number} is {'a paper' if is_paper else 'no paper'} account, and the mode is {mode}"
        return [bad("kind", told, "write the keys of the account that the mode is for")]
    if place.account and place.account != number:
        return [bad("kind", f"the key is of account {number}, the file says {place.account}", "correct one of them")]
    closed = [gate for gate in GATES if body.get(gate) is True]
    if state not in OK_ACCOUNT or closed:
        told = f"account {number} is {state} {' '.join(closed)}".strip()
        return [bad("kind", told, "open it at the vendor")]
    shorts = "may go short" if body.get("shorting_enabled") is True else "may not go short"
    money = "paper" if is_paper else "real money"
    told = f"account {number}, {money}, {state}, {shorts}, multiplier {body.get('multiplier')}"
    return [well("kind", told)]


def _rights(place: Place) -> Finding:
    if urlsplit(place.url).scheme == "http" or place.key.startswith("PK"):
        return well("rights", "a key of play money: there is nothing that it could send away")
    told = "the vendor does not tell what a key may do"
    return odd("rights", told, "use keys made for trading alone, and forbid transfers in the account's settings")


def skew(clock: Answer) -> Finding:
    """Return how far the venue's clock is off ours."""
    # What lies between question and answer is no difference.
    try:
        told = codec.instant(clock.body if isinstance(clock.body, dict) else {}, "timestamp")
    except OutcomeUnknown:
        return bad("clock", f"the venue told no time: {clock.status}", "ask again later")
    return finding.clock(min(told - clock.asked, 0) or max(told - clock.told, 0))


def entitled(place: Place, quote: Answer) -> Finding:
    """Return whether the account may see the prices of its feed."""
    if quote.status == 200:
        return well("data", f"quotes of {place.feed} are told")
    fix = "write feed: iex, or subscribe to the feed at the vendor"
    return bad("data", f"feed {place.feed} is refused: {quote.status} {str(quote.body)[:120]}", fix)


def rate(account: Answer, limits: dict[str, int]) -> Finding:
    """Return whether what the engine may send fits what the venue takes in a minute."""
    most = limits["burst"] + 60 * limits["rate"]
    if not account.left.isdecimal():
        return odd("rate", "the venue does not tell its limit", "look it up at the vendor's")
    told = f"at most {most} requests a minute, {limits['reserve']} kept for cancels; the venue takes {account.left}"
    if most > int(account.left):
        return bad("rate", told, "ask the vendor for a higher limit")
    return well("rate", told)
