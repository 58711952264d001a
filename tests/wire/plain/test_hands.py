from typing import Any

import msgspec
import pytest

from openbell.core.types import NS
from openbell.wire.deeds import DEEDS, PAGE
from openbell.wire.mischief import Mischief, Outcome
from openbell.wire.plain import request as rq
from openbell.wire.plain.clerk import Push
from openbell.wire.plain.desk import Desk
from openbell.wire.plain.hands import GROUND, Hands, framed
from openbell.wire.script import rule_of
from tests.wire.plain.stand import T0, bodies, d, desk, submit


def stage(**fault: Any) -> tuple[Desk, Mischief]:
    venue = desk()
    return venue, Mischief([rule_of(fault, GROUND)], Hands(venue), DEEDS)


def ask(mischief: Mischief, venue: Desk, op: str, **fields: Any) -> Outcome:
    return mischief.answer(rq.parse(msgspec.json.encode({"op": op, "id": 9, **fields})), T0)


def announced(mischief: Mischief, venue: Desk, pushes: list[Push]) -> list[Outcome]:
    return [mischief.announce(framed(push), T0) for push in pushes]


def test_without_a_fault_a_request_is_answered_and_announced() -> None:
    venue = desk()
    mischief = Mischief([], Hands(venue), DEEDS)
    outcome = mischief.answer(submit("a", number=4), T0)
    assert outcome.is_done
    assert bodies(outcome, "reply")[0]["re"] == 4
    assert bodies(outcome, "orders")[0]["ev"] == "order"


def test_F01_a_time_out_after_accept_says_nothing_and_the_order_works() -> None:
    venue, mischief = stage(do="timeout_after_accept")
    assert mischief.answer(submit("a"), T0).frames == []
    assert venue.books.orders["a"].is_open


def test_F02_a_time_out_before_accept_says_nothing_and_there_is_no_order() -> None:
    venue, mischief = stage(do="timeout_before_accept", at="submit")
    assert mischief.answer(submit("a"), T0).frames == []
    assert venue.books.orders == {}
    assert mischief.answer(submit("a"), T0).is_done


@pytest.mark.parametrize(("do", "is_there"), [("error_after_accept", True), ("error_before_accept", False)])
def test_F04_a_server_error_says_nothing_of_the_order(do: str, is_there: bool) -> None:
    venue, mischief = stage(do=do, at="submit", status=502)
    reply = bodies(mischief.answer(submit("a"), T0), "reply")[0]
    assert (reply["ok"], reply["status"], reply["code"]) == (False, 502, "")
    assert ("a" in venue.books.orders) is is_there


def test_F05_an_ack_comes_twice() -> None:
    venue, mischief = stage(do="duplicate_ack")
    outcome = mischief.answer(submit("a"), T0)
    assert len(bodies(outcome, "reply")) == len(bodies(outcome, "orders")) == 2
    assert len(venue.books.orders) == 1


def test_F06_a_fill_comes_before_its_ack() -> None:
    venue, mischief = stage(do="fill_before_ack", qty=4)
    outcome = mischief.answer(submit("a"), T0)
    assert [frame.stream for frame in outcome.frames] == ["executions", "reply", "orders"]
    assert venue.books.orders["a"].filled == d("4")


def test_F08_an_order_is_taken_and_turned_down_a_moment_later() -> None:
    venue, mischief = stage(do="async_reject", after="1s")
    outcome = mischief.answer(submit("a"), T0)
    assert bodies(outcome, "reply")[0]["ok"]
    assert [(frame.delay, frame.body["state"]) for frame in outcome.frames[-1:] if frame.body] == [(NS, "rejected")]
    assert not venue.books.orders["a"].is_open


def test_F11_a_refusal_with_an_unknown_code() -> None:
    venue, mischief = stage(do="unknown_code", code="E-17")
    assert bodies(mischief.answer(submit("a"), T0), "reply")[0]["code"] == "E-17"
    assert venue.books.orders == {}


@pytest.mark.parametrize("accept", [True, False])
def test_F58_a_web_page_comes_instead_of_a_reply(accept: bool) -> None:
    venue, mischief = stage(do="garbage", at="submit", accept=accept)
    outcome = mischief.answer(submit("a"), T0)
    assert [frame.raw for frame in outcome.frames] == [PAGE]
    assert ("a" in venue.books.orders) is accept


@pytest.mark.parametrize("accept", [True, False])
def test_F04_the_connection_is_cut_before_or_behind_the_order(accept: bool) -> None:
    venue, mischief = stage(do="disconnect", at="submit", accept=accept)
    outcome = mischief.answer(submit("a"), T0)
    assert (outcome.cut, outcome.frames) == ("own", [])
    assert ("a" in venue.books.orders) is accept


def test_F43_some_fills_and_everything_is_cut() -> None:
    venue, mischief = stage(do="partial_then_disconnect", qty=3)
    outcome = mischief.answer(submit("a"), T0)
    assert (outcome.cut, outcome.frames) == ("all", [])
    assert venue.books.positions == {"AAA": d("3")}


def test_a_partial_fill_of_an_order_that_was_refused_is_none() -> None:
    venue, mischief = stage(do="partial_then_disconnect")
    assert mischief.answer(submit("a", qty="1.5"), T0).cut == "all"
    assert venue.books.positions == {}


def test_F54_too_many_requests() -> None:
    venue, mischief = stage(do="rate_limited", at="submit", after="2s")
    reply = bodies(mischief.answer(submit("a"), T0), "reply")[0]
    assert (reply["status"], reply["retry_after_ms"]) == (429, 2000)
    assert venue.books.orders == {}


def test_F22_a_cancel_is_refused_and_the_order_stays() -> None:
    venue, mischief = stage(do="cancel_refused")
    mischief.answer(submit("a"), T0)
    assert bodies(ask(mischief, venue, "cancel", cid="a", epoch=1), "reply")[0]["code"] == "too_late"
    assert venue.books.orders["a"].is_open


def test_F21_a_fill_comes_behind_its_cancel() -> None:
    venue, mischief = stage(do="late_fill", after="1s", qty=4)
    mischief.answer(submit("a"), T0)
    outcome = ask(mischief, venue, "cancel", cid="a", epoch=1)
    assert bodies(outcome, "orders")[0]["state"] == "cancelled"
    assert [frame.delay for frame in outcome.frames if frame.stream == "executions"] == [NS]
    assert venue.books.positions == {"AAA": d("4")}


def test_a_late_fill_of_an_ended_order_is_none() -> None:
    venue, mischief = stage(do="late_fill", nth=2)
    mischief.answer(submit("a"), T0)
    ask(mischief, venue, "cancel", cid="a", epoch=1)
    assert bodies(ask(mischief, venue, "cancel", cid="a", epoch=1), "executions") == []


def filled(venue: Desk, mischief: Mischief) -> list[Outcome]:
    mischief.answer(submit("a"), T0)
    return announced(mischief, venue, venue.clerk.fill("a", d("10"), T0))


def test_F25_a_fill_is_announced_twice() -> None:
    venue, mischief = stage(do="duplicate_fill", after="40s")
    outcome = filled(venue, mischief)[0]
    assert [(frame.delay, (frame.body or {})["exec"]) for frame in outcome.frames] == [(0, "V1-1"), (40 * NS, "V1-1")]
    assert venue.books.positions == {"AAA": d("10")}


def test_frames_come_in_another_order() -> None:
    venue, mischief = stage(do="reorder", at="on_execution", after="300ms")
    first, second = filled(venue, mischief)
    assert (first.frames[0].delay, second.frames[0].delay) == (300_000_000, 0)


def test_F28_a_fill_is_corrected() -> None:
    venue, mischief = stage(do="correction", ticks=2)
    frames = bodies(filled(venue, mischief)[0], "executions")
    assert (frames[1]["corrects"], frames[1]["px"] - frames[0]["px"]) == (frames[0]["exec"], d("0.02"))


def test_F28_a_fill_is_taken_back() -> None:
    venue, mischief = stage(do="bust")
    frames = bodies(filled(venue, mischief)[0], "executions")
    assert (frames[1]["bust"], frames[1]["corrects"]) == (True, frames[0]["exec"])
    assert venue.books.positions == {}


def test_F31_an_order_fills_beyond_its_quantity() -> None:
    venue, mischief = stage(do="overfill", qty=2)
    frames = bodies(filled(venue, mischief)[0], "executions")
    assert [frame["qty"] for frame in frames] == [d("10"), d("2")]
    assert venue.books.positions == {"AAA": d("12")}


def test_a_trade_by_hand_cannot_overfill() -> None:
    venue, mischief = stage(do="overfill")
    outcome = announced(mischief, venue, venue.clerk.trade("AAA", "buy", d("1"), T0))[0]
    assert len(outcome.frames) == 1


@pytest.mark.parametrize("accept", [True, False])
def test_F43_a_cut_takes_a_fill_with_it_or_not(accept: bool) -> None:
    venue, mischief = stage(do="disconnect", at="on_execution", accept=accept)
    outcome = filled(venue, mischief)[0]
    assert (outcome.cut, len(outcome.frames)) == ("all", int(accept))


@pytest.mark.parametrize(
    ("do", "field", "fields"),
    [
        ("mute", "mute", {"lasts": "3s"}), ("mute_data", "mute_data", {"lasts": "3s"}), ("stall", "stall", {"lasts": "3s"}),
        ("nightly_reset", "down", {"lasts": "3s"}), ("skew", "skew", {"by": "3s"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("at", ["submit", "on_order"])
def test_F44_lasting_faults_begin_at_a_request_or_an_announcement(
    do: str, field: str, fields: dict[str, str], at: str
) -> None:
    venue, mischief = stage(do=do, at=at, **fields)
    outcome = mischief.answer(submit("a", tif="day"), T0)
    assert getattr(outcome, field) == 3 * NS
    assert venue.books.orders["a"].is_open is (do != "nightly_reset")


def test_F59_a_snapshot_is_older_than_what_was_announced() -> None:
    venue, mischief = stage(do="stale_snapshot")
    filled(venue, mischief)
    stale = bodies(ask(mischief, venue, "state"), "reply")[0]
    assert stale["last_execution"] <= 1
    fresh = bodies(ask(mischief, venue, "state"), "reply")[0]
    assert fresh["positions"] == {"AAA": d("10")}


def test_F59_a_snapshot_of_a_silent_venue_is_fresh() -> None:
    venue, mischief = stage(do="stale_snapshot", changes=5)
    assert bodies(ask(mischief, venue, "state"), "reply")[0]["as_of"] == T0


def test_F60_a_failed_query_of_positions() -> None:
    for how, wanted in (("null", None), ("missing", "gone"), ("error", "gone")):
        venue, mischief = stage(do="failed_positions", how=how)
        reply = bodies(ask(mischief, venue, "state"), "reply")[0]
        assert reply.get("positions", "gone") == wanted
        assert reply["ok"] is (how != "error")


@pytest.mark.parametrize("confirm", [True, False])
def test_F46_a_subscription_is_lost(confirm: bool) -> None:
    venue, mischief = stage(do="lost_subscription", confirm=confirm)
    outcome = ask(mischief, venue, "subscribe", stream="bars", symbol="AAA")
    assert (len(outcome.frames), outcome.is_done) == (int(confirm), False)
