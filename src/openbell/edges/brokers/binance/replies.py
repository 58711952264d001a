"""What an answer to a request means; only documented refusals are final. Pure."""

from collections.abc import Mapping

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import DAY_NS, NS
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.tables import CODES, DUPLICATE, HALF_CHANGED, LATE_STAMP, LIMITED, STRANGER, WORDS
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited, Transient
from openbell.edges.brokers.fields import SHOWN, mapping
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import lost, refused

BANNED = 418
MOST_WEIGHT = 4_800
"""Of the 6,000 that all users of this address have each minute."""
TOO_MANY_ORDERS = -1015
_PAUSE_NS, _MINUTE_NS, _LEAST_BAN_NS = 5 * NS, 60 * NS, 120 * NS
"""How long nothing but cancels is sent where the venue takes no new orders, and nothing at all where the address has
used its minute or is shut out, and the venue does not say how long."""
_MOST_PAUSE_NS = 3 * DAY_NS


def judge(reply: Reply) -> Failure | None:
    """Return how an answer says that it failed, None where it was taken."""
    if 200 <= reply.status < 300:
        return None
    body = reply.body if isinstance(reply.body, dict) else {}
    number, words = body.get("code"), str(body.get("msg", ""))[:SHOWN]
    code = number if isinstance(number, int) else 0
    said = f"{reply.status} {code or ''} {words}".replace("  ", " ").strip()
    if reply.status in (429, BANNED) or (code in LIMITED and 400 <= reply.status < 500):
        # New orders have a count of their own: while it is full a cancel is taken. Everything else that is too much
        # shuts the address: every request is refused, and who goes on asking is shut out for longer.
        is_shut = reply.status == BANNED or (reply.status == 429 and code != TOO_MANY_ORDERS)
        return RateLimited(said, _pause(reply, is_shut=is_shut), is_shut=is_shut)
    if not 400 <= reply.status < 500:
        return OutcomeUnknown(said)
    if code in STRANGER:
        return AuthFailed(said)
    if code == LATE_STAMP:
        return Transient(said)
    if code not in CODES:
        return OutcomeUnknown(said)
    if DUPLICATE in words:
        return BadRequest(said, Code.DUPLICATE_ID)
    return BadRequest(said, next((found for part, found in WORDS.items() if part in words), CODES[code]))


def spare(headers: Mapping[str, str]) -> int | None:
    """Return how much weight is left of our part, None where the venue does not say."""
    used = headers.get("x-mbx-used-weight-1m", "")
    return max(MOST_WEIGHT - int(used), 0) if used.isdecimal() else None


def _pause(reply: Reply, *, is_shut: bool) -> int:
    """Return how long to wait (ns), as the venue says."""
    text = reply.headers.get("retry-after", "")
    if not text.isdecimal():
        return _LEAST_BAN_NS if reply.status == BANNED else _MINUTE_NS if is_shut else _PAUSE_NS
    return max(min(int(text) * NS, _MOST_PAUSE_NS), NS)


def ordered(request: Request, reply: Reply, account: str) -> tuple[list[ev.Event], Failure | None]:
    """Return the events of an order's answer, and a failure that concerns more than it.

    An answer that cannot be understood leaves its order unknown.
    """
    failure = judge(reply)
    if failure is None or _is_taken_back(request, reply):
        try:
            return _taken(request, reply, account), None
        except OutcomeUnknown as unknown:
            return [lost(account, request.oid, str(unknown))], None
    is_there = isinstance(failure, BadRequest) and failure.code == Code.DUPLICATE_ID
    if isinstance(failure, OutcomeUnknown) or is_there:
        # Where it has an order under this id already: which one, and how it fares, has to be asked.
        return [lost(account, request.oid, str(failure))], None
    return [refused(account, request.oid, request.op, failure)], None if isinstance(failure, BadRequest) else failure


def _is_taken_back(request: Request, reply: Reply) -> bool:
    """Return True for a change whose first half was carried out and whose second one is refused for certain."""
    body = reply.body if isinstance(reply.body, dict) else {}
    data = body.get("data")
    if request.op != "amend" or body.get("code") != HALF_CHANGED or not isinstance(data, dict):
        return False
    made = data.get("newOrderResponse")
    is_refused = isinstance(made, dict) and made.get("code") in CODES and DUPLICATE not in str(made.get("msg"))
    return is_refused and (data.get("cancelResult"), data.get("newOrderResult")) == ("SUCCESS", "FAILURE")


def _taken(request: Request, reply: Reply, account: str) -> list[ev.Event]:
    """Return what a yes means: executions first, then what is in force."""
    body = mapping(reply.body)
    if request.op == "cancel":
        return [codec.order_event(body, account, "transactTime", "origClientOrderId")]
    if request.op == "submit":
        return [*codec.fills_of(body, account), codec.order_event(body, account, "transactTime")]
    if "data" in body:
        cancelled = mapping(mapping(body["data"]).get("cancelResponse"))
        return [codec.order_event(cancelled, account, "transactTime", "origClientOrderId")]
    made = mapping(body.get("newOrderResponse"))
    found: list[ev.Event] = [*codec.fills_of(made, account), codec.replaced(made, account, "transactTime")]
    end = codec.order_event(made, account, "transactTime")
    return [*found, end] if end.happening != "accepted" else found
