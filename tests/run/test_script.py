import itertools

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.run.ledger import Entry
from openbell.run.rescue import RESCUED
from openbell.run.script import Different, Leftover, Recall, Reel, Verify
from tests.core import build


def timer(ts):
    return ev.Timer(ts=ts, deployment="d", name="n")


def flow(ts):
    return ev.CashFlow(ts=ts, account="main", currency="USD", amount=1, kind="deposit", id=str(ts))


def test_a_reel_shows_outside_events_before_the_inside_ones_they_cause():
    reel = Reel([Entry(1, flow(1), []), Entry(2, timer(2), []), Entry(3, timer(2), []), Entry(4, flow(3), [])])
    outside = reel.outside()
    assert next(outside) == flow(1)
    assert reel.take().seq == 1
    assert next(outside) == flow(3)
    assert [reel.take().seq for _ in range(3)] == [2, 3, 4]
    assert next(outside, None) is None
    assert reel.take() is None and reel.peek() is None


def bar(ts):
    return ev.Bar(ts=ts, instrument="AAPL", open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0, interval=1)


def instant(ts):
    return ev.Timer(ts=ts, deployment="", name=ev.INSTANT)


def test_F89_timers_that_the_clock_brought_before_a_late_bar_are_taken_before_it():
    reel = Reel([Entry(1, timer(5), []), Entry(2, timer(7), []), Entry(3, bar(4), []), Entry(4, timer(9), [])])
    late = next(reel.outside())
    found = []
    for overtaken in reel.overtaken(late):
        found.append((overtaken.ts, reel.take().seq))
    assert (late, found) == (bar(4), [(5, 1), (7, 2)])
    assert list(reel.overtaken(bar(4))) == []


def test_F89_a_timer_that_was_due_before_a_late_bar_hides_none_behind_it_that_the_clock_had_brought():
    reel = Reel([Entry(1, timer(2), []), Entry(2, timer(7), []), Entry(3, bar(4), []), Entry(4, timer(9), [])])
    late = next(reel.outside())
    found = []
    for overtaken in reel.overtaken(late):
        found.append(overtaken.ts)
        while reel.peek().event is not late:
            reel.take()
    assert (found, reel.peek().event) == ([7], late)


def test_the_end_of_an_instant_comes_before_a_bar_of_it_that_was_late_and_other_timers_of_that_instant_do_not():
    assert list(Reel([Entry(1, instant(4), [])]).overtaken(bar(4))) == [instant(4)]
    assert list(Reel([Entry(1, instant(3), [])]).overtaken(bar(4))) == []
    assert list(Reel([Entry(1, timer(4), [])]).overtaken(bar(4))) == []


def test_leftover_gives_its_steps_once_in_order_and_names_what_does_not_come():
    note = fx.Note(kind="k", text="t")
    left = Leftover([Entry(7, timer(1), [note]), Entry(8, flow(2), [])])
    assert left.next_own() == timer(1)
    assert left.step(None, timer(1)) == [note]
    assert left.next_own() is None and not left.is_done
    with pytest.raises(Different, match="does not come again") as raised:
        left.check_done()
    assert raised.value.seq == 8
    assert left.step(None, flow(2)) == []
    assert left.is_done and left.step(None, flow(3)) is None
    left.check_done()


def test_leftover_refuses_another_event_and_names_the_field():
    left = Leftover([Entry(7, flow(1), [])])
    with pytest.raises(Different, match="amount was 1, now 2"):
        left.step(None, ev.CashFlow(ts=1, account="main", currency="USD", amount=2, kind="deposit", id="1"))
    with pytest.raises(Different, match="recorded is CashFlow, now it would be Timer"):
        Leftover([Entry(7, flow(1), [])]).step(None, timer(1))


def test_F94_what_the_loop_says_of_a_rescued_step_is_no_event_from_outside():
    own = ev.DiskState(ts=1, is_healthy=False, text=RESCUED)
    told = ev.DiskState(ts=1, is_healthy=True, text="room again")
    entries = [Entry(1, own, []), Entry(2, told, [])]
    assert list(itertools.islice(Reel(entries).outside(), 1)) == [told]
    assert Recall(Reel(entries), set()).next_own() == own
    assert Leftover(entries).next_own() == own and Leftover(entries[1:]).next_own() is None


class Decides:
    """An engine that has one thing to say."""

    def __init__(self, *effects):
        self.effects = list(effects)

    def step(self, event):
        return list(self.effects)


def ordered(**answers):
    return build.submit("buy", 1, **answers)


def test_S1_011_a_record_from_before_limits_answered_is_the_same_without_their_answers():
    now, then = ordered(passed=(0, 3), seen=(1, 2)), ordered()
    verify = Verify(Reel([Entry(1, flow(1), [then])]))
    assert verify.step(Decides(now), flow(1)) == [now]


def test_S1_011_an_answer_of_a_limit_that_is_another_one_now_is_a_difference():
    for now in (ordered(passed=(0,), seen=(1, 2)), ordered(passed=(0, 3), seen=(1, 3)), ordered()):
        verify = Verify(Reel([Entry(1, flow(1), [ordered(passed=(0, 3), seen=(1, 2))])]))
        with pytest.raises(Different, match=r"passed was|seen was"):
            verify.step(Decides(now), flow(1))


def test_what_is_decided_besides_or_no_longer_is_a_difference():
    note = fx.Note(kind="k", text="t")
    with pytest.raises(Different, match="decided now, not recorded"):
        Verify(Reel([Entry(1, flow(1), [ordered()])])).step(Decides(ordered(passed=(1,)), note), flow(1))
    with pytest.raises(Different, match="no longer decided"):
        Verify(Reel([Entry(1, flow(1), [ordered(), note])])).step(Decides(ordered(passed=(1,))), flow(1))
