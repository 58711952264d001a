"""After sleep logical time jumps, missed timers come once each, and nothing old is traded."""

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec, RunSpec
from openbell.run.ledger import Entry
from openbell.run.loop import Loop, Ports
from openbell.run.outbox import OutsideVenue
from openbell.run.script import Leftover
from openbell.run.wake import SLEPT_NS, come_back, has_slept, wake
from tests.core import build as b
from tests.core.build import at
from tests.core.test_age import MINUTES

NIGHT = 8 * 60


class Line:
    """A transport that remembers what it was handed, and answers a question for everything."""

    def __init__(self):
        self.sent = []

    def send(self, effect, ts):
        self.sent.append(effect)


def trading():
    """Return a loop with an account outside whose line is up and reconciled, its line, and all that it delivers."""
    spec = b.run_spec(accounts=[b.account_spec(outside=OutsideSpec())])
    fields = {name: getattr(spec, name) for name in spec.__struct_fields__}
    spec = RunSpec(**{**fields, "subscriptions": (MINUTES,)})
    line, seen = Line(), []
    engine = Engine(Book(spec), {"alpha": b.obey()}, (), b.volatility)
    loop = Loop(engine, Ports(venues={"main": OutsideVenue(line)}, watchers=(lambda *step: seen.append(step),)))
    for event in (b.genesis(), b.session(), link(at(0), is_up=True), state(at(0) + 1)):
        loop.take(event)
    loop.take(b.bar(1, 100.0))
    return loop, line, seen


def link(ts, *, is_up):
    return ev.Link(ts=ts, account="main", channel="orders", is_up=is_up)


def state(ts):
    return ev.BrokerState(ts=ts, account="main", orders=(), positions={}, cash={"USD": b.d(100_000)}, as_of=ts)


def timers(seen):
    return [step[0].name for step in seen if isinstance(step[0], ev.Timer)]


def test_five_seconds_without_a_look_at_the_clock_are_sleep():
    assert not has_slept(at(1), at(1) + SLEPT_NS)
    assert has_slept(at(1), at(1) + SLEPT_NS + 1)


def test_F85_a_clock_that_steps_back_is_no_sleep_and_moves_nothing_back():
    loop, _, _ = trading()
    assert not has_slept(at(2), at(1))
    before = loop.engine.book.truth.ts
    loop.take(link(at(0), is_up=True))
    assert loop.engine.book.truth.ts == before


def test_F86_timers_missed_in_a_night_come_once_each():
    loop, _, seen = trading()
    waiting = set(loop.engine.book.truth.timers)
    assert len(waiting) >= 2
    del seen[:]
    wake(loop, ["main"], at(1), at(NIGHT))
    found = timers(seen)
    assert sorted(f"/{name}" for name in found) == sorted(waiting)
    assert min(loop.engine.book.truth.timers.values(), default=at(NIGHT) + 1) > at(NIGHT)


def test_F86_what_a_crash_left_over_comes_before_the_jump():
    loop, _, seen = trading()
    left = Leftover([Entry(9, ev.Timer(ts=at(1), deployment="", name="n"), [])])
    loop.follow(left)
    del seen[:]
    wake(loop, ["main"], at(1), at(NIGHT))
    assert left.is_done
    assert [type(event) for event, _ in seen[:2]] == [ev.Timer, ev.Link]


def test_F86_without_the_jump_they_would_pile_up():
    loop, _, seen = trading()
    del seen[:]
    loop.take(link(at(NIGHT), is_up=False))
    assert len(timers(seen)) > 100


def test_F86_a_process_that_comes_back_asks_nobody_before_its_line_is_up_and_calls_no_venue_mute():
    loop, line, seen = trading()
    come_back(loop)
    assert [(type(event), event.is_up) for event, _ in seen[-1:]] == [(ev.Link, False)]
    come_back(loop)
    del line.sent[:], seen[:]
    # The line takes a while to come up, and what was due since the process before ended is due at once.
    loop.catch_up(at(NIGHT))
    assert line.sent == [] and len(timers(seen)) < 10
    assert [e.key for _, effects in seen for e in effects if isinstance(e, fx.Alert) and e.key == "mute/main"] == []
    loop.take(link(at(NIGHT), is_up=True))
    assert [e.oid for e in line.sent] == [""]


def test_F85_after_sleep_entries_wait_until_the_venue_has_been_heard():
    loop, line, _ = trading()
    wake(loop, ["main"], at(1), at(NIGHT))
    del line.sent[:]
    now = at(NIGHT)
    effects = loop.engine.step(b.bar(NIGHT, 100.0, 1.0))
    assert b.decision(effects) in (Code.NOT_READY, Code.STALE_DATA)
    loop.take(link(now + 1, is_up=True))
    assert [effect for effect in line.sent if isinstance(effect, fx.Query) and not effect.oid]


def test_F80_F85_bars_of_the_time_slept_through_are_not_traded():
    loop, line, _ = trading()
    wake(loop, ["main"], at(1), at(NIGHT))
    loop.take(link(at(NIGHT) + 1, is_up=True))
    loop.take(state(at(NIGHT) + 2))
    assert loop.engine.book.truth.is_ready("main")
    del line.sent[:]
    for n in range(2, 30):
        loop.take(b.bar(n, 100.0, float(n % 2)))
    assert not [effect for effect in line.sent if isinstance(effect, fx.Submit)]
    assert loop.engine.book.truth.ts >= at(NIGHT) + 2
