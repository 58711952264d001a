"""The journal's disk fails: nothing that adds risk leaves, cancels and exits do, and a restart knows all of it."""

import errno

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect, apply_record
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.record import decode_record, digest
from openbell.core.types import Status
from openbell.edges.journal import DiskFailed, Options, open_journal, read_records
from openbell.edges.journal.faulty import FaultyDisk
from openbell.run import assemble
from openbell.run.ledger import Ledger
from openbell.run.loop import Loop, Ports
from openbell.run.rescue import rescue, secure
from openbell.run.script import Reel, Verify, retrace
from tests.core import build as b
from tests.core.afar import Afar
from tests.core.build import at
from tests.run.small import small

MANNER = Options(is_background=False, is_compressing=False, segment_bytes=64 << 10, reserve_bytes=64 << 10)


class OneBadFile(FaultyDisk):
    """A disk that cannot sync the log's segments from now on; the reserve lies elsewhere."""

    is_bad = False

    def sync(self, name: str) -> None:
        """See `Disk`."""
        if self.is_bad and name != "reserve.seg":
            self.failures["sync"] = errno.EIO
        try:
            super().sync(name)
        finally:
            self.failures.pop("sync", None)


class Run:
    """A small run on a faulty disk, with everything that its venue was handed."""

    def __init__(self, tmp_path, disk=None, options=MANNER):
        self.prepared, self.told = small(tmp_path)
        self.disk = disk if disk is not None else OneBadFile()
        self.journal, _ = open_journal(self.disk, options)
        self.ledger = Ledger(self.journal)
        self.book = Book(self.prepared.spec)
        engine = assemble.engine_of(self.prepared.spec, self.prepared.strategies, self.prepared.rules, self.book)
        venues = assemble.venues_of(self.prepared.spec, self.prepared.venues)
        self.seen = []
        self.loop = Loop(engine, Ports(venues=venues, log=self.ledger, watchers=(self._look,)))
        self.venue, self.handed = venues["main"], []
        taken = self.venue.take

        def take(effect, ts):
            self.handed.append(effect)
            taken(effect, ts)

        self.venue.take = take
        self.loop.take(assemble.genesis(self.prepared, "RESCUE", self.told.digest, 0))
        self.events = self.told.events()

    def _look(self, event, effects):
        self.seen.append((event, effects))

    def go(self, until):
        """Take events until `until` holds."""
        for event in self.events:
            self.loop.take(event)
            if until():
                return
        raise AssertionError("the market ended before")

    def record(self):
        """Open the log again as after a restart of the process, and return its records."""
        disk = self.disk.survivor()
        open_journal(disk, MANNER)[0].close()
        return [decode_record(entry.payload) for entry in read_records(disk)]


def entries_in(effects):
    return [effect for effect in effects if isinstance(effect, fx.Submit) and not effect.reduce_only]


def failing(tmp_path):
    """Return a run that held something when the log's disk failed with its next entry."""
    run = Run(tmp_path)
    run.go(lambda: any(run.book.holders.values()))
    run.disk.is_bad = True
    run.go(lambda: run.ledger.sick)
    return run


def test_F93_B34_nothing_that_adds_risk_leaves_after_a_failed_sync(tmp_path):
    run = failing(tmp_path)
    held = [effect for _, effects in run.seen for effect in effects if isinstance(effect, fx.Withhold)]
    before = len(run.handed)
    run.go(lambda: run.ledger.is_short)
    assert not entries_in(run.handed[before:])
    assert not [effect for effect in run.handed if effect.oid in {one.oid for one in held}]
    assert held
    for one in held:
        assert run.book.truth.orders[one.oid].status is Status.REJECTED
        assert run.book.truth.orders[one.oid].code == Code.DISK
    assert not run.book.truth.is_disk_healthy
    assert run.book.truth.counts.rejected.keys() >= {Code.DISK}


def test_F93_the_failed_sync_is_never_tried_again(tmp_path):
    run = failing(tmp_path)
    durable = run.journal.durable_seq
    run.disk.is_bad = False
    run.go(lambda: run.ledger.is_short)
    run.ledger.commit()
    assert run.journal.durable_seq == durable
    assert "Input/output error" in run.ledger.sick


def test_F93_B34_a_kill_closes_what_is_held_out_of_the_reserve(tmp_path):
    run = failing(tmp_path)
    if not any(run.book.holders.values()):
        run.go(lambda: any(run.book.holders.values()))
    command = ev.Command(ts=run.book.truth.ts, id="k", kind="kill", actor="op", close=True)
    before = len(run.handed)
    run.loop.take(command)
    run.go(lambda: any(isinstance(effect, fx.Submit) for effect in run.handed[before:]))
    assert not entries_in(run.handed[before:])
    run.go(lambda: not any(run.book.holders.values()))


def test_F93_B29_B30_the_reopened_log_amounts_to_exactly_what_the_process_knew(tmp_path):
    run = failing(tmp_path)
    run.go(lambda: run.ledger.is_short)
    book = Book(run.prepared.spec)
    for event, effects in run.record():
        apply_record(book, event, effects)
    assert digest(book.truth) == digest(run.book.truth)


def test_what_was_withheld_is_replayed_and_compared_like_the_rest(tmp_path):
    run = failing(tmp_path)
    run.go(lambda: run.ledger.is_short)
    from openbell.run.ledger import Entry

    told = [Entry(seq, *step) for seq, step in enumerate(run.record(), 1)]
    assert any(isinstance(effect, fx.Withhold) for entry in told for effect in entry.effects)
    book = Book(run.prepared.spec)
    engine = assemble.engine_of(run.prepared.spec, run.prepared.strategies, run.prepared.rules, book)
    venues = assemble.venues_of(run.prepared.spec, run.prepared.venues)
    reel = Reel(told)
    loop = Loop(engine, Ports(venues=venues, script=Verify(reel)))
    retrace(loop, reel)
    assert digest(book.truth) == digest(run.book.truth)


def test_F94_B34_a_full_disk_stops_entries_and_saves_exits_in_the_reserve(tmp_path):
    run = Run(tmp_path)
    run.go(lambda: any(run.book.holders.values()))
    run.disk.failures["create"] = errno.ENOSPC
    run.go(lambda: run.ledger.sick)
    assert "no room" in run.ledger.sick
    before = len(run.handed)
    run.go(lambda: run.ledger.is_short)
    assert not entries_in(run.handed[before:])
    run.disk.failures.clear()
    book = Book(run.prepared.spec)
    for event, effects in run.record():
        apply_record(book, event, effects)
    assert digest(book.truth) == digest(run.book.truth)


def test_B34_with_the_reserve_used_up_as_well_the_run_ends(tmp_path):
    run = failing(tmp_path)
    with pytest.raises(DiskFailed, match="reserve"):
        run.go(lambda: False)
    seen = len(run.handed)
    with pytest.raises(DiskFailed):
        run.loop.take(ev.Command(ts=run.book.truth.ts, id="k", kind="kill", actor="op", close=True))
    assert len(run.handed) == seen


def test_B34_with_log_and_reserve_failing_at_once_nothing_leaves(tmp_path):
    run = Run(tmp_path)
    run.go(lambda: any(run.book.holders.values()))
    run.disk.failures["write"] = errno.EIO
    seen = len(run.handed)
    with pytest.raises(DiskFailed):
        run.go(lambda: False)
    assert len(run.handed) == seen


class Broken:
    """A log that takes nothing but the last word."""

    def __init__(self):
        self.saved = []

    def record(self, event, effects):
        raise DiskFailed("gone")

    def commit(self):
        raise DiskFailed("gone")

    def rescue(self, event, effects):
        self.saved.append((event, effects))


def test_a_change_of_an_entry_is_taken_back_and_cancels_and_exits_go():
    made = b.engine()
    sent = b.one(fx.Submit, made.step(b.bar(1, 100.0, 1.0)))
    made.step(b.update(sent, "accepted"))
    amend = fx.Amend(oid=sent.oid, account="main", qty=b.d(5), limit=b.d(99))
    cancel = fx.Cancel(oid=sent.oid, account="main")
    effects = [amend, b.submit("sell", 5, reduce_only=True, index=7), cancel]
    for effect in effects[:2]:
        made.desk.emit(effect)
    log = Broken()
    bar = b.bar(2, 100.0)
    assert not secure(log, bar, effects, leaves=True)
    whole = rescue(log, made.book, bar, effects)
    assert whole[3:] == [fx.Withhold(oid=sent.oid)]
    assert log.saved == [(bar, whole)]
    assert made.book.truth.orders[sent.oid].status is Status.WORKING
    assert made.book.truth.orders[f"{b.TAG}-7"].status is Status.SENT
    assert made.book.truth.ts == at(1)


def test_B36_nothing_is_waited_for_of_an_order_that_was_withheld():
    afar = Afar()
    order = afar.enter()
    apply_effect(afar.engine.book, fx.Withhold(oid=order.oid), afar.ts)
    assert (order.status, order.code) == (Status.REJECTED, Code.DISK)
    assert afar.engine.book.truth.pending == {}
    assert f"/ack/{order.oid}" not in afar.engine.book.truth.timers


def test_an_order_the_book_does_not_know_changes_nothing():
    book = b.book()
    before = digest(book.truth)
    apply_record(book, b.session(), [fx.Withhold(oid="nobody")])
    book.truth.counts.events -= 1
    book.truth.counts.source -= 1
    assert digest(book.truth) == before
