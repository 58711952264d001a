"""Orders at a venue outside the process: silence never ends one, and nothing is sent twice."""

from itertools import pairwise

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import EXTERNAL
from openbell.core.codes import Code
from openbell.core.order import Order
from openbell.core.outside import MOST_CANCELS, MOST_DOUBLINGS, MOST_REFUSALS, MOST_RESENDS
from openbell.core.record import decode_record
from openbell.core.risk import review
from openbell.core.spec import OutsideSpec
from openbell.core.strategy import FreeStrategy, Intent
from openbell.core.types import NS, Caps, Status
from tests.core import build as b
from tests.core.afar import Afar, limit_deployment
from tests.core.build import d, exits

OPEN_WORDS = ("accepted", "lost", "absent", "cancel_refused", "replace_refused", "restated")
PROTECTED = {"exits": exits(stop_loss="0.05")}


def absent_twice(afar: Afar, seconds: float = 30) -> None:
    """Let the venue answer every question about every order with `absent` for a while."""
    end = afar.ts + int(seconds * NS)
    while afar.ts < end:
        found = afar.wait(1)
        for query in b.only(fx.Query, found):
            if query.oid:
                afar.say(afar.engine.book.truth.orders[query.oid], "absent")


# --- a request that is not answered ------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [10, 30])
def test_F01_a_submit_without_answer_is_unknown_counts_in_full_and_is_asked_after(seconds: int) -> None:
    afar = Afar(ack_timeout=seconds * NS, reconcile_every=60 * NS)
    order = afar.enter()
    afar.wait(seconds - 0.1)
    assert order.status is Status.SENT
    found = afar.wait(0.2)
    assert (order.status, order.leaves) == (Status.UNKNOWN, 10)
    assert b.one(fx.Query, [e for e in found if isinstance(e, fx.Query) and e.oid]).oid == order.oid
    afar.wait(120)
    assert order.status is Status.UNKNOWN
    assert len(afar.sent()) == 1
    afar.check()


def test_F01_an_unknown_order_is_resolved_by_the_answer_to_the_question() -> None:
    afar = Afar()
    order = afar.enter()
    afar.wait(11)
    afar.fill(order, 100, 4, venue_order="V1")
    assert order.status is Status.UNKNOWN
    afar.say(order, "accepted", venue_order="V1", filled=d(4))
    assert (order.status, afar.qty()) == (Status.PARTIAL, 4)
    afar.list_order(order)
    assert not [e for e in afar.wait(300) if isinstance(e, fx.Query) and e.oid]
    afar.check()


def test_B15_an_unknown_order_uses_up_the_limits() -> None:
    afar = Afar(b.deployment_spec(), b.deployment_spec("beta"), is_up=False)
    afar.cash = {"USD": d(1500)}
    afar.link()
    order = afar.enter()
    afar.wait(11)
    assert order.status is Status.UNKNOWN
    assert review(afar.engine.book, (), b.draft(deployment="beta"), afar.ts).codes == (Code.BUYING_POWER,)


def test_F02_absence_is_proven_twice_spaced_and_beyond_the_visibility() -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "lost", text="connection reset")
    assert order.status is Status.UNKNOWN
    # Asked at once: the venue may not show it yet.
    afar.say(order, "absent")
    afar.wait(4)
    assert order.status is Status.UNKNOWN
    afar.wait(2)
    afar.say(order, "absent")
    assert order.status is Status.UNKNOWN
    afar.say(order, "absent")
    assert order.status is Status.UNKNOWN
    afar.wait(20)
    afar.say(order, "absent")
    assert (order.status, order.code) == (Status.REJECTED, Code.ABSENT)
    assert len(afar.sent()) == 1
    afar.check()


def test_F02_a_cancel_that_is_repeated_again_and_again_puts_off_no_proof_of_absence() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "lost", text="connection reset")
    for n in range(60):
        if order.status is Status.REJECTED:
            break
        # A signal that changes with every bar, and bars that are shorter than the venue's visibility.
        afar.bar(100.0, float(n % 2))
        assert order.status is Status.CANCELLING
        afar.say(order, "cancel_refused", text="unknown order")
        afar.wait(1)
        afar.say(order, "absent")
    assert (order.status, order.code) == (Status.REJECTED, Code.ABSENT)
    assert n < 30 and len(afar.sent(fx.Cancel)) > 5
    afar.check()


def test_F02_an_exit_that_never_arrived_is_sent_again_under_its_own_id() -> None:
    afar = Afar()
    afar.hold()
    order = b.one(fx.Submit, afar.bar(100.0, 0.0))
    afar.wait(11)
    while not afar.sent(fx.Resend):
        absent_twice(afar, 1)
    again = b.one(fx.Resend, afar.effects)
    assert afar.ts - afar.engine.book.truth.orders[order.oid].sent_ts < 60 * NS
    assert again.oid == order.oid
    assert len(afar.sent()) == 2
    afar.fill(order, 101, venue_order="V2")
    assert afar.qty() == 0
    afar.check()


def test_F02_where_the_venue_does_not_dedupe_an_absent_exit_ends_and_a_new_one_is_made() -> None:
    afar = Afar(dedupes=False)
    afar.hold()
    order = b.one(fx.Submit, afar.bar(100.0, 0.0))
    afar.wait(11)
    absent_twice(afar, 20)
    assert afar.sent(fx.Resend) == []
    assert afar.engine.book.truth.orders[order.oid].code == Code.ABSENT
    third = afar.sent()[2]
    assert (third.oid != order.oid, third.qty, third.reduce_only) == (True, 10, True)


def test_B21_an_exit_that_was_taken_back_and_never_arrived_is_made_anew_once_flat_is_wanted_again() -> None:
    afar = Afar()
    afar.hold()
    first = b.one(fx.Submit, afar.bar(100.0, 0.0))
    afar.say(first, "lost", text="connection reset")
    # Wanted again, which takes the exit back, and then not: that waits for the end of what may still execute.
    assert b.one(fx.Cancel, afar.bar(100.0, 1.0)).oid == first.oid
    assert b.decision(afar.bar(100.0, 0.0)) == Code.WAITING_FOR_ORDER
    absent_twice(afar, 60)
    assert afar.engine.book.truth.orders[first.oid].code == Code.ABSENT
    again = afar.sent()[2]
    assert (again.oid != first.oid, again.reduce_only, again.qty) == (True, True, 10)
    afar.check()


def test_B21_a_wish_to_be_flat_that_waited_for_protection_to_go_is_told_where_nothing_is_left_to_sell() -> None:
    afar = Afar(b.deployment_spec(exits=exits(take_profit="0.05")), account={"netting": False})
    afar.hold()
    target = afar.order()
    afar.say(target, "accepted", venue_order="T1")
    afar.trade("sell", 30, 100)
    assert b.one(fx.Cancel, afar.sent(fx.Cancel)).oid == target.oid
    assert b.decision(afar.bar(100.0, 0.0)) == Code.WAITING_FOR_ORDER
    assert "exposed/alpha/AAPL" not in afar.alerts()
    afar.say(target, "cancelled", venue_order="T1")
    assert (afar.qty(), afar.alerts()[-1]) == (10, "exposed/alpha/AAPL")
    afar.check()


def test_B19_an_exit_sent_again_counts_for_the_order_rate() -> None:
    afar = Afar(dedupes=True)
    afar.hold()
    afar.bar(100.0, 0.0)
    sent = len(afar.engine.book.truth.conduct["alpha"].sent)
    absent_twice(afar)
    again = len(afar.sent(fx.Resend))
    assert again
    assert len(afar.engine.book.truth.conduct["alpha"].sent) == sent + again


def test_F02_an_exit_is_sent_again_a_few_times_only() -> None:
    afar = Afar()
    afar.hold()
    order = b.one(fx.Submit, afar.bar(100.0, 0.0))
    absent_twice(afar, 120)
    # Three attempts in all.
    assert 1 + len([e for e in afar.sent(fx.Resend) if e.oid == order.oid]) == 1 + MOST_RESENDS == 3
    assert afar.engine.book.truth.orders[order.oid].code == Code.ABSENT


def test_F02_a_stop_that_never_arrived_is_sent_again_as_it_was_and_then_grown_to_the_holding() -> None:
    afar = Afar(b.deployment_spec(**PROTECTED))
    order = afar.enter()
    afar.fill(order, 100, 4)
    stop = afar.order()
    afar.fill(order, 100, 6)
    assert b.one(fx.Amend, afar.sent(fx.Amend)).qty == 10
    while not afar.sent(fx.Resend):
        absent_twice(afar, 1)
    assert (stop.status, stop.leaves, stop.wanted) == (Status.SENT, 4, None)
    assert b.one(fx.Amend, afar.say(stop, "accepted", venue_order="S1")).qty == 10
    afar.check()


def test_F02_an_absent_protective_order_is_made_anew_by_the_guard() -> None:
    afar = Afar(b.deployment_spec(**PROTECTED), dedupes=False)
    afar.hold()
    stop = afar.sent()[1]
    absent_twice(afar, 35)
    assert afar.engine.book.truth.orders[stop.oid].code == Code.ABSENT
    assert [(s.type, s.stop, s.qty) for s in afar.sent()[1:3]] == [(stop.type, stop.stop, stop.qty)] * 2
    afar.check()


def test_F03_a_late_ack_ends_all_asking() -> None:
    afar = Afar()
    order = afar.enter()
    afar.wait(17)
    afar.say(order, "absent")
    afar.say(order, "accepted", venue_order="V1")
    assert order.status is Status.WORKING
    afar.list_order(order)
    assert not [e for e in afar.wait(300) if isinstance(e, fx.Submit | fx.Resend) or getattr(e, "oid", "")]


@pytest.mark.parametrize("text", ["503 <html>", "403 WAF", "connection reset", "-1007 timeout"])
def test_F04_a_failed_send_is_unknown_at_once_and_never_rejected(text: str) -> None:
    afar = Afar()
    order = afar.enter()
    found = afar.say(order, "lost", text=text)
    assert order.status is Status.UNKNOWN
    assert b.one(fx.Query, found).oid == order.oid
    assert text in b.one(fx.Alert, found).text


def test_F05_a_second_ack_changes_nothing() -> None:
    afar = Afar()
    order = afar.enter()
    for _ in range(3):
        assert afar.say(order, "accepted", venue_order="V1") == []
    assert (order.status, len(afar.engine.book.truth.orders)) == (Status.WORKING, 1)


def test_F06_a_fill_before_its_ack_counts_and_the_ack_is_a_no_op() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, venue_order="V1")
    afar.say(order, "accepted", venue_order="V1")
    assert (order.status, afar.qty(), afar.engine.book.truth.pending) == (Status.FILLED, 10, {})
    afar.check()


def test_F08_an_order_taken_and_then_rejected_has_ended_by_the_venues_word() -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.say(order, "rejected", text="10018 market closed")
    assert (order.status, afar.engine.book.truth.pending) == (Status.REJECTED, {})


def test_F09_fills_alone_end_an_order_without_any_status() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, 4)
    afar.fill(order, 100, 6)
    assert (order.status, afar.qty()) == (Status.FILLED, 10)
    assert not [e for e in afar.wait(300) if isinstance(e, fx.Query) and e.oid]


def test_F10_an_answer_nobody_can_read_is_unknown_and_its_words_are_kept() -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "lost", text="unparsable: {'stat")
    assert order.status is Status.UNKNOWN
    assert b"unparsable: {'stat" in afar.records[-1]


@pytest.mark.parametrize("word", ["restated", "pending_review", ""])
def test_F11_a_word_that_is_in_no_table_ends_nothing(word: str) -> None:
    afar = Afar()
    order = afar.enter()
    found = afar.say(order, word, code=200)
    assert order.status is Status.UNKNOWN
    assert b.one(fx.Query, found).oid == order.oid
    assert b.only(fx.Alert, found)


def test_F15_a_batch_that_fails_leaves_every_member_unknown() -> None:
    afar = Afar(b.deployment_spec(instruments=("AAPL", "MSFT")))
    first, second = afar.enter(), afar.enter(symbol="MSFT")
    for order in (first, second):
        afar.say(order, "lost", text="batch: 500")
    assert [first.status, second.status] == [Status.UNKNOWN] * 2
    assert {query.oid for query in afar.sent(fx.Query) if query.oid} == {first.oid, second.oid}


def test_F16_what_the_venue_would_refuse_for_its_form_never_leaves() -> None:
    afar = Afar()
    afar.bar(100.0)
    for changes, code in (({"qty": "1.5"}, Code.OFF_LOT), ({"limit": "99.995"}, Code.OFF_TICK)):
        assert code in review(afar.engine.book, (), b.draft(**changes), afar.ts).codes


def test_F17_an_order_that_stays_pending_is_legal_and_a_cancel_is_not_repeated_without_answer() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1", text="queued until the open")
    afar.list_order(order)
    afar.bar(100.0, 0.0)
    for _ in range(60):
        afar.wait(10)
        if order.status is Status.UNKNOWN and f"/query/{order.oid}" in afar.engine.book.truth.timers:
            afar.say(order, "accepted", venue_order="V1", filled=d(0))
    assert_rarer(afar)
    assert len(afar.sent(fx.Cancel)) < 10
    assert order.is_open


# --- cancels -------------------------------------------------------------------------------------------------------


def test_F21_a_fill_after_the_cancel_is_booked_and_told() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.bar(100.0, 0.0)
    afar.say(order, "cancelled")
    found = afar.fill(order, 100, 3, venue_order="V1")
    assert (order.status, afar.qty()) == (Status.CANCELLED, 3)
    assert f"late fill/{order.oid}" in [alert.key for alert in b.only(fx.Alert, found)]
    # The strategy had changed its mind: what came late is given back, once.
    assert [(s.side, s.qty) for s in b.only(fx.Submit, found)] == [("sell", 3)]
    afar.check()


def test_F21_a_late_fill_that_is_listed_again_is_told_once() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.bar(100.0, 0.0)
    afar.say(order, "cancelled")
    afar.fill(order, 100, 3, venue_order="V1", exec_id="e1")
    for _ in range(3):
        afar.fill(order, 100, 3, venue_order="V1", exec_id="e1")
    assert (afar.qty(), afar.alerts().count(f"late fill/{order.oid}")) == (3, 1)
    afar.fill(order, 100, 2, venue_order="V1", exec_id="e2")
    assert afar.alerts().count(f"late fill/{order.oid}") == 2


@pytest.mark.parametrize("how", [{"exec_id": "e2"}, {"exec_id": "e1.b", "is_bust": True}])
def test_F28_a_correction_and_a_bust_that_are_listed_again_are_told_once(how: dict[str, object]) -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, venue_order="V1", exec_id="e1")
    for _ in range(3):
        afar.fill(order, 101, venue_order="V1", supersedes="e1", **how)
    assert (afar.qty(), afar.alerts().count(f"correction/{order.oid}")) == (0 if "is_bust" in how else 10, 1)


def test_F02_an_order_that_was_just_accepted_is_not_absent_before_its_venue_can_list_it() -> None:
    afar = Afar(visibility=30 * NS)
    order = afar.enter()
    afar.wait(40)
    assert order.status is Status.UNKNOWN
    # The line was slow, or our clock has jumped: what was sent long ago has only just arrived.
    afar.say(order, "accepted", venue_order="V1")
    accepted = afar.ts
    afar.say(order, "absent")
    absent_twice(afar, 25)
    assert order.status is Status.UNKNOWN
    absent_twice(afar, 60)
    assert (order.status, order.code) == (Status.REJECTED, Code.ABSENT)
    assert order.changed_ts - accepted > 30 * NS
    afar.check()


def test_F02_a_leap_of_our_clock_between_two_answers_proves_no_absence() -> None:
    afar = Afar(visibility=30 * NS)
    order = afar.enter()
    sent, leap = afar.ts, 0
    for _ in range(4):
        # The clock leaps on, or a bar comes from ahead of it: at the venue a second goes by each time.
        afar.wait(60)
        leap += NS
        afar.say(order, "absent", time=sent + leap)
    assert order.status is Status.UNKNOWN
    afar.wait(60)
    afar.say(order, "absent", time=sent + leap + 30 * NS)
    assert (order.status, order.code) == (Status.REJECTED, Code.ABSENT)
    afar.check()


@pytest.mark.parametrize(("number", "status"), [("V1", Status.UNKNOWN), ("", Status.REJECTED)])
def test_F02_a_venue_that_refuses_a_cancel_by_its_own_number_has_the_order(number: str, status: Status) -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "lost")
    for seconds in (8, 20):
        # The first of these was asked before the venue had to show it.
        afar.wait(seconds)
        afar.say(order, "absent")
    afar.say(order, "cancel_refused", venue_order=number, code=Code.TOO_LATE)
    afar.wait(4.5)
    afar.ts += NS
    afar.say(order, "absent")
    assert order.status is status
    absent_twice(afar, 30)
    assert (order.status, order.code) == (Status.REJECTED, Code.ABSENT)
    afar.check()


@pytest.mark.parametrize("how", [{"supersedes": "e1", "is_bust": True}, {"qty": 4, "exec_id": "e1"}])
def test_F02_an_order_whose_execution_was_told_is_not_buried_by_an_answer_from_before_that(
    how: dict[str, object],
) -> None:
    afar = Afar(visibility=30 * NS)
    order = afar.enter()
    afar.wait(40)
    afar.say(order, "absent")
    afar.wait(5)
    afar.fill(order, 100, venue_order="V1", **how)
    told = afar.ts
    afar.say(order, "lost")
    absent_twice(afar, 25)
    assert order.status is Status.UNKNOWN
    absent_twice(afar, 75)
    assert (order.is_open, order.code) == (False, Code.ABSENT)
    assert order.changed_ts - told > 30 * NS
    afar.check()


def listening(heard: list[str], what: str = "exec_id") -> FreeStrategy:
    """Return a strategy that obeys the volume and writes down the executions that it hears of."""

    def decide(config: object, state: object, bar: ev.Bar, view: object) -> list[Intent]:
        return [Intent(instrument=bar.instrument, target=bar.volume)]

    def on_fill(config: object, state: object, fill: ev.Fill, view: object) -> list[Intent]:
        heard.append(getattr(fill, what))
        return []

    return b.free(decide, on_fill=on_fill)


def test_F28_a_strategy_hears_of_an_execution_and_of_its_correction_once() -> None:
    heard: list[str] = []
    afar = Afar(strategies={"alpha": listening(heard)})
    order = afar.enter()
    for exec_id, others in (("e1", {}), ("e2", {"supersedes": "e1"}), ("e2.b", {"supersedes": "e2", "is_bust": True})):
        for _ in range(3):
            afar.fill(order, 100, venue_order="V1", exec_id=exec_id, **others)
    assert heard == ["e1", "e2", "e2.b"]
    assert afar.qty() == 0
    again: list[str] = []
    made = b.engine(afar.spec, strategies={"alpha": listening(again)})
    for payload in afar.records:
        made.recall(*decode_record(payload))
    assert again == heard, "and remembers the same after a restart"


def test_F07_a_fill_that_waited_for_its_name_is_protected_and_told_as_soon_as_it_has_one() -> None:
    heard: list[str] = []
    afar = Afar(b.deployment_spec(**PROTECTED), strategies={"alpha": listening(heard)})
    order = afar.enter()
    afar.fill(order, 100, oid="", venue_order="V7", exec_id="e1")
    assert (heard, len(afar.contact.held)) == ([], 1)
    found = afar.say(order, "accepted", venue_order="V7")
    assert [(s.type, s.qty, s.stop) for s in b.only(fx.Submit, found)] == [("stop", 10, 95)]
    assert heard == ["e1"]
    assert not b.only(fx.Expose, found)


def test_F07_a_burial_tells_of_the_trades_by_hand_that_had_waited_for_its_order() -> None:
    afar = Afar(dedupes=False)
    afar.hold()
    exit_order = b.one(fx.Submit, afar.bar(100.0, 0.0))
    afar.trade("sell", 10, 100)
    assert len(afar.contact.held) == 1, "it could be the exit, which has no name yet"
    absent_twice(afar)
    assert afar.engine.book.truth.orders[exit_order.oid].code == Code.ABSENT
    assert (afar.qty(EXTERNAL), afar.contact.held) == (-10, [])
    assert afar.alerts().count("external/AAPL") == 1
    assert list(afar.engine.book.truth.frozen) == ["alpha"], "what it holds has been sold by hand"
    afar.check()


def test_F26_what_nobody_can_tell_of_a_buried_order_stays_out_and_is_heard_of_by_nobody() -> None:
    heard: list[str] = []
    afar = Afar(strategies={"alpha": listening(heard)}, dedupes=False)
    order = afar.enter()
    for exec_id in ("e1", "e2"):
        afar.fill(order, 100, 4, venue_order="V1", exec_id=exec_id, time=5)
    assert (heard, len(afar.contact.held)) == (["e1"], 1)
    afar.say(order, "lost")
    absent_twice(afar)
    assert (order.code, heard, afar.qty(), afar.contact.held) == (Code.ABSENT, ["e1"], 4, [])
    again: list[str] = []
    made = b.engine(afar.spec, strategies={"alpha": listening(again)})
    for payload in afar.records:
        made.recall(*decode_record(payload))
    assert again == heard


def test_a_strategy_hears_of_a_fill_that_names_the_venues_order_alone_under_our_name() -> None:
    heard: list[str] = []
    afar = Afar(strategies={"alpha": listening(heard, "oid")})
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V7")
    afar.fill(order, 100, oid="", venue_order="V7")
    assert heard == [order.oid]


def test_a_strategy_of_the_exchange_within_hears_of_its_fills_beside_a_venue_that_repeats_itself() -> None:
    heard: list[str] = []
    afar = Afar(
        b.deployment_spec("alpha"), b.deployment_spec("beta", account="inner"),
        accounts=(b.account_spec(name="inner"),), strategies={"beta": listening(heard)},
    )  # fmt: skip
    far, near = b.only(fx.Submit, afar.bar(100.0, 1.0))
    for _ in range(2):
        afar.fill(far, 100, venue_order="V1", exec_id="e1")
    afar.step(b.fill(near, 100, ts=afar.ts, exec_id="n1"))
    assert heard == ["n1"]


def test_a_trade_by_hand_that_is_listed_again_is_told_once() -> None:
    afar = Afar()
    for _ in range(3):
        afar.fill(b.submit("buy", 5, index=901), 100, oid="", venue_order="H", exec_id="h1")
    assert (afar.qty(EXTERNAL), afar.alerts().count("external/AAPL")) == (5, 1)


def test_a_rest_beside_another_deployments_exit_leaves_as_soon_as_that_one_has_ended() -> None:
    afar = Afar(b.deployment_spec("alpha"), b.deployment_spec("beta"))
    afar.bar(100.0, 1.0)
    for order in list(afar.engine.book.truth.orders.values()):
        afar.fill(order, 100, venue_order=f"V{order.index}")
    afar.trade("sell", 5, 100)
    first, second = b.only(fx.Submit, afar.bar(100.0, 0.0))
    assert (first.deployment, first.qty, second.deployment, second.qty) == ("alpha", 10, "beta", 5)
    afar.fill(second, 100, venue_order="V4")
    found = afar.say(first, "cancelled")
    assert [(s.deployment, s.qty) for s in b.only(fx.Submit, found)] == [("alpha", 10)]
    afar.fill(b.one(fx.Submit, found), 100, 4, venue_order="V5")
    found = afar.say(b.one(fx.Submit, found), "cancelled")
    assert sum(s.qty for s in b.only(fx.Submit, found)) == 6
    afar.check()


def test_F22_a_refused_cancel_proves_neither_life_nor_death() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.bar(100.0, 0.0)
    found = afar.say(order, "cancel_refused", text="unknown or closed")
    assert order.status is Status.UNKNOWN
    assert b.one(fx.Query, found).oid == order.oid
    afar.fill(order, 100, venue_order="V1")
    assert (order.status, afar.qty()) == (Status.FILLED, 10)
    assert [s.side for s in afar.sent()] == ["buy", "sell"]
    afar.check()


def test_F23_a_cancel_refused_for_ever_is_repeated_ever_more_rarely_and_told() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.list_order(order)
    afar.bar(100.0, 0.0)
    for _ in range(200):
        if order.status is Status.CANCELLING:
            afar.say(order, "cancel_refused")
        if order.status is Status.UNKNOWN:
            afar.say(order, "accepted", venue_order="V1", filled=d(0))
        afar.wait(6)
    assert_rarer(afar)
    cancels = len(afar.sent(fx.Cancel))
    assert MOST_CANCELS < cancels < 15
    assert afar.alerts().count(f"cancel/{order.oid}") == cancels + 1 - MOST_CANCELS
    assert len([q for q in afar.sent(fx.Query) if q.oid]) <= 2 * cancels


@pytest.mark.parametrize("reserves", [False, True])
def test_F23_a_venue_that_lists_its_executions_with_every_refusal_of_a_cancel_is_not_stormed(*, reserves: bool) -> None:
    """What is heard again and again gives every guard its turn: the cancel still keeps its pause."""
    caps = Caps(oco=False, reserves=reserves)
    afar = Afar(b.deployment_spec(**PROTECTED), account={"caps": caps})
    afar.hold()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="S1")
    leaving = b.only(fx.Submit, afar.bar(100.0, 0.0))
    for order in leaving:
        afar.fill(order, 100)
    assert len(leaving) == (0 if reserves else 1)
    told = [event for event, _ in afar.steps() if isinstance(event, ev.Fill)]
    afar.list_order(stop)
    for _ in range(1500):
        # Every answer takes 80 ms.
        afar.wait(0.08)
        if stop.status is Status.CANCELLING:
            afar.say(stop, "cancel_refused", venue_order="S1", code=int(Code.TOO_LATE))
        elif stop.status is Status.UNKNOWN:
            for fill in told:
                afar.step(msgspec.structs.replace(fill, ts=afar.ts))
            afar.say(stop, "accepted", venue_order="S1", filled=d(0), qty=stop.qty, stop=stop.stop)
    assert stop.is_open
    assert_rarer(afar)
    assert MOST_CANCELS < len(afar.sent(fx.Cancel)) < 12
    assert f"cancel/{stop.oid}" in afar.alerts()


def cancelled_at(afar: Afar) -> list[int]:
    """Return when cancels were sent, ns."""
    return [event.ts for event, effects in afar.steps() for _ in b.only(fx.Cancel, effects)]


def assert_rarer(afar: Afar) -> None:
    """Between two cancels lies at least a gap between questions, twice as many between the next, and so on to a cap."""
    times = cancelled_at(afar)
    gap = afar.spec.accounts["main"].outside.query_gap  # type: ignore[union-attr]
    waits = [later - sooner for sooner, later in pairwise(times)]
    assert all(wait >= gap << min(place, MOST_DOUBLINGS) for place, wait in enumerate(waits)), waits


def test_F24_a_partial_fill_then_a_cancel_leaves_the_filled_part_and_releases_the_rest() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.fill(order, 100, 4, venue_order="V1")
    afar.say(order, "cancelled", filled=d(4))
    assert (order.status, order.filled, order.leaves, afar.qty()) == (Status.CANCELLED, 4, 0, 4)
    afar.check()


@pytest.mark.parametrize("word", ["cancelled", "expired", "rejected"])
def test_F30_an_ending_is_not_believed_while_executions_are_missing(word: str) -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    found = afar.say(order, word, filled=d(4), venue_order="V1")
    assert (order.status, order.leaves, afar.qty()) == (Status.UNKNOWN, 10, 0)
    assert b.one(fx.Query, found).oid == order.oid
    afar.fill(order, 100, 4, venue_order="V1")
    afar.say(order, word, filled=d(4))
    assert (str(order.status), order.leaves, afar.qty()) == (word, 0, 4)
    afar.check()


def test_F30_a_venue_that_never_tells_its_executions_is_believed_in_the_end() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    for _ in range(6):
        afar.say(order, "cancelled", filled=d(4))
        afar.wait(10)
    assert (order.status, afar.qty(), afar.engine.book.truth.pending) == (Status.CANCELLED, 0, {})


def test_F32_executions_that_a_status_claims_are_asked_for_and_never_booked_from_it() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    found = afar.say(order, "accepted", venue_order="V1", filled=d(6))
    assert (order.status, order.filled, afar.qty()) == (Status.WORKING, 0, 0)
    assert b.one(fx.Query, found).oid == order.oid
    assert len([q for q in afar.wait(60) if isinstance(q, fx.Query) and q.oid]) >= 3
    afar.fill(order, 100, 6, venue_order="V1")
    assert (order.status, afar.qty()) == (Status.PARTIAL, 6)
    afar.list_order(order)
    assert not [q for q in afar.wait(60) if isinstance(q, fx.Query) and q.oid]


def _a_stop_asked_to_change() -> tuple[Afar, Order]:
    """Return a holding whose stop the venue has accepted and is asked to change, as its shares were split."""
    afar = Afar(b.deployment_spec(**PROTECTED))
    afar.hold()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    afar.step(b.split(2, 1, key="s1"))
    return afar, stop


def test_F66_what_was_executed_before_a_split_marks_nothing_after_it() -> None:
    afar, _ = _a_stop_asked_to_change()
    px, ago = afar.engine.book.mark_px("AAPL"), afar.engine.book.truth.ts - 1
    afar.ts = ago + 1
    afar.trade("buy", 1, 99, time=ago)
    assert (px, afar.engine.book.mark_px("AAPL")) == (50, 50)
    afar.trade("buy", 1, 51)
    assert afar.engine.book.mark_px("AAPL") == 51


def test_F32_a_fill_counts_while_a_change_is_in_flight() -> None:
    afar, stop = _a_stop_asked_to_change()
    assert stop.status is Status.REPLACING
    afar.positions["AAPL"] = d(20)
    afar.fill(stop, 47, 10, venue_order="V2")
    assert afar.qty() == 10
    afar.check()


def test_a_change_whose_answer_is_lost_counts_the_larger_until_the_venue_states_what_is_in_force() -> None:
    afar, stop = _a_stop_asked_to_change()
    afar.say(stop, "lost", text="timeout")
    assert (stop.status, stop.leaves) == (Status.UNKNOWN, 20)
    found = afar.say(stop, "accepted", qty=d(10), stop=d(95))
    # The change never arrived: the guard asks for it again.
    assert (stop.qty, stop.leaves, b.one(fx.Amend, found).qty) == (10, 20, 20)
    afar.check()


def test_F59_a_late_acknowledgement_settles_no_change_that_is_in_doubt() -> None:
    afar, stop = _a_stop_asked_to_change()
    afar.say(stop, "lost", text="timeout")
    found = afar.say(stop, "accepted", venue_order="V2")
    # Another change now would count the smaller, while the venue may have the larger.
    assert (stop.status, stop.leaves, b.only(fx.Amend, found)) == (Status.UNKNOWN, 20, [])
    found = afar.say(stop, "accepted", qty=d(10), stop=d(95), filled=d(0))
    assert (stop.status, b.one(fx.Amend, found).qty) == (Status.REPLACING, 20)
    afar.check()


def test_F59_an_answer_whose_question_counts_as_lost_settles_no_change_that_is_in_doubt() -> None:
    afar, stop = _a_stop_asked_to_change()
    afar.say(stop, "lost", text="timeout")
    afar.say(stop, "lost", text="too many")
    found = afar.say(stop, "accepted", qty=d(10), stop=d(95), filled=d(0))
    # It would work on with a change that nobody asks after any more, and half of the holding without its stop.
    assert (stop.status, stop.leaves, b.only(fx.Amend, found)) == (Status.UNKNOWN, 20, [])
    afar.wait(10)
    found = afar.say(stop, "accepted", qty=d(10), stop=d(95), filled=d(0))
    assert (stop.status, b.one(fx.Amend, found).qty) == (Status.REPLACING, 20)
    afar.check()


def test_F59_an_answer_older_than_what_the_venue_told_since_states_nothing() -> None:
    afar, stop = _a_stop_asked_to_change()
    asked = afar.ts
    afar.say(stop, "replaced", qty=d(20), stop=d("47.5"))
    afar.say(stop, "lost", text="timeout")
    afar.say(stop, "accepted", qty=d(10), stop=d("47.5"), filled=d(0), time=asked)
    assert (stop.status, stop.qty) == (Status.WORKING, 20)
    afar.wait(1)
    afar.say(stop, "lost", text="timeout")
    afar.say(stop, "accepted", qty=d(15), stop=d("47.5"), filled=d(0))
    assert stop.qty == 15
    afar.check()


def test_F33_where_a_change_is_a_second_order_both_count_until_one_is_gone() -> None:
    afar = Afar(limit_deployment(), account={"caps": Caps(in_place=False), "cash": {"USD": d(100_000)}})
    order = afar.enter(100.0)
    afar.say(order, "accepted", venue_order="V1")
    amend = b.one(fx.Amend, afar.bar(99.0, 1.0 + b.REBALANCE))
    assert amend.is_pair
    assert (order.status, order.leaves) == (Status.REPLACING, 20)
    afar.fill(order, 100, 4, venue_order="V1")
    assert order.leaves == 16
    afar.say(order, "lost", text="409")
    assert (order.status, order.leaves) == (Status.UNKNOWN, 16)
    afar.say(order, "accepted", qty=d(10), limit=d(99), filled=d(4))
    assert (order.status, order.leaves, order.limit) == (Status.PARTIAL, 6, 99)
    assert afar.engine.book.truth.frozen == {}
    afar.check()


# --- the line ------------------------------------------------------------------------------------------------------


def test_F43_a_line_that_comes_up_again_asks_for_everything_before_any_entry() -> None:
    afar = Afar()
    order = afar.enter()
    afar.is_mute = True
    afar.link(is_up=False)
    assert order.status is Status.UNKNOWN
    assert not [e for e in afar.wait(100) if isinstance(e, fx.Query)]
    found = afar.link()
    assert [query.oid for query in b.only(fx.Query, found)] == [order.oid, ""]
    afar.fill(order, 100, venue_order="V1")
    assert not afar.contact.is_ready
    assert review(afar.engine.book, (), b.draft(), afar.ts).codes[0] == Code.NOT_READY
    afar.wait(6)
    afar.state()
    assert (afar.contact.is_ready, afar.qty()) == (True, 10)
    afar.check()


def test_D35_F57_while_the_clocks_disagree_orders_are_asked_after_and_the_account_is_compared() -> None:
    afar = Afar()
    order = afar.enter()
    told = {"account": "main", "channel": "clock", "text": "the venue's clock is 704 ms off ours"}
    (alert,) = b.only(fx.Alert, afar.step(ev.Link(ts=afar.ts, is_up=False, **told)))
    text = "main: entries are refused until the clocks agree: the venue's clock is 704 ms off ours"
    assert (alert.level, alert.key, alert.text) == ("error", "clock/main", text)
    asked = [one.oid for one in b.only(fx.Query, afar.wait(100))]
    assert order.oid in asked and "" in asked
    afar.fill(order, 100, venue_order="V1")
    afar.state()
    assert (order.status, afar.qty(), afar.contact.is_ready) == (Status.FILLED, 10, True)
    assert review(afar.engine.book, (), b.draft(), afar.ts).codes[0] == Code.NOT_READY
    (alert,) = b.only(fx.Alert, afar.step(ev.Link(ts=afar.ts, is_up=True, **told)))
    assert (alert.level, alert.key) == ("info", "clock/main")
    assert Code.NOT_READY not in getattr(review(afar.engine.book, (), b.draft(), afar.ts), "codes", ())
    afar.check()


def test_F88_after_a_restart_every_unanswered_order_is_asked_after_and_none_is_sent() -> None:
    afar = Afar(b.deployment_spec(instruments=("AAPL", "MSFT", "IBM")))
    sent, working, filled = afar.enter(), afar.enter(symbol="MSFT"), afar.enter(symbol="IBM")
    afar.say(working, "accepted", venue_order="V2")
    afar.list_order(working)
    afar.fill(filled, 100)
    mark = len(afar.sent())
    found = afar.link()
    assert [query.oid for query in b.only(fx.Query, found)] == [sent.oid, ""]
    assert len(afar.sent()) == mark
    assert (sent.status, working.status) == (Status.UNKNOWN, Status.WORKING)
    afar.check()


def test_F54_a_rate_limit_ends_nothing_and_the_questions_grow_rarer() -> None:
    afar = Afar()
    order = afar.enter()
    for _ in range(40):
        afar.say(order, "lost", text="429 Retry-After 60")
        afar.wait(5)
    assert order.status is Status.UNKNOWN
    assert len(afar.sent()) == 1
    # 200 s: at most the first ones 5 s apart and then one in 15 s.
    assert len([query for query in afar.sent(fx.Query) if query.oid]) <= 16


def test_F58_garbage_instead_of_a_state_is_no_state() -> None:
    afar = Afar()
    afar.hold()
    afar.positions = {}
    for _ in range(3):
        afar.state(failed="<html>maintenance</html>")
        afar.wait(6)
    assert (afar.qty(), afar.engine.book.truth.mismatched) == (10, {})


def test_F62_one_line_that_clogs_closes_only_its_own_account() -> None:
    other = b.account_spec("other", outside=OutsideSpec())
    afar = Afar(b.deployment_spec(), b.deployment_spec("beta", account="other"), accounts=(other,))
    afar.link(account="other")
    afar.link(is_up=False)
    afar.bar(100.0, 1.0)
    assert [(s.deployment, s.account) for s in afar.sent()] == [("beta", "other")]


# --- an order the venue did not have, and has ------------------------------------------------------------------------


def test_F02_an_order_that_appears_after_it_was_proven_absent_is_cancelled_and_counts() -> None:
    afar = Afar()
    order = afar.enter()
    absent_twice(afar, 40)
    assert order.code == Code.ABSENT
    found = afar.say(order, "accepted", venue_order="V1")
    assert b.one(fx.Cancel, found).oid == order.oid
    assert list(afar.contact.strays) == [order.oid]
    afar.fill(order, 100, 4, venue_order="V1")
    assert (afar.qty(), order.status) == (4, Status.REJECTED)


def test_B3_no_ending_without_the_venues_word() -> None:
    """Whatever the edge says of a request's fate, only the venue's own words end an order."""
    for word in OPEN_WORDS:
        afar = Afar()
        order = afar.enter()
        afar.say(order, word)
        afar.wait(200)
        assert order.is_open, word


def test_B4_a_terminal_order_stays_terminal() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "cancelled")
    for word in (*OPEN_WORDS, "rejected", "expired", "replaced", "reduced"):
        afar.say(order, word)
        assert order.status is Status.CANCELLED


def test_the_timers_of_an_order_go_with_it() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.wait(11)
    afar.say(order, "accepted", venue_order="V1")
    afar.bar(100.0, 0.0)
    afar.say(order, "cancelled")
    assert [name for name in afar.engine.book.truth.timers if order.oid in name] == []


def test_a_venue_in_the_process_sets_no_timer() -> None:
    made = b.engine()
    made.step(b.bar(1, 100.0, 1.0))
    assert made.book.truth.timers == {}
    made.step(ev.Timer(ts=b.at(2), deployment="", name="query/none"))


def test_F02_an_old_absence_behind_the_venues_yes_is_asked_about() -> None:
    afar = Afar(ack_timeout=3 * NS)
    order = afar.enter()
    afar.wait(4)
    afar.say(order, "accepted", venue_order="V1")
    effects = afar.say(order, "absent")
    assert order.status is Status.UNKNOWN
    assert b.only(fx.Query, effects) or "/query/" + order.oid in afar.engine.book.truth.timers
    afar.wait(20)
    assert [e for e in afar.effects if isinstance(e, fx.Query) and e.oid == order.oid][1:]


def test_F05_a_late_acknowledgement_is_no_answer_to_the_question_put_meanwhile() -> None:
    # The stop was to grow, and the request was lost: what the venue states of it counts though an old word came first.
    afar = Afar(b.deployment_spec(**PROTECTED))
    order = afar.enter()
    afar.fill(order, 100, 4)
    stop = afar.order()
    afar.fill(order, 100, 6)
    assert (stop.status, stop.total) == (Status.REPLACING, 10)
    afar.wait(11)
    afar.say(stop, "accepted", venue_order="S1")
    assert stop.total == 10
    found = afar.say(stop, "accepted", venue_order="S1", qty=d(4), filled=d(0))
    assert stop.qty == 4
    assert b.one(fx.Amend, found).qty == 10
    afar.check()


def growing() -> tuple[Afar, Order]:
    """Return an account whose stop of 4 stands, and has just been asked to grow to 10."""
    afar = Afar(b.deployment_spec(**PROTECTED))
    order = afar.enter()
    afar.fill(order, 100, 4)
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="S1")
    afar.fill(order, 100, 6)
    return afar, stop


def test_a_stop_whose_change_is_refused_again_and_again_is_taken_back_and_made_anew() -> None:
    afar, stop = growing()
    for _ in range(MOST_REFUSALS - 1):
        assert b.one(fx.Amend, afar.say(stop, "replace_refused")).oid == stop.oid
    found = afar.say(stop, "replace_refused")
    assert b.one(fx.Cancel, found).oid == stop.oid
    assert b.only(fx.Amend, found) == []
    assert b.one(fx.Submit, afar.say(stop, "cancelled", filled=d(0))).qty == 10
    afar.check()


@pytest.mark.parametrize("is_again", [True, False])
def test_B15_a_refusal_from_before_a_change_was_asked_for_leaves_that_one_counted(is_again: bool) -> None:
    afar, stop = growing()
    refused = afar.ts + 1
    if is_again:
        afar.say(stop, "replace_refused")
    else:
        # Its refusal is under way when the venue answers that nothing has changed.
        afar.say(stop, "lost")
        afar.ts += 1
        afar.say(stop, "accepted", venue_order="S1", qty=d(4), filled=d(0))
    assert (stop.status, stop.total, len(afar.sent(fx.Amend))) == (Status.REPLACING, 10, 2)
    assert afar.say(stop, "replace_refused", time=refused) == []
    assert (stop.status, stop.total) == (Status.REPLACING, 10), "the second change may still come to the venue"
    assert [e.oid for e in b.only(fx.Amend, afar.say(stop, "replace_refused"))] == [stop.oid]
    afar.check()


def test_B15_a_refusal_from_before_an_order_was_sent_again_leaves_its_change_counted() -> None:
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05")))
    entry = afar.enter()
    afar.fill(entry, 100, 4)
    stop = afar.order()
    afar.fill(entry, 100, 6)
    assert stop.total == 10
    refused = afar.ts + 1
    afar.wait(11)
    while not afar.sent(fx.Resend):
        absent_twice(afar, 1)
    afar.say(stop, "accepted", venue_order="S1")
    afar.say(stop, "lost")
    assert (stop.status, stop.total, len(afar.sent(fx.Amend))) == (Status.UNKNOWN, 10, 2)
    afar.say(stop, "replace_refused", time=refused)
    assert (stop.status, stop.total) == (Status.UNKNOWN, 10), "the second change may have come to the venue"
    afar.check()


def test_B15_an_answer_to_a_question_from_before_a_change_leaves_that_one_counted() -> None:
    afar, stop = growing()
    answer = {"venue_order": "S1", "qty": d(4), "filled": d(0)}
    assert b.one(fx.Query, afar.say(stop, "lost")).oid == stop.oid
    assert [e.oid for e in b.only(fx.Query, afar.wait(6))] == [stop.oid], (
        "it is asked twice before anything is answered"
    )
    assert b.one(fx.Amend, afar.say(stop, "accepted", **answer)).qty == 10, "the first change is not in force"
    afar.say(stop, "lost")
    assert b.only(fx.Amend, afar.say(stop, "accepted", **answer)) == [], "that answers the second question"
    assert (stop.status, stop.total) == (Status.UNKNOWN, 10), "the second change may still come to the venue"
    assert b.only(fx.Query, afar.wait(20)), "it is asked after anew"
    assert b.one(fx.Amend, afar.say(stop, "accepted", **answer)).qty == 10
    afar.check()


@pytest.mark.parametrize(("word", "qty"), [("accepted", None), ("reduced", 6)])
def test_B20_an_exit_that_stands_behind_the_end_of_its_holding_is_taken_back(word: str, qty: int | None) -> None:
    afar = Afar(b.deployment_spec(**PROTECTED))
    afar.hold()
    stop = afar.order()
    if word == "reduced":
        afar.say(stop, "accepted", venue_order="S1")
    leaving = b.one(fx.Submit, afar.bar(100.0, 0.0))
    assert b.only(fx.Cancel, afar.fill(leaving, 100)) == []
    found = afar.say(stop, word, venue_order="S1", qty=qty and d(qty))
    assert b.one(fx.Cancel, found).oid == stop.oid
    afar.check()


def test_F43_a_line_that_breaks_puts_the_orders_of_its_own_account_in_doubt_alone() -> None:
    names = {"alpha": "main", "beta": "other"}
    deployments = [b.deployment_spec(name, account=account) for name, account in names.items()]
    accounts = [b.account_spec(account, outside=OutsideSpec()) for account in names.values()]
    made = b.engine(b.run_spec(*deployments, accounts=accounts))
    for account in names.values():
        made.step(ev.Link(ts=b.at(1), account=account, channel="orders", is_up=True))
        made.book.truth.contacts[account].is_ready = True
    sent = b.only(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    assert [one.account for one in sent] == ["main", "other"]
    told = made.step(ev.Link(ts=b.at(2), account="main", channel="orders", is_up=False))
    assert [one.oid for one in b.only(fx.Lose, told)] == [sent[0].oid]
    assert [made.book.truth.orders[one.oid].status for one in sent] == [Status.UNKNOWN, Status.SENT]
