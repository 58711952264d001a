from typing import Any

import pytest

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.alpaca.inquiry import Inquiry
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.reply import Reply
from tests.edges.brokers.alpaca.frames import EXECUTION, NAME, OID, VENUE, activity, corrected, order

OTHER = "c4a9f3e8-1b2d-4e6f-8a7c-5d3e2f1b0a96"


class Desk:
    """An inquiry, and what it asks."""

    def __init__(self) -> None:
        self.mail = Mail(Budget(100, 100, 1))
        self.inquiry = Inquiry(NAME, OID, self.mail)

    def path(self) -> str:
        asked = self.mail.next_out(NS)
        assert asked is not None
        return asked.request.path

    def tell(self, body: Any) -> list[str]:
        return [getattr(event, "happening", "fill") for event in self.inquiry.told(Reply(status=200, body=body))]


def test_F02_an_order_is_told_with_its_executions_first() -> None:
    desk = Desk()
    assert desk.path() == f"/v2/orders:by_client_order_id?client_order_id={OID}"
    assert desk.tell(order(filled_qty="4", status="partially_filled")) == []
    assert desk.path() == f"/v2/account/activities/FILL?order_id={VENUE}&direction=asc&page_size=100"
    assert desk.tell([activity()]) == ["fill", "accepted"]
    assert desk.inquiry.venue_order == VENUE


def test_a_changed_order_is_followed_and_its_values_are_stated() -> None:
    desk = Desk()
    desk.path()
    desk.tell(order(status="replaced", replaced_by=OTHER))
    assert desk.path() == f"/v2/orders/{OTHER}"
    desk.tell(order(id=OTHER, client_order_id=f"{OID}.X", limit_price="151", replaces=VENUE))
    assert VENUE in desk.path()
    assert desk.tell([activity()]) == []
    assert OTHER in desk.path()
    found = desk.inquiry.told(Reply(status=200, body=[]))
    assert [getattr(one, "happening", "fill") for one in found] == ["fill", "accepted", "replaced"]
    assert (found[-1].limit, found[-1].venue_order, found[-1].oid) == (151, OTHER, OID)  # type: ignore[union-attr]  # an update


def test_executions_come_by_page() -> None:
    desk = Desk()
    desk.path()
    desk.tell(order())
    desk.path()
    assert desk.tell([activity(id=f"x::{n}") for n in range(100)]) == []
    assert desk.path().endswith("page_token=x%3A%3A99")
    assert len(desk.tell([activity(id="x::100")])) == 102


def test_F28_behind_a_word_of_a_correction_it_is_asked_which_execution_was_meant() -> None:
    desk = Desk()
    desk.inquiry.until = 1_795_185_000 * NS
    desk.path()
    desk.tell(order())
    desk.path()
    assert desk.tell([activity()]) == []
    assert desk.path().startswith("/v2beta1/events/activities?since=2026-11-20T14%3A30%3A12")
    other = corrected(details={"order_id": OTHER})
    found = desk.inquiry.told(Reply(status=200, body=[other, corrected(details={"execution_type": "trade_bust"})]))
    told = [(one.supersedes, one.is_bust) for one in found if isinstance(one, ev.Fill)]
    assert told == [("", False), (EXECUTION, True)]


def test_an_order_is_told_without_its_corrections_where_the_feed_is_refused() -> None:
    desk = Desk()
    desk.inquiry.until = 1_795_185_000 * NS
    desk.tell(order())
    assert desk.tell([activity()]) == []
    assert desk.tell({"message": "forbidden."}) == ["fill", "accepted"]


def test_F58_a_chain_without_end_and_half_an_order_are_not_believed() -> None:
    desk = Desk()
    with pytest.raises(OutcomeUnknown):
        for _ in range(60):
            desk.tell(order(status="replaced", replaced_by=OTHER))
    with pytest.raises(OutcomeUnknown):
        Desk().tell({"id": VENUE})
