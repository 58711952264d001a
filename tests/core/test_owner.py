"""Whose an execution is: early, twice, late, of nobody we know. Each changes a position once."""

import pytest

from openbell.core import book as books
from openbell.core import effects as fx
from openbell.core import owner
from openbell.core.book import EXTERNAL
from openbell.core.order import Order
from openbell.core.record import decode_record
from openbell.core.spec import SizeSpec
from openbell.core.types import NS, Side, Status
from tests.core import build as b
from tests.core.afar import Afar, limit_deployment
from tests.core.build import d
from tests.core.test_outside import absent_twice, listening


def test_F07_a_fill_before_its_id_is_known_waits_and_is_booked_with_the_mapping() -> None:
    afar = Afar()
    order = afar.enter()
    found = afar.fill(order, 100, oid="", venue_order="V7")
    assert b.one(fx.Query, found).oid == order.oid
    assert (afar.qty(), len(afar.contact.held)) == (0, 1)
    afar.say(order, "accepted", venue_order="V7")
    assert (afar.qty(), order.status, afar.contact.held) == (10, Status.FILLED, [])
    afar.check()


def test_F07_a_waiting_fill_that_is_nobodys_is_external_once_our_orders_have_names() -> None:
    afar = Afar()
    order = afar.enter()
    afar.trade("buy", 3, 100)
    afar.say(order, "accepted", venue_order="V1")
    assert (afar.qty(), afar.qty(EXTERNAL), afar.contact.held) == (0, 3, [])
    assert afar.alerts().count("external/AAPL") == 1, "it is told as any trade by hand"


def test_a_sale_by_hand_that_had_waited_freezes_what_it_has_sold_of_ours() -> None:
    afar = Afar()
    afar.hold()
    closing = b.one(fx.Submit, afar.bar(100.0, 0.0))
    afar.fill(b.submit("sell", 10, index=901), 100, oid="", venue_order="H1")
    assert len(afar.contact.held) == 1, "it could be the exit, which has no name yet"
    found = afar.say(closing, "accepted", venue_order="V3")
    assert [freeze.deployment for freeze in b.only(fx.Freeze, found)] == ["alpha"]


def test_F07_a_fill_that_waits_for_an_order_which_ends_without_a_name_is_external_then() -> None:
    # The one order it could have been of is filled under its own name, or is not at the venue at all.
    for end in ("filled", "buried"):
        afar = Afar()
        order = afar.enter()
        afar.trade("buy", 3, 100)
        assert len(afar.contact.held) == 1
        if end == "filled":
            afar.fill(order, 100, venue_order="V1")
        else:
            absent_twice(afar)
            assert order.status is Status.REJECTED
        assert (afar.qty(EXTERNAL), afar.contact.held) == (3, [])
        afar.check()


def test_F07_a_waiting_fill_told_twice_waits_once_and_the_buffer_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "MOST_HELD", 2)
    afar = Afar()
    order = afar.enter()
    for exec_id in ("A", "A", "B", "C"):
        afar.fill(order, 100, 1, oid="", venue_order="V7", exec_id=exec_id)
    assert [fill.exec_id for fill in afar.contact.held] == ["A", "B"]
    assert afar.qty(EXTERNAL) == 1


def test_F14_a_fill_without_our_id_is_told_by_the_venues_own() -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V7")
    afar.fill(order, 100, oid="", venue_order="V7")
    assert (afar.qty(), order.status) == (10, Status.FILLED)
    afar.say(order, "cancelled", oid="", venue_order="V7")
    assert order.status is Status.FILLED


def test_F28_a_bust_without_a_name_that_comes_before_its_execution_is_kept_until_that_is_told() -> None:
    afar = Afar()
    order = afar.enter()
    bust = {"oid": "", "venue_order": "V7", "exec_id": "X.B", "supersedes": "X", "is_bust": True, "time": 5}
    afar.fill(order, 100, 4, **bust)
    assert len(afar.contact.held) == 1
    afar.say(order, "cancelled", venue_order="V7", filled=d(0))
    afar.fill(order, 100, 4, oid="", venue_order="V7", exec_id="X", time=5)
    assert (afar.qty(), order.filled, afar.contact.held) == (0, 0, []), "it had ended before it was told"
    afar.check()


@pytest.mark.parametrize("changes", [{"side": Side.SELL}, {"instrument": "MSFT"}])
def test_F12_a_fill_under_our_id_that_does_not_fit_the_order_is_not_ours(changes: dict[str, object]) -> None:
    afar = Afar(b.deployment_spec(instruments=("AAPL", "MSFT")))
    order = afar.enter()
    found = afar.fill(order, 100, **changes)
    assert (order.filled, afar.qty()) == (0, 0)
    assert b.only(fx.Alert, found)
    afar.check()


def test_an_execution_of_nothing_is_refused() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, 0)
    assert (order.status, afar.engine.book.truth.counts.illegal) == (Status.SENT, 1)


def test_F25_the_same_execution_told_again_is_dropped_and_counted() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, venue_order="V1", exec_id="X")
    afar.wait(2400)
    afar.fill(order, 100, venue_order="V1", exec_id="X")
    assert (afar.qty(), afar.engine.book.truth.counts.duplicates) == (10, 1)


def test_F26_one_execution_under_two_ids_is_never_booked_twice() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, venue_order="V1", exec_id="stream-1", time=5)
    afar.fill(order, 100, venue_order="V1", exec_id="rest-1", time=5)
    assert (afar.qty(), order.filled, order.overfill) == (10, 10, 0)


def doubted() -> tuple[Afar, Order]:
    """Return an order of ten of which two executions, alike, of four have been told under two ids."""
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, 4, venue_order="V1", exec_id="stream-1", time=5)
    found = afar.fill(order, 100, 4, venue_order="V1", exec_id="rest-1", time=5)
    assert (afar.qty(), b.one(fx.Query, found).oid) == (4, order.oid)
    return afar, order


def tell(afar: Afar, order: Order, word: str, filled: int, *listed: str) -> list[fx.Effect]:
    """Answer a question as a venue does: the executions under their ids, then the order with its sum."""
    for exec_id in listed:
        afar.fill(order, 100, 4, venue_order="V1", exec_id=exec_id, time=5)
    return afar.say(order, word, venue_order="V1", filled=d(filled))


def test_F26_a_twin_is_dropped_where_the_venues_sum_has_no_room_for_it() -> None:
    afar, order = doubted()
    tell(afar, order, "accepted", 4, "rest-1")
    assert (afar.qty(), order.filled, afar.contact.held) == (4, 4, [])
    afar.check()


def test_F26_a_twin_that_every_answer_lists_again_is_not_asked_after_with_every_answer() -> None:
    """The sum has no room for it, so it is dropped; the next answer lists it before that, and so on without an end."""
    afar, order = doubted()
    questions = 1
    for _ in range(100):
        if not questions:
            break
        questions = 0
        for found in (
            afar.fill(order, 100, 4, venue_order="V1", exec_id="rest-1", time=5),
            afar.say(order, "accepted", venue_order="V1", filled=d(4)),
            afar.wait(0.01),
        ):
            questions += sum(isinstance(effect, fx.Query) and effect.oid == order.oid for effect in found)
        assert (afar.qty(), afar.contact.held) == (4, [])
    assert not questions, "a storm of questions"
    # Told by itself later on, it is asked after once more, behind a pause; and counts where there is room for both.
    assert not b.only(fx.Query, afar.fill(order, 100, 4, venue_order="V1", exec_id="rest-1", time=5))
    assert b.one(fx.Query, afar.wait(20)[:1]).oid == order.oid
    tell(afar, order, "accepted", 8, "stream-1", "rest-1")
    assert (afar.qty(), order.filled, afar.contact.held) == (8, 8, [])
    afar.check()


def test_F26_a_sum_from_before_the_newest_execution_drops_no_twin() -> None:
    afar, order = doubted()
    afar.say(order, "accepted", venue_order="V1", filled=d(4), time=4)
    assert (afar.qty(), len(afar.contact.held)) == (4, 1)
    assert b.one(fx.Query, afar.wait(20)[:1]).oid == order.oid, "it is asked on"
    tell(afar, order, "accepted", 8, "stream-1", "rest-1")
    assert (afar.qty(), order.filled, afar.contact.held) == (8, 8, [])
    afar.check()


def test_F26_what_looks_alike_are_two_where_the_venue_lists_both_and_its_sum_has_room() -> None:
    afar, order = doubted()
    tell(afar, order, "accepted", 8, "stream-1", "rest-1")
    assert (afar.qty(), order.filled, afar.contact.held) == (8, 8, [])
    afar.check()


def test_F26_two_that_look_alike_are_two_where_an_answer_lists_both_under_other_ids() -> None:
    afar, order = doubted()
    for _ in range(2):
        tell(afar, order, "accepted", 8, "rest-1", "rest-2")
        afar.wait(20)
    assert (afar.qty(), afar.contact.held) == (8, [])
    for _ in range(3):
        tell(afar, order, "accepted", 8, "rest-1", "rest-2")
        afar.wait(20)
        assert afar.qty() == 8, "which of the two is the one that was told first is all the same"
    afar.check()


def test_F26_what_is_listed_under_another_id_and_has_no_room_beside_itself_is_part_of_the_sum() -> None:
    afar = Afar()
    order = afar.enter()
    for exec_id, qty in (("stream-1", 2), ("stream-3", 6)):
        afar.fill(order, 100, qty, venue_order="V1", exec_id=exec_id, time=qty)
    for _ in range(2):
        for exec_id, qty in (("rest-1", 2), ("rest-2", 2), ("rest-3", 6)):
            afar.fill(order, 100, qty, venue_order="V1", exec_id=exec_id, time=qty)
        afar.say(order, "accepted", venue_order="V1", filled=d(10))
        afar.wait(20)
    assert (afar.qty(), order.status, afar.contact.held) == (10, Status.FILLED, [])
    afar.check()


def test_F26_a_twin_without_room_that_is_told_again_while_it_waits_is_listed_once() -> None:
    afar = Afar()
    order = afar.enter()
    told = ((1, "stream-1"), (5, "stream-2"), (1, "rest-1"), (5, "rest-2"), (2, "rest-4"), (5, "rest-2"))
    for qty, exec_id in told:
        afar.fill(order, 100, qty, venue_order="V1", exec_id=exec_id, time=20 if exec_id == "rest-4" else qty)
    # Two of the ten were lost on the way: the second under both its names is not what makes up the sum.
    afar.say(order, "accepted", venue_order="V1", filled=d(10))
    assert (afar.qty(), order.filled, order.overfill) == (8, 8, 0)
    assert "alpha" not in afar.engine.book.truth.frozen
    afar.check()


def test_F26_a_sum_alone_books_no_twin_for_another_execution_may_have_been_lost() -> None:
    afar, order = doubted()
    tell(afar, order, "accepted", 8, "rest-1")
    assert (afar.qty(), len(afar.contact.held)) == (4, 1)
    assert b.one(fx.Query, afar.wait(20)[:1]).oid == order.oid, "it is asked on"
    afar.fill(order, 101, 4, venue_order="V1", exec_id="rest-2", time=9)
    tell(afar, order, "accepted", 8, "rest-1")
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost, afar.contact.held) == (8, 804, [])
    afar.check()


def test_F26_an_end_is_not_believed_while_a_twin_is_in_doubt() -> None:
    afar, order = doubted()
    afar.say(order, "cancelled")
    assert (order.status, afar.qty(), len(afar.contact.held)) == (Status.UNKNOWN, 4, 1)
    afar.wait(5)
    tell(afar, order, "cancelled", 8, "stream-1", "rest-1")
    tell(afar, order, "cancelled", 8)
    assert (order.status, afar.qty(), afar.contact.held) == (Status.CANCELLED, 8, [])
    afar.check()


def test_F26_an_answer_that_lists_both_counts_before_the_end_that_it_brings_is_believed() -> None:
    afar, order = doubted()
    for _ in range(3):
        tell(afar, order, "cancelled", 8, "rest-1")
        afar.wait(20)
    assert (order.status, afar.qty(), len(afar.contact.held)) == (Status.UNKNOWN, 4, 1)
    tell(afar, order, "cancelled", 8, "stream-1", "rest-1")
    assert (order.status, afar.qty(), afar.contact.held) == (Status.CANCELLED, 8, [])
    afar.check()


def test_F26_what_nobody_can_tell_is_a_mismatch() -> None:
    afar, order = doubted()
    afar.positions = {"AAPL": d(8)}
    for _ in range(4):
        tell(afar, order, "cancelled", 8, "rest-1")
    assert (order.status, afar.qty(), afar.contact.held) == (Status.CANCELLED, 4, [])
    afar.wait(400)
    assert list(afar.engine.book.truth.mismatched) == ["main/AAPL"]
    tell(afar, order, "cancelled", 8, "rest-1")
    assert afar.qty() == 4, "told again of an order that has ended, it is no late fill"
    afar.check()


def test_F26_a_late_acknowledgement_says_nothing_of_a_twin() -> None:
    afar = Afar()
    order = afar.enter()
    for exec_id in ("stream-1", "rest-1"):
        afar.fill(order, 100, 4, venue_order="V1", exec_id=exec_id, time=5)
    afar.say(order, "accepted", venue_order="V1")
    assert (afar.qty(), len(afar.contact.held)) == (4, 1)
    afar.say(order, "accepted", venue_order="V1", filled=d(4))
    assert (afar.qty(), afar.contact.held) == (4, [])
    afar.check()


def test_F07_a_waiting_fill_listed_again_is_not_told_to_be_anothers() -> None:
    afar = Afar()
    order = afar.enter()
    for _ in range(3):
        afar.fill(order, 100, 4, oid="", venue_order="V7", exec_id="A", time=5)
    assert (len(afar.contact.held), "external/AAPL" in afar.alerts()) == (1, False)


def test_F27_an_exit_through_zero_told_again_is_a_duplicate() -> None:
    afar = Afar(b.deployment_spec(can_short=True))
    afar.hold()
    exit_order = b.one(fx.Submit, afar.bar(100.0, 0.0))
    for _ in range(2):
        afar.fill(exit_order, 100, venue_order="V2", exec_id="flip")
    assert afar.qty() == 0


def test_F28_a_correction_supersedes_and_a_bust_takes_back() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, venue_order="V1", exec_id="e.01")
    afar.fill(order, 99, 8, venue_order="V1", exec_id="e.02", supersedes="e.01")
    assert (afar.qty(), afar.engine.book.position("alpha", "AAPL").cost) == (8, 792)
    afar.fill(order, 99, 8, venue_order="V1", exec_id="e.03", supersedes="e.02", is_bust=True)
    assert (afar.qty(), afar.engine.book.truth.accounts["main"].cash["USD"]) == (0, 100_000)
    afar.check()


def corrected(*told: tuple[str, int]) -> tuple[Afar, Order]:
    """Return an order of ten with what was told of it, by id and quantity; a correction of a lost one then comes."""
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    for exec_id, qty in told:
        afar.fill(order, 100, qty, venue_order="V1", exec_id=exec_id)
    afar.fill(order, 101, 4, venue_order="V1", exec_id="e.03", supersedes="e.02")
    return afar, order


def test_F28_a_chain_of_corrections_whose_middle_link_is_lost_counts_once() -> None:
    afar, order = corrected(("e.01", 10))
    assert (afar.qty(), len(afar.contact.held)) == (10, 1), "more may have executed than was ordered"
    for exec_id, replaced in (("e.01", ""), ("e.02", "e.01"), ("e.03", "e.02")):
        afar.fill(order, 101, 4, venue_order="V1", exec_id=exec_id, supersedes=replaced)
    assert (afar.qty(), order.filled, order.overfill) == (4, 4, 0), "the lost one is told after all"
    afar.check()


def test_F28_a_correction_of_the_size_of_all_that_stands_is_of_that_where_nobody_is_left_to_ask() -> None:
    afar = Afar()
    order = afar.hold()
    for exec_id, replaced in (("E1.3", "E1.2"), ("E1.2", "E1"), ("E1.3", "E1.2")):
        afar.fill(order, 101, venue_order="V1", exec_id=exec_id, supersedes=replaced)
        assert (afar.qty(), order.filled, afar.contact.held) == (10, 10, [])
    assert afar.engine.book.position("alpha", "AAPL").cost == 1010
    afar.check()


def test_F28_an_older_link_told_behind_a_correction_of_what_was_lost_takes_no_place() -> None:
    afar = Afar()
    order = afar.hold()
    made = afar.ts
    for px, exec_id, replaced, time in ((103, "E1.6", "E1.5", made), (101, "E1.3", "E1.2", made - NS)):
        afar.fill(order, px, venue_order="V1", exec_id=exec_id, supersedes=replaced, time=time)
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost, afar.contact.held) == (10, 1030, []), "the newest correction is the truth"
    afar.fill(order, 102, venue_order="V1", exec_id="E1.7", supersedes="E1.4", time=made + NS)
    assert position.cost == 1020, "a newer one takes it"
    afar.check()


def test_F28_a_correction_of_what_was_lost_waits_where_there_is_room_for_both() -> None:
    afar, order = corrected(("e.01", 4))
    assert (afar.qty(), len(afar.contact.held)) == (4, 1)
    afar.fill(order, 101, 4, venue_order="V1", exec_id="e.03", supersedes="e.02")
    afar.say(order, "accepted", venue_order="V1", filled=d(4))
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost, afar.contact.held) == (4, 404, []), (
        "the venue counts four and lists e.03 alone"
    )
    afar.check()


def test_F28_a_correction_that_was_taken_back_before_the_answer_ends_what_it_stands_for() -> None:
    afar, order = corrected(("e.01", 4))
    afar.say(order, "accepted", venue_order="V1", filled=d(0))
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost, afar.contact.held) == (4, 404, []), "nothing is listed: both are one and over"
    afar.fill(order, 101, 4, venue_order="V1", exec_id="e.03.B", supersedes="e.03", is_bust=True)
    assert (afar.qty(), order.filled) == (0, 0)
    afar.check()


def test_F28_a_correction_of_what_was_lost_stands_beside_what_the_venue_lists_with_it() -> None:
    afar, order = corrected(("e.01", 4))
    for exec_id, px, replaced in (("e.01", 100, ""), ("e.03", 101, "e.02")):
        afar.fill(order, px, 4, venue_order="V1", exec_id=exec_id, supersedes=replaced)
    afar.say(order, "accepted", venue_order="V1", filled=d(8))
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost, afar.contact.held) == (8, 804, [])
    afar.check()


def test_F28_what_was_corrected_since_it_was_listed_is_no_part_of_what_an_answer_lists() -> None:
    afar, order = corrected(("e.01", 4))
    # It is listed, the answer behind that is lost, and it is corrected before the next one.
    afar.fill(order, 101, 4, venue_order="V1", exec_id="e.03", supersedes="e.02")
    for cost in (400, 808):
        afar.fill(order, 100, 4, venue_order="V1", exec_id="e.01")
        afar.fill(order, 102, 4, venue_order="V1", exec_id="e.04", supersedes="e.03")
        afar.say(order, "accepted", venue_order="V1", filled=d(8))
        assert afar.engine.book.position("alpha", "AAPL").cost == cost
        afar.wait(10)
    assert (afar.qty(), afar.contact.held) == (8, [])
    afar.check()


@pytest.mark.parametrize("time", [5, 6])
def test_F28_a_correction_takes_the_place_of_what_is_not_listed_before_that_is_sought_for_a_twin(time: int) -> None:
    # Beside a late one an execution waits that is like the one corrected, or from before it; all that counts is listed.
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.fill(order, 100, 4, venue_order="V1", exec_id="e.02", supersedes="e.01", time=6)
    for _ in range(2):
        afar.fill(order, 100, 4, venue_order="V1", exec_id="f", time=time)
        afar.fill(order, 103, 4, venue_order="V1", exec_id="e.04", supersedes="e.03", time=7)
    assert (afar.qty(), len(afar.contact.held)) == (4, 2)
    afar.say(order, "accepted", venue_order="V1", filled=d(8))
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost - position.realised, afar.contact.held) == (8, 812, [])
    afar.check()


def test_F28_an_older_link_that_was_listed_before_is_no_rival_of_the_newer_one() -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    links = (("e.02", "e.01", 101), ("e.04", "e.03", 102), ("e.04", "e.03", 102), ("e.05", "e.04", 103))
    for exec_id, replaced, px in (*links, ("f", "", 100), *links[3:], ("f", "", 100)):
        afar.fill(order, px, 4, venue_order="V1", exec_id=exec_id, supersedes=replaced)
    afar.say(order, "accepted", venue_order="V1", filled=d(8))
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost - position.realised, afar.contact.held) == (8, 812, [])
    afar.check()


def test_F28_what_was_listed_before_a_correction_of_something_lost_proves_nothing_of_what_that_stands_for() -> None:
    afar, order = corrected(("f", 4))
    # Each is listed once; the answer behind the first list is lost, and so is the link between f and f.3.
    told = (("f", "", 100), ("f.3", "f.2", 102), ("e.03", "e.02", 101), ("f.3", "f.2", 102), ("e.03", "e.02", 101))
    for place, (exec_id, replaced, px) in enumerate(told):
        afar.fill(order, px, 4, venue_order="V1", exec_id=exec_id, supersedes=replaced)
        if place in (2, 4):
            afar.say(order, "accepted", venue_order="V1", filled=d(8))
            afar.wait(10)
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost - position.realised, afar.contact.held) == (8, 812, [])
    afar.check()


def test_F28_an_answer_from_before_a_correction_says_nothing_of_it() -> None:
    afar, order = corrected(("e.01", 4))
    afar.fill(order, 100, 4, venue_order="V1", exec_id="e.01")
    afar.say(order, "accepted", venue_order="V1", filled=d(4), time=afar.ts - NS)
    assert (afar.qty(), len(afar.contact.held)) == (4, 1)
    afar.check()


def test_F28_an_older_link_of_a_chain_that_is_told_late_counts_no_more() -> None:
    afar = Afar()
    order = afar.enter()
    chain = [("e", ""), ("e.2", "e"), ("e.3", "e.2"), ("e.4", "e.3")]
    for place in (0, 3, 1, 2, 3, 1, 0):
        exec_id, replaced = chain[place]
        afar.fill(order, 100 + place, venue_order="V1", exec_id=exec_id, supersedes=replaced)
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost) == (10, 1030)
    afar.check()


def test_F28_where_a_chain_began_that_is_told_behind_a_lost_link_counts_no_more() -> None:
    afar, order = corrected()
    root = {"venue_order": "V1", "exec_id": "e.01", "time": afar.ts - NS}
    afar.fill(order, 101, 4, venue_order="V1", exec_id="e.04", supersedes="e.03")
    afar.fill(order, 100, 10, **root)
    assert (afar.qty(), order.filled, order.overfill) == (4, 4, 0), (
        "there is no room for both, however long the chain is"
    )
    assert "alpha" not in afar.engine.book.truth.frozen
    afar.check()


@pytest.mark.parametrize(("is_listed", "qty"), [(False, 4), (True, 8)])
def test_F28_where_a_chain_may_have_begun_waits_for_what_the_venue_lists(is_listed: bool, qty: int) -> None:
    afar, order = corrected()
    root = {"venue_order": "V1", "exec_id": "e.01", "time": afar.ts - NS}
    afar.fill(order, 100, 4, **root)
    assert (afar.qty(), len(afar.contact.held)) == (4, 1)
    if is_listed:
        afar.fill(order, 100, 4, **root)
    afar.fill(order, 101, 4, venue_order="V1", exec_id="e.03", supersedes="e.02")
    afar.say(order, "accepted", venue_order="V1", filled=d(qty))
    assert (afar.qty(), afar.contact.held) == (qty, [])
    afar.check()


@pytest.mark.parametrize("filled", [11, 3])
def test_F31_what_may_be_where_a_chain_began_is_asked_after_though_there_seems_to_be_no_room(filled: int) -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    link = {"venue_order": "V1", "exec_id": "e.02", "supersedes": "e.01", "time": afar.ts}
    other = {"venue_order": "V1", "exec_id": "f.01", "time": afar.ts}
    afar.fill(order, 101, 3, **link)
    found = afar.fill(order, 100, 8, **other)
    assert (afar.qty(), b.one(fx.Query, found).oid) == (3, order.oid)
    afar.fill(order, 101, 3, **link)
    if filled == 11:
        afar.fill(order, 100, 8, **other)
    afar.say(order, "accepted", venue_order="V1", filled=d(filled))
    assert (afar.qty(), order.filled, afar.contact.held) == (filled, filled, [])
    assert list(afar.engine.book.truth.frozen) == (["alpha"] if filled > order.qty else [])
    afar.check()


def test_F28_what_is_executed_behind_a_correction_is_not_where_its_chain_began() -> None:
    afar, order = corrected()
    afar.fill(order, 100, 4, venue_order="V1", exec_id="e.05")
    assert (afar.qty(), afar.contact.held) == (8, [])
    afar.check()


def test_F28_of_a_chain_that_waited_for_a_name_and_lacks_a_link_one_counts() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, oid="", venue_order="V1", exec_id="e.01")
    afar.fill(order, 101, oid="", venue_order="V1", exec_id="e.03", supersedes="e.02")
    assert afar.qty() == 0
    afar.say(order, "accepted", venue_order="V1", filled=order.qty)
    assert (afar.qty(), order.overfill, afar.contact.held) == (10, 0, [])
    afar.check()


def test_F28_what_an_answer_lists_in_full_stands_though_every_link_before_was_lost() -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    told = {"exec_id": "e.01", "time": 5}, {"exec_id": "f.01", "time": 5}
    for one in told:
        afar.fill(order, 100, 4, venue_order="V1", **one)
    # Of two that look alike one is booked; both have been corrected, twice each.
    for exec_id, replaced in (("e.03", "e.02"), ("f.02", "f.01"), ("f.03", "f.02")):
        afar.fill(order, 101, 4, venue_order="V1", exec_id=exec_id, supersedes=replaced)
    assert afar.qty() == 4
    for exec_id, replaced in (("e.03", "e.02"), ("f.03", "f.02")):
        afar.fill(order, 101, 4, venue_order="V1", exec_id=exec_id, supersedes=replaced)
    afar.say(order, "accepted", venue_order="V1", filled=d(8))
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost, afar.contact.held) == (8, 808, [])
    afar.check()


def test_F28_a_correction_that_could_be_of_several_waits_for_its_link_though_its_order_has_ended() -> None:
    afar, order = corrected(("e.01", 3), ("f.01", 3))
    afar.say(order, "accepted", venue_order="V1", filled=d(7))
    assert (afar.qty(), len(afar.contact.held)) == (6, 1), "which of the two it was, the answer does not list"
    afar.fill(order, 100, 4, venue_order="V1", exec_id="g")
    assert (order.status, afar.qty(), len(afar.contact.held)) == (Status.FILLED, 10, 1)
    for exec_id, replaced in (("e.04", "e.03"), ("e.02", "e.01")):
        afar.fill(order, 102, 2, venue_order="V1", exec_id=exec_id, supersedes=replaced)
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost - position.realised, afar.contact.held) == (9, 904, []), "in the place of e.01"
    afar.fill(order, 102, 2, venue_order="V1", exec_id="e.04.B", supersedes="e.04", is_bust=True)
    assert afar.qty() == 7
    afar.check()


@pytest.mark.parametrize(
    ("listed", "filled", "qty", "cost"), [(("e.01", "f.02"), 11, 11, 1109), (("f.02",), 10, 10, 1010)]
)
def test_F31_a_correction_of_what_was_lost_is_asked_after_though_there_seems_to_be_no_room(
    listed: tuple[str, ...], filled: int, qty: int, cost: int
) -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.fill(order, 99, 1, venue_order="V1", exec_id="e.01")
    found = afar.fill(order, 101, 10, venue_order="V1", exec_id="f.02", supersedes="f.01")
    assert (afar.qty(), b.one(fx.Query, found).oid) == (1, order.oid), (
        "the venue may have executed more than was ordered"
    )
    for exec_id, amount, replaced in (("e.01", 1, ""), ("f.02", 10, "f.01")):
        if exec_id in listed:
            afar.fill(order, 101, amount, venue_order="V1", exec_id=exec_id, supersedes=replaced)
    afar.say(order, "accepted", venue_order="V1", filled=d(filled))
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost, afar.contact.held) == (qty, cost, [])
    assert list(afar.engine.book.truth.frozen) == (["alpha"] if qty > order.qty else [])
    afar.check()


def test_F28_an_execution_and_its_correction_that_wait_for_a_name_together_count_once() -> None:
    for told in ((("e", ""), ("e.3", "e.2")), (("e.2", "e"), ("e", "")), (("e", ""), ("e.2", "e"), ("e.3", "e.2"))):
        afar = Afar()
        order = afar.enter()
        for exec_id, replaced in told:
            afar.fill(order, 100, oid="", venue_order="V7", exec_id=exec_id, supersedes=replaced)
        assert len(afar.contact.held) == len(told)
        afar.say(order, "accepted", venue_order="V7", filled=d(10))
        assert (afar.qty(), order.filled, afar.contact.held) == (10, 10, [])
        afar.check()


@pytest.mark.parametrize(("qty", "px", "cost"), [(6, 101, 1014), (4, 120, 888)])
def test_F28_a_correction_stands_for_the_execution_it_is_closest_to_and_the_venues_figure_stays_as_told(
    qty: int, px: int, cost: int
) -> None:
    afar, order = corrected(("e.01", 4))
    afar.ts += NS
    afar.state()
    told = afar.contact.positions["AAPL"]
    # Of another execution everything but its correction was lost, and of the one that is known another link.
    links = (("g.02", qty, "g.01", px, afar.contact.as_of - NS), ("e.05", 4, "e.04", 102, afar.ts + NS))
    for _ in range(2):
        for exec_id, amount, replaced, at, time in links:
            afar.fill(order, at, amount, venue_order="V1", exec_id=exec_id, supersedes=replaced, time=time)
    afar.say(order, "accepted", venue_order="V1", filled=d(qty + 4), time=afar.ts + NS)
    position = afar.engine.book.position("alpha", "AAPL")
    assert (position.qty, position.cost - position.realised, afar.contact.held) == (qty + 4, cost, [])
    assert afar.contact.positions["AAPL"] == told, "a correction of a price moves nobody's holding"
    afar.check()


def test_F28_a_late_correction_of_what_was_lost_of_an_order_let_go_of_counts_once(forgetful: None) -> None:
    afar = Afar()
    first = afar.hold()
    exec_id = next(iter(first.executions)).rpartition("/")[2]
    afar.fill(b.one(fx.Submit, afar.bar(100.0, 0.0)), 100, venue_order="V2")
    rounds(afar, 2)
    assert first.oid in afar.engine.book.truth.ended
    afar.fill(first, 101, venue_order="V1", exec_id=f"{exec_id}.3", supersedes=f"{exec_id}.2")
    assert afar.qty() == 0
    afar.check()


def test_F29_a_change_the_venue_makes_unasked_is_taken_over() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.say(order, "replaced", qty=d(6), limit=d(99))
    assert (order.status, order.qty, order.limit, order.leaves) == (Status.WORKING, 6, 99, 6)


def test_F31_an_overfill_is_the_truth_is_told_and_freezes_its_deployment() -> None:
    afar = Afar()
    order = afar.enter()
    found = afar.fill(order, 100, 13, venue_order="V1")
    assert (afar.qty(), order.overfill) == (13, 3)
    assert list(afar.engine.book.truth.frozen) == ["alpha"]
    assert f"overfill/{order.oid}" in [alert.key for alert in b.only(fx.Alert, found)]


def test_F40_a_fee_in_a_third_currency_and_a_late_one_stand_in_the_ledger() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, venue_order="V1", exec_id="e1")
    afar.fill(order, 100, venue_order="V1", exec_id="e2", supersedes="e1", fee=d("0.01"), fee_currency="BNB")
    account = afar.engine.book.truth.accounts["main"]
    assert (account.fees, account.cash["BNB"], afar.qty()) == ({"BNB": d("0.01")}, d("-0.01"), 10)


def test_F61_overlapping_pages_of_history_are_told_apart() -> None:
    afar = Afar()
    order = afar.enter()
    for exec_id in ("p1", "p2", "p2", "p3", "p1"):
        afar.fill(order, 100, 2, venue_order="V1", exec_id=exec_id)
    assert afar.qty() == 6


def test_F70_a_liquidation_is_not_ours_and_freezes_who_held() -> None:
    afar = Afar()
    afar.hold()
    afar.trade("sell", 10, 90)
    assert (afar.qty(), afar.qty(EXTERNAL)) == (10, -10)
    assert list(afar.engine.book.truth.frozen) == ["alpha"]
    afar.check()


# --- long ended ----------------------------------------------------------------------------------------------------


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    from openbell.core import ledger

    monkeypatch.setattr(ledger, "KEPT_ORDERS", 2)
    monkeypatch.setattr(ledger, "KEPT_ENDED", 4)
    assert books.KEPT_ORDERS < books.KEPT_ENDED


def rounds(afar: Afar, count: int, symbol: str = "AAPL") -> list[str]:
    """Enter and leave so often; return the ids of the entries."""
    found = []
    for _ in range(count):
        order = afar.enter(target=1.0, symbol=symbol)
        found.append(order.oid)
        afar.fill(order, 100, 6, venue_order="V" + order.oid)
        afar.say(order, "cancelled")
        leaving = b.one(fx.Submit, afar.bar(100.0, 0.0, symbol=symbol))
        afar.fill(leaving, 100, venue_order=f"X{order.oid}")
    return found


@pytest.mark.usefixtures("forgetful")
def test_F21_a_late_fill_of_an_order_long_let_go_still_changes_its_position() -> None:
    afar = Afar()
    first = rounds(afar, 3)[0]
    assert first not in afar.engine.book.truth.orders
    late = b.submit(index=1, oid=first)
    found = afar.fill(late, 100, 4, venue_order="V" + first, exec_id="late")
    assert afar.qty() == 4
    assert f"late fill/{first}" in [alert.key for alert in b.only(fx.Alert, found)]
    afar.fill(late, 100, 4, venue_order="V" + first, exec_id="late")
    assert afar.qty() == 4
    afar.fill(late, 100, 4, venue_order="V" + first, exec_id="b", supersedes="late", is_bust=True)
    assert afar.qty() == 0
    afar.check()


@pytest.mark.usefixtures("forgetful")
def test_F25_a_duplicate_of_an_order_long_let_go_is_a_duplicate() -> None:
    afar = Afar()
    first = rounds(afar, 3)[0]
    before = afar.engine.book.truth.counts.duplicates
    afar.fill(b.submit(index=1, oid=first), 100, 6, venue_order="V" + first, exec_id="E1")
    assert (afar.qty(), afar.engine.book.truth.counts.duplicates) == (0, before + 1)


@pytest.mark.usefixtures("forgetful")
def test_F21_of_an_order_nobody_remembers_an_old_fill_is_dropped_and_a_new_one_is_external() -> None:
    afar = Afar()
    first = rounds(afar, 12)[0]
    assert first not in afar.engine.book.truth.ended
    forgotten = b.submit(index=1, oid=first)
    afar.fill(forgotten, 100, 6, venue_order="V" + first, exec_id="E1", time=1)
    assert afar.qty() == 0
    afar.fill(forgotten, 100, 4, venue_order="V" + first, exec_id="new")
    assert (afar.qty(), afar.qty(EXTERNAL)) == (0, 4)


def test_B27_what_is_executed_after_the_venue_told_its_positions_counts_beside_a_mismatch() -> None:
    afar = Afar(b.deployment_spec(exits=b.exits(stop_loss="0.05")))
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    afar.list_order(entry)
    afar.positions["AAPL"] = d(5)
    afar.wait(70)
    assert list(afar.engine.book.truth.mismatched) == ["main/AAPL"]
    told = afar.contact.as_of
    afar.fill(entry, 100, venue_order="V1")
    assert afar.contact.positions["AAPL"] == 15
    assert afar.sent()[-1].qty == 10
    # An execution from before the venue told is in what it told; a bust is not.
    afar.trade("buy", 2, 100, time=told - 1)
    assert afar.contact.positions["AAPL"] == 15
    afar.fill(entry, 100, venue_order="V1", exec_id="E1.B", supersedes="E1", is_bust=True)
    assert afar.contact.positions["AAPL"] == 5
    afar.check()


def test_B12_a_bust_that_is_told_behind_the_venues_figure_leaves_that_as_it_is() -> None:
    afar = Afar(b.deployment_spec(exits=b.exits(stop_loss="0.05")))
    entry = afar.hold()
    afar.command("release", "deployment:alpha")
    afar.say(afar.order(), "cancelled")
    # The venue takes the execution back and says so to nobody; its figures are told, and differ.
    afar.positions["AAPL"] = d(0)
    afar.wait(70)
    assert list(afar.engine.book.truth.mismatched) == ["main/AAPL"]
    sent, executed = len(afar.sent()), entry.changed_ts
    afar.fill(entry, 100, venue_order="V1", exec_id="E1.B", supersedes="E1", is_bust=True, time=executed)
    assert (afar.qty(), afar.qty(EXTERNAL), afar.contact.positions["AAPL"]) == (-10, 10, 0)
    # What alpha seems to be short of is in nobody's account: it takes no risk and needs no stop.
    assert list(afar.engine.book.truth.frozen) == ["alpha"]
    assert len(afar.sent()) == sent
    afar.check()


def test_F36_what_a_bust_took_back_is_not_claimed_any_more() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.say(order, "accepted", venue_order="V1", filled=d(4))
    assert b.only(fx.Query, afar.effects)[-1].oid == order.oid
    afar.fill(order, 100, 4, venue_order="V1", exec_id="E.B", supersedes="E", is_bust=True)
    afar.say(order, "cancelled", venue_order="V1", filled=d(0))
    assert order.status is Status.CANCELLED


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(("by_hand", "frozen"), [("sell", ["alpha"]), ("buy", [])])
def test_F21_a_late_fill_that_meets_what_was_traded_by_hand_freezes_like_an_early_one(
    by_hand: str, frozen: list[str]
) -> None:
    afar = Afar()
    first = rounds(afar, 3)[0]
    afar.trade(by_hand, 2, 100)
    assert afar.engine.book.truth.frozen == {}, "nothing is held that could have been sold"
    afar.fill(b.submit(index=1, oid=first), 100, 4, venue_order="V" + first, exec_id="late")
    assert afar.qty() == 4
    assert list(afar.engine.book.truth.frozen) == frozen


@pytest.mark.usefixtures("forgetful")
def test_F25_an_execution_listed_again_by_the_venues_id_alone_is_known_of_an_order_long_let_go() -> None:
    afar = Afar()
    first = rounds(afar, 3)[0]
    assert first not in afar.engine.book.truth.orders
    before = afar.engine.book.truth.counts.duplicates
    again = afar.fill(b.submit(index=1, oid=first), 100, 6, oid="", venue_order="V" + first, exec_id="E1")
    assert (afar.qty(), afar.engine.book.truth.positions[EXTERNAL], b.only(fx.Alert, again)) == (0, {}, [])
    assert afar.engine.book.truth.counts.duplicates == before + 1
    late = afar.fill(b.submit(index=1, oid=first), 100, 4, oid="", venue_order="V" + first, exec_id="late")
    assert (afar.qty(), b.one(fx.Alert, late).key) == (4, f"late fill/{first}")
    afar.check()


@pytest.mark.usefixtures("forgetful")
def test_F12_a_correction_of_anothers_trade_counts_though_its_number_is_that_of_an_order_long_let_go() -> None:
    afar = Afar()
    first = rounds(afar, 3)[0]
    assert first not in afar.engine.book.truth.orders
    number, by_hand = "V" + first, b.submit("sell", 2, index=901)
    afar.fill(by_hand, 100, oid="", venue_order=number, exec_id="H1")
    told = afar.fill(by_hand, 101, oid="", venue_order=number, exec_id="H2", supersedes="H1")
    other = afar.engine.book.position(EXTERNAL, "AAPL")
    assert (other.qty, other.cost) == (-2, -202)
    assert f"late fill/{first}" not in [alert.key for alert in b.only(fx.Alert, told)]
    afar.check()


@pytest.mark.usefixtures("forgetful")
def test_F25_an_execution_that_nobody_remembers_is_dropped_without_our_id_too() -> None:
    afar = Afar()
    first = rounds(afar, 12)[0]
    assert first not in afar.engine.book.truth.ended
    afar.fill(b.submit(index=1, oid=first), 100, 6, oid="", venue_order="V" + first, exec_id="E1", time=1)
    assert afar.engine.book.truth.positions[EXTERNAL] == {}


@pytest.mark.usefixtures("forgetful")
def test_F21_a_late_fill_of_an_entry_long_let_go_that_is_not_wanted_any_more_is_left_again() -> None:
    afar = Afar()
    first = rounds(afar, 3)[0]
    assert afar.engine.book.position("alpha", "AAPL").decided == 0.0
    found = afar.fill(b.submit(index=1, oid=first), 100, 4, venue_order="V" + first, exec_id="late")
    leaving = b.one(fx.Submit, found)
    assert (str(leaving.type), leaving.side, leaving.qty, leaving.reduce_only) == ("market", Side.SELL, 4, True)
    afar.check()


@pytest.mark.usefixtures("forgetful")
def test_F26_an_order_that_what_had_waited_fills_is_the_newest_of_those_that_have_ended() -> None:
    heard: list[str] = []
    spec = b.deployment_spec(instruments=("AAPL", "MSFT"), size=SizeSpec(kind="quantity", value=d(8)))
    afar = Afar(spec, strategies={"alpha": listening(heard)})
    order = afar.enter()
    for exec_id in ("stream-1", "rest-1"):
        afar.fill(order, 100, 4, venue_order="V1", exec_id=exec_id, time=5)
    rounds(afar, 2, "MSFT")
    afar.fill(afar.enter(symbol="MSFT"), 100)
    afar.bar(100.0, 0.0, symbol="MSFT")
    heard.clear()
    found = tell(afar, order, "accepted", 8, "stream-1", "rest-1")
    assert (order.status, order.changed_ts, afar.qty(), heard) == (Status.FILLED, afar.ts, 8, ["rest-1"])
    assert order.oid in afar.engine.book.truth.orders
    assert b.only(fx.Alert, found) == []
    again: list[str] = []
    made = b.engine(afar.spec, strategies={"alpha": listening(again)})
    for payload in afar.records:
        made.recall(*decode_record(payload))
    assert again[-1:] == heard, "and remembers the same after a restart"


def test_F26_a_twin_that_still_waits_when_its_order_is_let_go_is_not_told_to_be_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from openbell.core import ledger

    monkeypatch.setattr(ledger, "KEPT_ORDERS", 0)
    afar, order = doubted()
    afar.fill(order, 100, 6, venue_order="V1", exec_id="stream-2", time=9)
    assert order.oid not in afar.engine.book.truth.orders
    external = afar.engine.book.truth.positions.get(EXTERNAL, {})
    assert (afar.qty(), external, afar.contact.held) == (10, {}, [])
