"""What must come to an end does, once faults stop; and every order can be traced to what made it."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import Status
from openbell.run.live import Settings, live
from openbell.run.records import entries
from tests.museum.ours import Ours
from tests.museum.scenarios import paper_sends_real_orders, replace_collides
from tests.museum.stage import Stage
from tests.run.small import journal_of, small


def orders(stage: Stage) -> list:
    assert isinstance(stage.bot, Ours)
    return list(stage.bot.book.truth.orders.values())


def seconds_until(stage: Stage, status_gone: Status, most: int) -> int:
    """Let time pass until no order has a status; return how long that took."""
    for waited in range(most + 1):
        if all(order.status is not status_gone for order in orders(stage)):
            return waited
        stage.waits(1)
    raise AssertionError(f"still {status_gone} after {most} s")


@pytest.mark.parametrize("is_taken", [True, False])
@pytest.mark.parametrize("deaf", [0, 7, 45, 200])
def test_L2_an_unknown_order_is_resolved_within_a_minute_of_the_venue_being_heard(*, is_taken: bool, deaf: int) -> None:
    stage = Stage(Ours)
    stage.wants()
    if is_taken:
        stage.accept(stage.last)
    stage.is_mute = True
    stage.told("lost", stage.last)
    stage.waits(deaf)
    assert [order.status for order in orders(stage)] == [Status.UNKNOWN]
    stage.is_mute = False
    assert seconds_until(stage, Status.UNKNOWN, 60) <= 60


@pytest.mark.parametrize("refusals", [0, 1, 2])
def test_L1_an_order_that_is_to_go_ends_soon_after_the_venue_lets_it(refusals: int) -> None:
    stage = Stage(Ours)
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.told("accepted", ticket)
    stage.refuses_cancels = refusals > 0
    stage.wants(0)
    while stage.count("cancel") < refusals:
        stage.waits(1)
    stage.refuses_cancels = False
    before = stage.count("cancel")
    for _ in range(60):
        stage.waits(1)
        if stage.count("cancel") > before or not refusals:
            stage.end(ticket)
            stage.told("cancelled", ticket, filled=0)
            break
    assert [order.status for order in orders(stage)] == [Status.CANCELLED]


def test_L1_orders_that_never_arrived_end_and_leave_nothing_to_wait_for() -> None:
    stage = Stage(Ours)
    for _ in range(5):
        stage.wants(1)
        stage.told("lost", stage.last)
        stage.waits(90)
        stage.wants(0)
        stage.waits(5)
    assert all(not order.is_open for order in orders(stage))
    assert isinstance(stage.bot, Ours)
    assert stage.bot.book.truth.pending == {}


def test_F33_B1_a_replace_whose_old_order_lives_never_has_two_at_the_venue() -> None:
    assert replace_collides(Stage(Ours, rests=True, cannot_amend=True)) == []


def test_F73_B28_a_dry_run_hands_a_venue_nothing() -> None:
    stage = Stage(Ours, is_dry=True)
    assert paper_sends_real_orders(stage) == []
    assert stage.requests == []
    assert [order.status for order in orders(stage)] == [Status.REJECTED] * len(orders(stage))
    assert orders(stage)


def test_B8_from_every_order_one_reaches_data_decision_strategy_configuration_and_code(tmp_path) -> None:
    prepared, told = small(tmp_path)
    live(prepared, told, Settings(state=tmp_path / "state"))
    found = list(entries(journal_of(tmp_path / "state")))
    genesis = found[0].event
    assert isinstance(genesis, ev.Genesis)
    assert genesis.config
    assert genesis.rules
    assert len(genesis.code) == 64
    entered = 0
    for entry in found:
        for submit in (effect for effect in entry.effects if isinstance(effect, fx.Submit)):
            assert submit.deployment in genesis.strategies
            assert submit.oid.startswith(genesis.instance)
            if submit.reduce_only and submit.parent:
                continue
            # The bar it was decided on, and why, stand in the very same record.
            decided = [effect for effect in entry.effects if isinstance(effect, fx.Decision)]
            assert isinstance(entry.event, ev.Bar)
            assert (decided[0].deployment, decided[0].instrument) == (submit.deployment, submit.instrument)
            assert submit.reason in (decided[0].signal, decided[0].code)
            entered += 1
    assert entered > 10
