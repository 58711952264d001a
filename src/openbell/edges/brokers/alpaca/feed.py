"""The feed of activities: which executions were corrected or taken back. Pure.

It is the one place that names the execution that is meant. It is a beta, and not every account may open it.
"""

from collections.abc import Mapping

from openbell.core import events as ev
from openbell.core.types import ZERO
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.tables import CORRECTED
from openbell.edges.brokers.fields import mapping, number, side, text
from openbell.edges.brokers.request import Body, Request

FEED = "/v2beta1/events/activities"
_REFUSED = (401, 403, 404, 405, 410)
"""Statuses that say that the feed is not there, or not for this account."""


def is_refused(request: Request, status: int) -> bool:
    """Return True for an answer that refuses the feed: it says nothing of the keys."""
    return request.path.startswith(FEED) and status in _REFUSED


def question(since: int, until: int, oid: str = "") -> Request:
    """Return the question which executions were corrected or taken back.

    It is asked between two instants (UTC ns), about the order that we call `oid` or about the whole account.
    """
    return codec.ask(
        "order" if oid else "corrections", FEED, {"since": codec.stamp(since), "until": codec.stamp(until)}, oid=oid
    )


def corrected(activities: list[Body], account: str, names: Mapping[str, str]) -> list[ev.Fill]:
    """Return what was corrected or taken back, of activities as the feed tells them.

    `names` are ours by the venue's id of an order: the feed need not tell them. One that nobody knows has none.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    found = [(row, mapping(row.get("details"))) for row in activities if row.get("previous_id")]
    told = [(row, details) for row, details in found if details.get("execution_type") in CORRECTED]
    return [_corrected(row, details, account, names) for row, details in told]


def _corrected(row: Body, details: Body, account: str, names: Mapping[str, str]) -> ev.Fill:
    name, old, order = text(row, "ref_id"), text(row, "previous_id"), text(details, "order_id")
    is_bust = details["execution_type"] == "trade_bust"
    told = str(details.get("client_order_id") or "").partition(".")[0]
    return ev.Fill(
        ts=0,
        account=account,
        instrument=text(details, "symbol"),
        oid=told or names.get(order, ""),
        venue_order=order,
        # One that keeps the name of what it changes has no name of its own but the event's.
        exec_id=text(row, "event_id") if name == old else name,
        side=side(text(details, "side")),
        qty=ZERO if is_bust else codec.executed(row),
        px=number(row, "price", codec.PLACES),
        fee=ZERO,
        fee_currency="USD",
        time=codec.instant(row, "at"),
        supersedes=old,
        is_bust=is_bust,
    )
