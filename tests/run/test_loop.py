import itertools

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.effects import Query, SetTimer, Submit
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec
from openbell.core.types import OrderType, Tif
from openbell.parts.venue.exchange import Exchange
from openbell.parts.venue.options import VenueOptions
from openbell.run import assemble
from openbell.run.ledger import Entry
from openbell.run.loop import FAR, Loop, Ports
from openbell.run.rescue import RESCUED
from openbell.run.script import Leftover
from tests.core import build
from tests.run.small import small


class Paper:
    """A log that remembers the order of what it was told."""

    def __init__(self):
        self.told = []

    def record(self, event, effects):
        self.told.append(("record", event, effects))

    def commit(self):
        self.told.append(("commit",))


def make(tmp_path, log=None, watchers=(), strategy="ema_cross, fast: 5, slow: 12"):
    prepared, told = small(tmp_path, strategy=strategy)
    engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, Book(prepared.spec))
    venues = assemble.venues_of(prepared.spec, prepared.venues)
    loop = Loop(engine, Ports(venues=venues, log=log, watchers=watchers))
    loop.take(assemble.genesis(prepared, "TESTER", told.digest, 0))
    return loop, told


def test_B2_nothing_leaves_before_it_is_recorded_and_durable(tmp_path):
    log = Paper()
    loop, told = make(tmp_path, log)
    venue = loop.ports.venues["main"]
    taken = venue.take

    def take(effect, ts):
        kinds = [entry[0] for entry in log.told]
        last = max(i for i, kind in enumerate(kinds) if kind == "record")
        assert effect in log.told[last][2]
        assert "commit" in kinds[last:]
        taken(effect, ts)

    venue.take = take
    assert loop.run(told.events())
    submits = [e for entry in log.told if entry[0] == "record" for e in entry[2] if isinstance(e, Submit)]
    assert len(submits) > 10


def test_F94_a_timer_left_over_is_let_out_again_with_what_the_loop_said_of_its_rescue(tmp_path):
    loop, _ = make(tmp_path)
    flow = ev.CashFlow(ts=4, account="main", currency="USD", amount=build.d(1), kind="deposit", id="f")
    own = ev.DiskState(ts=3, is_healthy=False, text=RESCUED)
    timer = ev.Timer(ts=2, deployment="cross", name="n")
    left = Leftover([Entry(2, timer, []), Entry(3, own, []), Entry(4, timer, []), Entry(5, flow, [])])
    loop.follow(left)
    loop.take(flow)
    assert left.is_done


def test_patient_onlookers_see_a_step_once_it_has_left_and_before_the_next(tmp_path):
    prompt, patient = [], []
    loop, told = make(tmp_path)
    loop.onlook((lambda event, effects: prompt.append((event, effects)),))
    twin, _ = make(tmp_path)
    taken = []
    twin.ports.venues["main"].take = lambda effect, ts: taken.append(effect)
    loop.ports.venues["main"].take = lambda effect, ts: None

    def look(event, effects):
        # All that this step sends has left; nothing of a later one has begun.
        assert all(effect in taken for effect in effects if isinstance(effect, Submit))
        assert twin.engine.book.truth.counts.events == len(patient) + 2
        patient.append((event, effects))

    twin.onlook((look,), is_patient=True)
    for event in told.events():
        loop.take(event)
        twin.take(event)
    twin.show()
    twin.show()
    assert patient == prompt
    assert any(isinstance(effect, Submit) for _, effects in patient for effect in effects)


def test_bars_without_orders_cost_no_commit(tmp_path):
    log = Paper()
    loop, told = make(tmp_path, log)
    loop.run(told.events())
    with_orders = sum(
        1 for entry in log.told if entry[0] == "record" and any(not hasattr(e, "signal") for e in entry[2])
    )
    assert sum(entry[0] == "commit" for entry in log.told) <= with_orders


def test_a_run_that_can_be_played_again_shares_commits_unless_a_venue_is_outside(tmp_path):
    log = Paper()
    loop, told = make(tmp_path, log)
    loop.share_commits()
    loop.run(told.events())
    assert sum(isinstance(e, Submit) for entry in log.told if entry[0] == "record" for e in entry[2]) > 10
    assert ("commit",) not in log.told

    prepared, _ = small(tmp_path)
    spec = msgspec.structs.replace(
        prepared.spec,
        accounts={n: msgspec.structs.replace(a, outside=OutsideSpec()) for n, a in prepared.spec.accounts.items()},
    )
    log = Paper()
    engine = assemble.engine_of(spec, prepared.strategies, prepared.rules, Book(spec))
    loop = Loop(engine, Ports(venues=assemble.venues_of(prepared.spec, prepared.venues), log=log))
    loop.share_commits()
    loop.take(assemble.genesis(prepared, "TESTER", told.digest, 0))
    loop.take(ev.Link(ts=1, account="main", channel="orders", is_up=True))
    asked = [entry for entry in log.told if entry[0] == "record" and any(isinstance(e, Query) for e in entry[2])]
    assert asked
    assert ("commit",) in log.told


def test_answers_come_before_the_bars_of_the_same_instant_and_behind_the_schedule(tmp_path):
    seen = []
    loop, told = make(tmp_path, watchers=(lambda event, effects: seen.append(event),))
    loop.run(told.events())
    for before, after in itertools.pairwise(seen):
        if isinstance(after, ev.OrderUpdate) and after.happening == "accepted" and isinstance(before, ev.Bar):
            assert after.ts == before.ts
    times = [event.ts for event in seen]
    assert times == sorted(times)


def test_fills_of_a_bar_come_before_the_bar(tmp_path):
    seen = []
    loop, told = make(tmp_path, watchers=(lambda event, effects: seen.append(event),))
    loop.run(told.events())
    fills = [i for i, event in enumerate(seen) if isinstance(event, ev.Fill)]
    assert fills
    for i in fills:
        bar = next(e for e in seen[i:] if isinstance(e, ev.Bar) and e.instrument == seen[i].instrument)
        assert bar.ts == seen[i].ts and bar.low * 0.99 <= float(seen[i].px) <= bar.high * 1.01


def test_a_bad_bar_is_recorded_as_such_and_reaches_no_venue(tmp_path):
    seen = []
    loop, told = make(tmp_path, watchers=(lambda event, effects: seen.append(event),))
    source = told.events()
    for event in source:
        loop.take(event)
        if isinstance(event, ev.Bar):
            break
    bars = loop.bars
    bad = ev.Bar(ts=event.ts + 60 * 10**9, instrument="AAA", open=1.0, high=0.5, low=2.0, close=float("nan"),
                 volume=1.0, interval=event.interval)  # fmt: skip
    loop.take(bad)
    assert isinstance(seen[-1], ev.BadData) and loop.bars == bars


def test_timers_are_delivered_in_order_and_only_when_due(tmp_path):
    seen = []
    loop, told = make(tmp_path, watchers=(lambda event, effects: seen.append(event),))
    from openbell.core.apply import apply_effect

    first = next(event.ts for event in told.events() if isinstance(event, ev.Bar))
    for name, at in (("b", first + 2), ("a", first + 2), ("late", FAR - 1)):
        apply_effect(loop.engine.book, SetTimer(deployment="cross", name=name, at=at), first)
    loop.catch_up(first + 1)
    assert not [event for event in seen if isinstance(event, ev.Timer)]
    loop.catch_up(first + 2)
    assert [event.name for event in seen if isinstance(event, ev.Timer)] == ["a", "b"]


INSTANTS = """
import msgspec
from openbell.core.effects import Intent
from openbell.schema import PartConfig


class Config(PartConfig):
    pass


class State(msgspec.Struct):
    seen: list[int] = []


def decide(config, state, bar, view):
    return []


def on_bars(config, state, bars, view):
    state.seen.append(len(bars))
    return []
"""


def test_a_strategy_may_take_all_bars_of_an_instant_together(tmp_path):
    (tmp_path / "instants.py").write_text(INSTANTS)
    seen = []
    loop, told = make(tmp_path, watchers=(lambda e, x: seen.append(e),), strategy="./instants.py")
    loop.run(told.events())
    ends = [event for event in seen if isinstance(event, ev.Timer) and event.name == ev.INSTANT]
    instants = {event.ts for event in seen if isinstance(event, ev.Bar)}
    assert len(ends) == len(instants)
    assert set(loop.engine.traders.free_states["cross"].seen) == {2}
    assert not loop.is_midway


def test_an_instant_ends_before_a_session_that_is_closed_right_behind_its_bars(tmp_path):
    (tmp_path / "instants.py").write_text(INSTANTS)
    seen = []
    loop, told = make(tmp_path, watchers=(lambda e, x: seen.append(e),), strategy="./instants.py")
    loop.run(told.events())
    last = [event for event in seen if isinstance(event, ev.Bar)][-1]
    at = last.ts + last.interval
    loop.take(msgspec.structs.replace(last, ts=at))
    opened = next(event for event in seen if isinstance(event, ev.Schedule))
    loop.take(msgspec.structs.replace(opened, ts=at + 1, is_open=False))
    assert isinstance(seen[-1], ev.Schedule)
    assert isinstance(seen[-2], ev.Timer) and (seen[-2].name, seen[-2].ts) == (ev.INSTANT, at)
    assert not loop.is_midway


def test_a_run_ends_where_it_is_told_to(tmp_path):
    loop, told = make(tmp_path)
    assert loop.run(told.events(), lambda event: loop.bars < 10) is False
    assert loop.bars == 10


def test_what_a_sessions_end_makes_due_comes_before_the_next_bar():
    seen = []
    spec = build.run_spec(
        build.deployment_spec(instruments=("AAPL", "MSFT"), entry_type=OrderType.LIMIT, entry_tif=Tif.DAY)
    )
    engine = Engine(Book(spec), {"alpha": build.obey()}, (), build.volatility)
    venue = Exchange("main", spec.instruments, VenueOptions())
    loop = Loop(engine, Ports(venues={"main": venue}, watchers=(lambda event, effects: seen.append(event),)))
    for event in (build.genesis(), build.session(close=3), build.bar(1, 100.0, 1.0), build.bar(2, 101.0, 1.0)):
        loop.take(event)
    loop.take(build.session(close=3, is_open=False))
    loop.take(build.bar(4, 100.0, symbol="MSFT"))
    expired = next(i for i, event in enumerate(seen) if getattr(event, "happening", "") == "expired")
    assert isinstance(seen[-1], ev.Bar) and expired == len(seen) - 2


def test_F76_a_quote_passes_the_screen_before_it_is_taken(tmp_path):
    log = Paper()
    loop, told = make(tmp_path, log)
    ts = loop.engine.book.truth.ts + 1
    loop.take(ev.Quote(ts=ts, instrument="AAA", bid=-1.0, ask=-1.0))
    loop.take(ev.Quote(ts=ts, instrument="AAA", bid=10.0, ask=10.1))
    assert [type(entry[1]) for entry in log.told[-2:]] == [ev.BadData, ev.Quote]
    assert loop.engine.book.truth.marks["AAA"].quote_ts == ts
