from openbell.core.book import Book
from openbell.core.record import decode_checkpoint, decode_record, digest
from openbell.edges.journal import MemoryDisk, Options, open_journal, read_records
from openbell.run import assemble
from openbell.run.ledger import Ledger, take_checkpoint
from openbell.run.loop import Loop, Ports
from tests.run.small import prepare, write


def make(tmp_path, every):
    write(tmp_path, days=1)
    prepared, told = prepare(tmp_path / "small.yaml")
    disk = MemoryDisk()
    journal, _ = open_journal(disk, Options(is_background=False, is_compressing=False))
    ledger = Ledger(journal, every)
    engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, Book(prepared.spec))
    loop = Loop(engine, Ports(venues=assemble.venues_of(prepared.spec, prepared.venues), log=ledger))
    loop.take(assemble.genesis(prepared, "LEDGER", told.digest, 0))
    return prepared, told, disk, journal, ledger, loop


def test_every_step_is_one_record_and_commit_makes_it_durable(tmp_path):
    _, told, disk, journal, ledger, loop = make(tmp_path, 10**9)
    loop.run(told.events())
    ledger.commit()
    assert journal.durable_seq == journal.seq == loop.events
    assert all(decode_record(entry.payload) for entry in read_records(disk))


def test_a_checkpoint_is_due_after_so_many_records_and_holds_everything(tmp_path):
    prepared, told, _, journal, ledger, loop = make(tmp_path, 100)
    assert not ledger.is_checkpoint_due
    loop.run(told.events(), lambda event: not ledger.is_checkpoint_due)
    ledger.checkpoint(loop.engine, loop.ports.venues, prepared.hashes)
    assert not ledger.is_checkpoint_due
    stored = journal.latest_snapshot()
    assert stored is not None and stored[0] == journal.seq
    checkpoint = decode_checkpoint(stored[1])
    assert checkpoint.truth_hash == digest(loop.engine.book.truth) == digest(checkpoint.truth)
    assert checkpoint.memory_hash == digest(loop.engine.memory()) == digest(checkpoint.memory)
    assert checkpoint.strategies == prepared.hashes
    assert take_checkpoint(loop.engine, loop.ports.venues, {}).venues == checkpoint.venues
