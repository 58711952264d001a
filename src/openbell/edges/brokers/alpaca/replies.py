"""What an answer to a request means; only documented refusals are final. Pure."""

from collections.abc import Mapping

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.feed import is_refused
from openbell.edges.brokers.alpaca.tables import CODES, DUPLICATE, WORDS
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited
from openbell.edges.brokers.fields import SHOWN, mapping
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import lost, refused

_PAUSE_NS = 5 * NS
"""How long nothing but cancels is sent where the venue asks for a pause and does not say how long."""
_MOST_PAUSE_NS = 90 * NS


def judge(request: Request, reply: Reply, now: int) -> Failure | None:
    """Return how an answer says that it failed, None where it was taken; `now` is UTC ns.

    Not every account may open the feed of corrections: its refusal is an answer, and says nothing of the keys.
    """
    if 200 <= reply.status < 300 or is_refused(request, reply.status):
        return None
    body = reply.body if isinstance(reply.body, dict) else {}
    code, words = body.get("code"), str(body.get("message", ""))[:SHOWN]
    said = f"{reply.status} {code if isinstance(code, int) else ''} {words}".replace("  ", " ").strip()
    if reply.status == 401 or (reply.status == 403 and words.startswith("forbidden")):
        return AuthFailed(said)
    if reply.status == 429:
        return RateLimited(said, _pause(reply, now))
    known = CODES.get((reply.status, code)) if isinstance(code, int) else None
    if known is None:
        return OutcomeUnknown(said)
    if DUPLICATE in words:
        return BadRequest(said, Code.DUPLICATE_ID)
    if reply.status == 422 and request.op in ("amend", "cancel"):
        return BadRequest(said, Code.TOO_LATE)
    return BadRequest(said, next((code for part, code in WORDS.items() if part in words), known))


def spare(headers: Mapping[str, str]) -> int | None:
    """Return how many requests the venue says are left, None where it does not say."""
    left = headers.get("x-ratelimit-remaining", "")
    return int(left) if left.isdecimal() else None


def _pause(reply: Reply, now: int) -> int:
    """Return how long to wait (ns): until the vendor's minute is over, and a second more."""
    reset = reply.headers.get("x-ratelimit-reset", "")
    if not reset.isdecimal():
        return _PAUSE_NS
    return max(min((int(reset) + 1) * NS - now, _MOST_PAUSE_NS), NS)


def ordered(request: Request, reply: Reply, account: str, now: int) -> tuple[list[ev.Event], Failure | None]:
    """Return the events of an order's answer, and a failure that concerns more than it.

    An answer that cannot be understood leaves its order unknown.
    """
    failure = judge(request, reply, now)
    if failure is None:
        return _taken(request, reply, account), None
    is_there = isinstance(failure, BadRequest) and failure.code == Code.DUPLICATE_ID
    if isinstance(failure, OutcomeUnknown) or (is_there and request.op == "submit"):
        # Where it has an order under this id already: which one, and how it fares, has to be asked.
        return [lost(account, request.oid, str(failure))], None
    return [refused(account, request.oid, request.op, failure)], failure if isinstance(
        failure, AuthFailed | RateLimited
    ) else None


def _taken(request: Request, reply: Reply, account: str) -> list[ev.Event]:
    """Return what a yes means: a change or a cancel is only taken, and will be announced."""
    if request.op != "submit":
        return []
    try:
        return [codec.order_event(mapping(reply.body), account)]
    except OutcomeUnknown as unknown:
        return [lost(account, request.oid, str(unknown))]
