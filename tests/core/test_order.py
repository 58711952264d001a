"""The life of an order: the table, executions, changes, corrections."""

import itertools

import pytest

from openbell.core import order as orders
from openbell.core.effects import Amend
from openbell.core.order import TABLE, Happening, Order, Outcome, apply_amend, apply_correction, apply_fill, transition
from openbell.core.types import TERMINAL, InvariantError, Status
from tests.core.build import at, d, fill, order, update

PAIRS = list(itertools.product(Status, Happening))
ABSORBED = {Happening.FILL_SOME, Happening.FILL_ALL, Happening.CORRECTED}


def in_status(status: Status, filled: object = 0, **changes: object) -> Order:
    made = order(**changes)
    made.status, made.filled = status, d(filled)
    return made


def amend(qty: object, **changes: object) -> Amend:
    return Amend(oid="ABCDEF-1", account="main", qty=d(qty), **changes)


# --- the table --------------------------------------------------------------------------------------------------


def test_every_pair_of_status_and_happening_is_decided() -> None:
    assert [(status, happening) for status in TABLE for happening in TABLE[status]] != []
    assert {(status, happening) for status in TABLE for happening in TABLE[status]} == set(PAIRS)


@pytest.mark.parametrize(("status", "happening"), PAIRS)
def test_a_move_ends_where_the_table_says(status: Status, happening: Happening) -> None:
    made = in_status(status, 4)
    outcome = transition(made, happening, at(3))
    said = TABLE[status][happening]
    if isinstance(said, Status) or said is Outcome.OPEN:
        wanted = said if isinstance(said, Status) else Status.PARTIAL
        assert made.status is wanted
        assert outcome is (Outcome.SAME if wanted is status else Outcome.OPEN)
        assert made.changed_ts == (at(0) if wanted is status else at(3))
    else:
        assert (made.status, outcome, made.changed_ts) == (status, said, at(0))


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_order_absorbs_nothing_but_late_fills_and_corrections(status: Status) -> None:
    for happening, said in TABLE[status].items():
        assert said is (Outcome.LATE if happening in ABSORBED else said)
        assert said in (Outcome.LATE, Outcome.SAME, Outcome.ILLEGAL)
        assert (said is Outcome.LATE) == (happening in ABSORBED)


def test_silence_never_ends_an_order() -> None:
    assert {TABLE[status][Happening.LOSE] for status in Status} <= {Status.UNKNOWN, Outcome.SAME, Outcome.ILLEGAL}


def test_only_the_venues_words_lead_to_an_end() -> None:
    ours = (Happening.SEND, Happening.LOSE, Happening.ASK_CANCEL, Happening.ASK_REPLACE)
    assert not {TABLE[status][act] for status in Status for act in ours} & TERMINAL


def test_nothing_happens_to_an_order_that_was_not_sent() -> None:
    assert {h for h, said in TABLE[Status.NEW].items() if said is not Outcome.ILLEGAL} == {Happening.SEND}
    assert all(TABLE[status][Happening.SEND] is Outcome.ILLEGAL for status in Status if status is not Status.NEW)


@pytest.mark.parametrize(("filled", "wanted"), [(0, Status.WORKING), (4, Status.PARTIAL)])
def test_open_means_working_or_partial(filled: int, wanted: Status) -> None:
    made = in_status(Status.CANCELLING, filled)
    assert transition(made, Happening.CANCEL_REFUSED, at(1)) is Outcome.OPEN
    assert made.status is wanted


def test_an_order_in_doubt_still_counts_in_full() -> None:
    made = in_status(Status.UNKNOWN)
    assert made.is_open
    assert made.leaves == 10


# --- what the venue says ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "word", "wanted"),
    [
        (Status.SENT, "accepted", Status.WORKING),
        (Status.UNKNOWN, "accepted", Status.WORKING),
        (Status.SENT, "rejected", Status.REJECTED),
        (Status.WORKING, "accepted", Status.WORKING),
        (Status.WORKING, "cancelled", Status.CANCELLED),
        (Status.WORKING, "expired", Status.EXPIRED),
        (Status.CANCELLING, "cancelled", Status.CANCELLED),
        (Status.CANCELLING, "cancel_refused", Status.WORKING),
        (Status.FILLED, "cancelled", Status.FILLED),
        (Status.CANCELLED, "accepted", Status.CANCELLED),
        (Status.REJECTED, "accepted", Status.REJECTED),
    ],
)
def test_an_update_moves_the_order(status: Status, word: str, wanted: Status) -> None:
    made = in_status(status)
    orders.apply_update(made, update(made, word))
    assert made.status is wanted


def test_an_update_brings_the_venues_number_and_code() -> None:
    made = order()
    orders.apply_update(made, update(made, "rejected", venue_order="V9", code=302))
    assert (made.venue_order, made.code) == ("V9", 302)


@pytest.mark.parametrize("word", ["fill_all", "send", "ask_cancel", "corrected", "lose", "nonsense"])
def test_words_that_are_not_the_venues_change_nothing(word: str) -> None:
    made = order()
    assert orders.apply_update(made, update(made, word, venue_order="V9")) is Outcome.ILLEGAL
    assert (made.status, made.venue_order) == (Status.SENT, "")


def test_a_word_the_table_forbids_changes_nothing() -> None:
    made = in_status(Status.NEW)
    assert orders.apply_update(made, update(made, "accepted", venue_order="V9")) is Outcome.ILLEGAL
    assert made.venue_order == ""


# --- changes ----------------------------------------------------------------------------------------------------


def test_a_change_counts_the_larger_quantity_until_it_is_answered() -> None:
    made = in_status(Status.WORKING)
    assert apply_amend(made, amend(15), at(1)) is Outcome.OPEN
    assert (made.status, made.qty, made.leaves) == (Status.REPLACING, 10, 15)
    orders.apply_update(made, update(made, "replaced", qty=d(15)))
    assert (made.status, made.qty, made.leaves, made.wanted) == (Status.WORKING, 15, 15, None)


def test_a_smaller_change_frees_nothing_before_it_is_answered() -> None:
    made = in_status(Status.WORKING)
    apply_amend(made, amend(4), at(1))
    assert made.leaves == 10
    orders.apply_update(made, update(made, "replaced", qty=d(4), limit=d(99), stop=d(98)))
    assert (made.leaves, made.limit, made.stop) == (4, 99, 98)


def test_a_refused_change_leaves_the_order_as_it_was() -> None:
    made = in_status(Status.PARTIAL, 3)
    apply_amend(made, amend(15), at(1))
    orders.apply_update(made, update(made, "replace_refused"))
    assert (made.status, made.qty, made.leaves, made.wanted) == (Status.PARTIAL, 10, 7, None)


def test_a_fill_while_a_change_is_asked_for() -> None:
    made = in_status(Status.WORKING)
    apply_amend(made, amend(15), at(1))
    assert apply_fill(made, fill(made, 100, qty=d(10))) is Outcome.OPEN
    assert (made.status, made.leaves) == (Status.REPLACING, 5)
    orders.apply_update(made, update(made, "replaced", qty=d(15)))
    assert (made.status, made.leaves) == (Status.PARTIAL, 5)


def test_a_fill_that_meets_a_smaller_change_ends_the_order() -> None:
    made = in_status(Status.WORKING)
    apply_amend(made, amend(6), at(1))
    apply_fill(made, fill(made, 100, qty=d(6)))
    orders.apply_update(made, update(made, "replaced", qty=d(6)))
    assert (made.status, made.leaves) == (Status.FILLED, 0)


def test_a_full_fill_ends_the_order_though_a_smaller_change_is_asked_for() -> None:
    made = in_status(Status.WORKING)
    apply_amend(made, amend(6), at(1))
    apply_fill(made, fill(made, 100))
    assert (made.status, made.wanted) == (Status.FILLED, None)


def test_filling_what_is_asked_for_and_not_yet_granted_is_no_overfill() -> None:
    # The venue has granted the change already; its word of it is still on the way.
    made = in_status(Status.WORKING)
    apply_amend(made, amend(15), at(1))
    assert apply_fill(made, fill(made, 100, qty=d(12))) is Outcome.OPEN
    assert made.overfill == 0
    # Nor is it once the order has ended by that, and nothing is asked for any more.
    assert apply_fill(made, fill(made, 100, qty=d(3), exec_id="E2")) is Outcome.OPEN
    assert (made.status, made.overfill, made.total) == (Status.FILLED, 0, 15)


def test_a_refused_change_of_an_order_that_has_filled_meanwhile_ends_it_B6() -> None:
    # The fill crossed the change; nothing is left that the venue could still execute, and nothing more will be said.
    made = in_status(Status.WORKING)
    apply_amend(made, amend(15), at(1))
    apply_fill(made, fill(made, 100))
    orders.apply_update(made, update(made, "replace_refused", code=306))
    assert (made.status, made.is_open, made.leaves) == (Status.FILLED, False, 0)


def test_an_order_reduced_to_nothing_has_ended() -> None:
    made = in_status(Status.WORKING)
    orders.apply_update(made, update(made, "reduced", qty=d(0)))
    assert (made.status, made.leaves) == (Status.CANCELLED, 0)


def test_a_change_of_price_alone_keeps_the_quantity() -> None:
    made = in_status(Status.WORKING)
    orders.apply_update(made, update(made, "replaced", limit=d(97)))
    assert (made.qty, made.limit, made.stop, made.leaves) == (10, 97, None, 10)


def test_an_order_reduced_is_smaller() -> None:
    made = in_status(Status.PARTIAL, 2)
    orders.apply_update(made, update(made, "reduced", qty=d(6)))
    assert (made.status, made.leaves) == (Status.PARTIAL, 4)


def test_an_ended_order_cannot_be_changed() -> None:
    made = in_status(Status.FILLED, 10)
    assert apply_amend(made, amend(15), at(1)) is Outcome.ILLEGAL
    assert made.wanted is None
    orders.apply_update(made, update(made, "replaced", qty=d(15)))
    assert made.qty == 10


# --- executions -------------------------------------------------------------------------------------------------


def test_an_order_fills_in_pieces() -> None:
    made = order()
    assert apply_fill(made, fill(made, 100, qty=d(4), exec_id="a")) is Outcome.OPEN
    assert (made.status, made.filled, made.leaves) == (Status.PARTIAL, 4, 6)
    apply_fill(made, fill(made, 101, qty=d(6), exec_id="b"))
    assert (made.status, made.leaves, made.venue_order) == (Status.FILLED, 0, "V1")


def test_a_fill_before_the_acknowledgement_implies_it() -> None:
    made = order()
    apply_fill(made, fill(made, 100, qty=d(4)))
    orders.apply_update(made, update(made, "accepted"))
    assert made.status is Status.PARTIAL


def test_a_fill_told_twice_counts_once() -> None:
    made = order()
    told = fill(made, 100, qty=d(4))
    apply_fill(made, told)
    assert apply_fill(made, told) is Outcome.SAME
    assert (made.filled, len(made.executions)) == (4, 1)


def test_a_fill_without_a_venues_number_keeps_the_one_known() -> None:
    made = order()
    made.venue_order = "V5"
    apply_fill(made, fill(made, 100, venue_order=""))
    assert made.venue_order == "V5"


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.EXPIRED, Status.REJECTED])
def test_a_fill_after_the_end_counts_and_is_called_late(status: Status) -> None:
    made = in_status(status)
    assert apply_fill(made, fill(made, 100, qty=d(4))) is Outcome.LATE
    assert (made.status, made.filled) == (status, 4)


def test_more_than_was_ordered_counts_and_is_called_late() -> None:
    made = order()
    assert apply_fill(made, fill(made, 100, qty=d(12))) is Outcome.LATE
    assert (made.status, made.filled, made.overfill, made.leaves) == (Status.FILLED, 12, 2, 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instrument": "MSFT"}, "fill of another order"),
        ({"side": orders.Side.SELL}, "fill of another order"),
        ({"qty": d(0)}, "fill without quantity"),
        ({"qty": d(-1)}, "fill without quantity"),
    ],
)
def test_a_fill_that_cannot_be_is_our_error(changes: dict[str, object], code: str) -> None:
    made = order()
    with pytest.raises(InvariantError, match=code):
        apply_fill(made, fill(made, 100, **changes))


def test_the_key_of_a_fill_holds_the_venues_order_number() -> None:
    # A venue that replaces an order under a new number may count its executions from one again.
    made = order()
    apply_fill(made, fill(made, 100, qty=d(4), venue_order="V1", exec_id="1"))
    assert apply_fill(made, fill(made, 100, qty=d(3), venue_order="V2", exec_id="1")) is Outcome.OPEN
    assert made.filled == 7


# --- corrections ------------------------------------------------------------------------------------------------


def test_a_correction_takes_its_forerunner_back_once() -> None:
    made = order()
    apply_fill(made, fill(made, 100, qty=d(4), fee=d("0.5"), exec_id="a"))
    corrected = fill(made, 101, qty=d(3), exec_id="a2", supersedes="a")
    old = apply_correction(made, corrected)
    assert old is not None
    assert (old.qty, old.px, old.fee, old.fee_currency) == (4, 100, d("0.5"), "USD")
    assert (made.filled, made.status) == (0, Status.WORKING)
    assert apply_correction(made, corrected) is None
    assert apply_fill(made, fill(made, 100, qty=d(4), exec_id="a")) is Outcome.SAME


def test_a_correction_of_something_never_heard_of_takes_nothing_back() -> None:
    made = order()
    assert apply_correction(made, fill(made, 100, supersedes="zzz")) is None


def test_a_correction_of_an_ended_order_leaves_it_ended() -> None:
    made = order()
    apply_fill(made, fill(made, 100, exec_id="a"))
    apply_correction(made, fill(made, 100, supersedes="a", exec_id="b", is_bust=True))
    assert (made.status, made.filled, made.leaves) == (Status.FILLED, 0, 0)


def test_a_sale_is_remembered_with_its_sign() -> None:
    made = order("sell")
    apply_fill(made, fill(made, 100, exec_id="a"))
    assert [done.qty for done in made.executions.values()] == [-10]
