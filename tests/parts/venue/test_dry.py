"""The venue of a dry run: every order is rejected, nothing else happens."""

from openbell.core.codes import Code
from openbell.core.effects import Cancel
from openbell.parts.venue.dry import DryVenue
from openbell.parts.venue.exchange import FAR
from tests.core.build import at, bar, session, submit


def test_every_order_is_rejected_at_once() -> None:
    venue = DryVenue("main")
    assert venue.due == FAR
    venue.take(submit(), at(3))
    venue.take(Cancel(oid="x", account="main"), at(3))
    assert venue.due == at(3)
    (answer,) = venue.speak(at(3))
    assert (answer.happening, answer.code, answer.ts, answer.account) == ("rejected", Code.DRY_RUN, at(3), "main")
    assert (venue.due, venue.speak(at(9))) == (FAR, [])


def test_nothing_rests() -> None:
    venue = DryVenue("main")
    venue.heed(session())
    venue.take(submit(limit=99), at(0))
    assert not venue.is_touched(bar(1, 90.0))
    assert list(venue.work(bar(1, 90.0))) == []
    stored = venue.snapshot()
    venue.restore(stored)
    assert stored == b""
