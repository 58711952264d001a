"""What is kept of a line to an outside account: plain data that survives a checkpoint."""

import msgspec

from openbell.core import events as ev
from openbell.core.book import Truth
from openbell.core.contact import Contact, Pending, stray_key
from openbell.core.types import OrderType, Side, Status
from tests.core.build import d


def listed(oid: str = "", venue_order: str = "V1") -> ev.VenueOrder:
    return ev.VenueOrder(
        oid=oid, venue_order=venue_order, instrument="AAPL", side=Side.BUY, type=OrderType.MARKET, qty=d(5),
        filled=d(0), status=Status.WORKING,
    )  # fmt: skip


def test_a_stray_goes_by_our_id_or_by_the_venues() -> None:
    assert stray_key(listed("ABCDEF-1")) == "ABCDEF-1"
    assert stray_key(listed()) == "venue/AAPL/V1"


def test_contacts_and_pending_survive_a_checkpoint() -> None:
    truth = Truth(
        contacts={"main": Contact(is_up=True, since=3, positions={"AAPL": d("1.5")}, strays={"V1": listed()})},
        pending={"ABCDEF-1": Pending(sent=4, absent=5, claimed=d(2))},
    )
    stored = msgspec.msgpack.encode(truth)
    again = msgspec.msgpack.decode(stored, type=Truth)
    assert (again.contacts, again.pending) == (truth.contacts, truth.pending)
    assert msgspec.msgpack.encode(again) == stored
