import pytest

from openbell.core.types import NS, ZERO, Side
from openbell.edges.brokers.alpaca import feed
from openbell.edges.brokers.failures import OutcomeUnknown
from tests.edges.brokers.alpaca.frames import EXECUTION, NAME, OID, VENUE, activity, corrected


def test_F28_a_correction_names_what_it_replaces_and_what_holds_now() -> None:
    (fill,) = feed.corrected([corrected()], NAME, {})
    assert (fill.oid, fill.supersedes, str(fill.px), fill.qty, fill.side) == (OID, EXECUTION, "150.02", 4, Side.BUY)
    assert (fill.is_bust, fill.exec_id) == (False, corrected()["ref_id"])


def test_F28_a_bust_takes_everything_back() -> None:
    (fill,) = feed.corrected([corrected(status="canceled", details={"execution_type": "trade_bust"})], NAME, {})
    assert (fill.is_bust, fill.qty, fill.supersedes) == (True, ZERO, EXECUTION)


def test_a_correction_under_the_name_of_what_it_corrects_is_named_by_its_event() -> None:
    (fill,) = feed.corrected([corrected(ref_id=EXECUTION)], NAME, {})
    assert (fill.exec_id, fill.supersedes) == (corrected()["event_id"], EXECUTION)


def test_our_name_of_its_order_is_found_by_the_venues() -> None:
    nameless = corrected(details={"client_order_id": None})
    assert [feed.corrected([nameless], NAME, names)[0].oid for names in ({VENUE: OID}, {})] == [OID, ""]


def test_an_execution_and_money_that_is_no_trade_are_no_corrections() -> None:
    plain = corrected(details={"execution_type": "fill"})
    del plain["previous_id"]
    dividend = corrected(activity_type="DIV", details={"execution_type": None})
    assert feed.corrected([plain, dividend, activity()], NAME, {}) == []


@pytest.mark.parametrize(
    "fields", [{"qty": "0"}, {"qty": "x"}, {"price": None}, {"at": "x"}, {"details": {"side": "x"}}]
)
def test_F58_half_a_correction_is_not_believed(fields: dict[str, object]) -> None:
    with pytest.raises(OutcomeUnknown):
        feed.corrected([corrected(**fields)], NAME, {})


def test_a_refusal_of_the_feed_is_one_of_nothing_else() -> None:
    asked = feed.question(NS, 2 * NS)
    assert asked.path == f"{feed.FEED}?since=1970-01-01T00%3A00%3A01Z&until=1970-01-01T00%3A00%3A02Z"
    assert [feed.is_refused(asked, status) for status in (200, 401, 403, 404, 429, 500)] == [
        False, True, True, True, False, False,
    ]  # fmt: skip
    assert (asked.op, feed.question(NS, 2 * NS, OID).op) == ("corrections", "order")
