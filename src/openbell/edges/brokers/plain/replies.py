"""What a reply to an order message means; only documented refusals are final. Pure."""

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.edges.brokers.failures import AuthFailed, BadRequest, OutcomeUnknown, RateLimited
from openbell.edges.brokers.fields import text, whole
from openbell.edges.brokers.plain import codec
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.words import lost, refused


def ordered(request: Request, body: Body, account: str) -> tuple[list[ev.Event], AuthFailed | RateLimited | None]:
    """Return the events of a reply to `request`.

    A failure that concerns more than this order.

    A reply that cannot be read leaves its order unknown.
    """
    try:
        return _ordered(request, body, account)
    except OutcomeUnknown as failure:
        return [lost(account, request.oid, str(failure))], None


def _ordered(request: Request, body: Body, account: str) -> tuple[list[ev.Event], AuthFailed | RateLimited | None]:
    failure = codec.judge(body)
    if isinstance(failure, OutcomeUnknown):
        raise failure
    if isinstance(failure, BadRequest) and failure.code == Code.DUPLICATE_ID:
        # It has an order under this id already: which one, and how it fares, has to be asked.
        raise OutcomeUnknown(str(failure))
    if failure is not None:
        return [refused(account, request.oid, request.op, failure)], failure if isinstance(
            failure, AuthFailed | RateLimited
        ) else None
    order, state, time = text(body, "order"), text(body, "state"), whole(body, "time")
    word = "accepted" if request.op == "submit" else "cancelled"
    if request.op == "amend" or (request.op == "cancel" and state != "cancelled"):
        # Taken, not yet carried out: that will be announced.
        return [], None
    yes = ev.OrderUpdate(ts=0, account=account, oid=request.oid, happening=word, time=time, venue_order=order)
    return [yes], None
