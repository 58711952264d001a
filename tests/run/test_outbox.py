"""The way to a venue outside the process: durable first, handed over once, never again by recovery."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.effects import Effect
from openbell.core.engine import Engine
from openbell.core.exposure import book_qty
from openbell.core.record import decode_record, digest, encode_record
from openbell.core.spec import OutsideSpec, RunSpec
from openbell.core.types import NS, Status
from openbell.parts.rules import max_position
from openbell.run.assemble import Prepared
from openbell.run.ledger import Entry
from openbell.run.loop import FAR, Loop, Ports
from openbell.run.outbox import OutsideVenue
from openbell.run.parts import bind_rule
from openbell.run.recover import start
from openbell.run.script import Recall, Reel, Verify, retrace
from openbell.run.source import Source
from openbell.run.wake import wake
from tests.core import build as b
from tests.core.build import at
from tests.run.small import QUIET, small


class Wire:
    """A transport that notes what it is given, and what was durable by then."""

    def __init__(self, tape: "Tape") -> None:
        self.tape = tape
        self.sent: list[Effect] = []
        self.early = 0

    def send(self, effect: Effect, ts: int) -> None:
        self.sent.append(effect)
        self.early += self.tape.durable < len(self.tape.records)


class Tape:
    """A log in memory."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.durable = 0

    def record(self, event: ev.Event, effects: list[Effect]) -> None:
        self.records.append(encode_record(event, effects))

    def commit(self) -> None:
        self.durable = len(self.records)

    def entries(self) -> list[Entry]:
        return [Entry(n, *decode_record(payload)) for n, payload in enumerate(self.records, 1)]


def spec() -> RunSpec:
    return b.run_spec(accounts=[b.account_spec(outside=OutsideSpec())])


def engine() -> Engine:
    run = spec()
    return Engine(Book(run), {name: b.obey() for name in run.deployments}, (), b.volatility)


def outside_run() -> tuple[Loop, Tape, Wire]:
    """Return a loop that has entered, been filled and left a cancel on its way."""
    tape = Tape()
    wire = Wire(tape)
    made = engine()
    loop = Loop(made, Ports(venues={"main": OutsideVenue(wire)}, log=tape))
    for event in (b.genesis(), b.session(), ev.Link(ts=at(0), account="main", channel="orders", is_up=True)):
        loop.take(event)
    loop.take(ev.BrokerState(ts=at(0) + 1, account="main", orders=(), positions={},
                             cash={"USD": b.d(100_000)}, as_of=at(0)))  # fmt: skip
    loop.take(b.bar(1, 100.0, 1.0))
    order = made.book.truth.orders[f"{b.TAG}-1"]
    loop.take(b.update(order, "accepted", ts=at(1) + 1))
    loop.take(b.fill(order, 100, ts=at(1) + 2))
    return loop, tape, wire


def test_an_outside_venue_never_speaks_by_itself() -> None:
    venue = OutsideVenue()
    venue.take(fx.Query(account="main"), 1)
    venue.heed(b.session())
    venue.restore(venue.snapshot())
    assert (venue.due, venue.speak(FAR), venue.is_touched(b.bar(1, 100.0))) == (FAR, [], False)
    assert list(venue.work(b.bar(1, 100.0))) == []


def test_nothing_leaves_before_it_is_durable() -> None:
    _, _, wire = outside_run()
    assert [effect.oid for effect in wire.sent if isinstance(effect, fx.Submit)] == [f"{b.TAG}-1"]
    assert wire.early == 0


def test_F89_recovery_takes_the_venues_words_from_the_record_and_sends_nothing() -> None:
    loop, tape, _ = outside_run()
    wire = Wire(Tape())
    made = engine()
    reel = Reel(tape.entries(), {"main"})
    again = Loop(made, Ports(venues={"main": OutsideVenue(wire)}, script=Recall(reel, set())))
    retrace(again, reel)
    assert reel.take() is None
    assert wire.sent == []
    assert made.book.truth.orders == loop.engine.book.truth.orders
    assert made.book.position("alpha", "AAPL") == loop.engine.book.position("alpha", "AAPL")
    assert made.book.truth.orders[f"{b.TAG}-1"].status is Status.FILLED


def test_F88_a_run_whose_bars_came_later_than_its_timers_is_recovered_and_replayed() -> None:
    loop, tape, _ = outside_run()
    # An answer is overdue and asked for again by the clock; only then a bar from before comes in.
    loop.take(b.bar(2, 101.0, 0.0))
    loop.catch_up(at(3))
    kinds = [type(entry.event) for entry in tape.entries()]
    late = b.bar(2, 102.0, 0.0)
    loop.take(replace(late, ts=late.ts + 1))
    assert kinds[-1] is ev.Timer
    assert tape.entries()[-2].event.ts > tape.entries()[-1].event.ts
    for script in (lambda reel: Recall(reel, set()), Verify):
        reel = Reel(tape.entries(), {"main"})
        made = engine()
        retrace(Loop(made, Ports(venues={"main": OutsideVenue()}, script=script(reel))), reel)
        assert reel.peek() is None
        assert digest(made.book.truth) == digest(loop.engine.book.truth)


def test_F88_F86_a_run_that_fell_asleep_right_behind_a_timer_is_recovered_and_replayed() -> None:
    loop, tape, _ = outside_run()
    loop.take(b.bar(2, 101.0, 0.0))
    loop.catch_up(at(2) + 12 * NS)
    assert isinstance(tape.entries()[-1].event, ev.Timer)
    wake(loop, ["main"], at(2) + 12 * NS, at(60))
    jump = next(n for n, entry in enumerate(tape.entries()) if entry.event.ts == at(60))
    assert [type(entry.event) for entry in tape.entries()[jump - 1 : jump + 2]] == [ev.Timer, ev.Link, ev.Timer]
    loop.take(ev.Link(ts=at(60) + 1, account="main", channel="orders", is_up=True))
    for script in (lambda reel: Recall(reel, set()), Verify):
        reel = Reel(tape.entries(), {"main"})
        made = engine()
        retrace(Loop(made, Ports(venues={"main": OutsideVenue()}, script=script(reel))), reel)
        assert reel.peek() is None
        assert digest(made.book.truth) == digest(loop.engine.book.truth)


def test_a_replay_decides_the_same_with_an_outside_venue() -> None:
    loop, tape, _ = outside_run()
    reel = Reel(tape.entries(), {"main"})
    made = engine()
    verify = Verify(reel)
    again = Loop(made, Ports(venues={"main": OutsideVenue()}, script=verify))
    retrace(again, reel)
    assert verify.seq == len(tape.records)
    assert made.book.truth.orders_hash == loop.engine.book.truth.orders_hash


# --- with a journal on a disk -----------------------------------------------------------------------------------------


def afar_run(folder: Path) -> tuple[Prepared, Source]:
    """Return the small run with its account moved out of the process."""
    prepared, feed = small(folder)
    account = replace(prepared.spec.accounts["main"], outside=OutsideSpec())
    return replace(prepared, spec=replace(prepared.spec, accounts={"main": account})), feed


def tell_state(loop: Loop) -> None:
    """Answer the question for the whole account, if there is one, as a venue that agrees with the book."""
    book = loop.engine.book
    contact, account = book.truth.contacts["main"], book.truth.accounts["main"]
    if contact.asked:
        held = {symbol: book_qty(book, "main", symbol) for symbol in book.spec.instruments}
        loop.take(ev.BrokerState(ts=book.truth.ts, account="main", orders=(), positions=held, cash=dict(account.cash),
                                 as_of=book.truth.ts))  # fmt: skip


def crashed(folder: Path, wire: Wire, limit: str = "") -> tuple[Prepared, Source, Path, bytes]:
    """Run until orders are on their way in every state, and stop without a goodbye; return the truth's hash."""
    prepared, feed = afar_run(folder)
    if limit:
        rule = bind_rule("max_position", max_position, max_position.Config(limit=limit))
        prepared = replace(prepared, rules=(rule,))
    place = folder / "journal"
    started = start(prepared, place, feed, QUIET)
    started.loop.ports.venues["main"].transport = wire
    loop, book = started.loop, started.engine.book
    loop.take(ev.Link(ts=book.truth.ts + 1, account="main", channel="orders", is_up=True, text="start"))
    tell_state(loop)
    answered = 0
    for event in feed.events(skip=0):
        loop.take(event)
        tell_state(loop)
        for order in [o for orders in book.open_orders.values() for o in orders.values()]:
            if order.status is Status.SENT and len(book.truth.orders) < 6:
                answered += 1
                loop.take(b.update(order, "accepted", ts=book.truth.ts, venue_order=f"V{answered}"))
                if order.type == "market":
                    loop.take(b.fill(order, "100.5", ts=book.truth.ts, venue_order=f"V{answered}"))
        if len(book.truth.orders) >= 8:
            break
    started.ledger.commit()
    started.journal.close()
    return prepared, feed, place, digest(book.truth)


@pytest.mark.parametrize("times", [1, 3])
def test_F88_F90_recovery_with_an_outside_account_is_the_same_however_often_it_is_done(
    tmp_path: Path, times: int
) -> None:
    before = Wire(Tape())
    prepared, feed, place, truth = crashed(tmp_path, before)
    assert len([e for e in before.sent if isinstance(e, fx.Submit)]) >= 8
    for _ in range(times):
        wire = Wire(Tape())
        again = start(prepared, place, feed, QUIET)
        again.loop.ports.venues["main"].transport = wire
        assert (digest(again.engine.book.truth), wire.sent) == (truth, [])
        again.journal.close()


@pytest.mark.parametrize(("limit", "count"), [("20%", 0), ("90%", 1)])
def test_D32_a_start_with_an_outside_account_names_limits_that_are_too_wide(
    tmp_path: Path, limit: str, count: int
) -> None:
    prepared, feed, place, _ = crashed(tmp_path, Wire(Tape()), limit)
    again = start(prepared, place, feed, QUIET)
    assert len([note for note in again.notes if "lets 10 times the usual order of main" in note]) == count
    again.journal.close()


def test_F89_after_a_crash_what_was_sent_and_not_answered_is_asked_after_and_never_sent_again(tmp_path: Path) -> None:
    prepared, feed, place, _ = crashed(tmp_path, Wire(Tape()))
    again = start(prepared, place, feed, QUIET)
    wire = Wire(Tape())
    again.loop.ports.venues["main"].transport = wire
    book = again.engine.book
    open_words = (Status.SENT, Status.UNKNOWN, Status.CANCELLING, Status.REPLACING)
    waiting = [o.oid for o in book.truth.orders.values() if o.status in open_words]
    again.loop.take(ev.Link(ts=book.truth.ts + 1, account="main", channel="orders", is_up=True, text="start"))
    assert waiting
    assert sorted(e.oid for e in wire.sent if isinstance(e, fx.Query) and e.oid) == sorted(waiting)
    assert [e for e in wire.sent if not isinstance(e, fx.Query)] == []
    assert {book.truth.orders[oid].status for oid in waiting} == {Status.UNKNOWN}
    assert not book.truth.contacts["main"].is_ready
    again.journal.close()
