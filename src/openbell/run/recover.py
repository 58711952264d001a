"""Start-up is recovery; there is no other path.

Checkpoint, fold the tail, compare, go on where the journal ends.
"""

from contextlib import ExitStack
from pathlib import Path

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.engine import Engine
from openbell.core.record import Checkpoint, decode_checkpoint, digest
from openbell.core.view import Memory
from openbell.edges.journal import Journal, Options, open_journal
from openbell.run import assemble
from openbell.run.assemble import Prepared
from openbell.run.ledger import Entry, Ledger
from openbell.run.loop import Loop, Ports
from openbell.run.records import Unlike, entries, first_event
from openbell.run.reload import check_limits, unlike
from openbell.run.script import Different, Leftover, Recall, Reel, retrace
from openbell.run.source import Source
from openbell.run.tightness import too_wide


class Started(msgspec.Struct, kw_only=True):
    """A run that stands where its journal ends.

    Attributes:
        engine, loop, journal, ledger: Ready to take the next source event.
        recovered_seq: Last seq found at start, 0 for a new state.
        notes: What was found and done on the way, in words.
        discarded: Deployments whose memory did not fit the record and was dropped.
        leftover: Steps recorded without their cause, which the venue has to repeat.
    """

    engine: Engine
    loop: Loop
    journal: Journal
    ledger: Ledger
    recovered_seq: int
    notes: tuple[str, ...]
    discarded: tuple[str, ...] = ()
    leftover: Leftover | None = None

    @property
    def is_level(self) -> bool:
        """True when no step is left that the journal holds already."""
        return self.leftover is None or self.leftover.is_done


def start(prepared: Prepared, folder: Path, source: Source, options: Options | None = None) -> Started:
    """Open the journal in `folder` and return the run at its end.

    An empty journal gets its first record.

    Raises:
        AlreadyRunning: Another process writes this journal.
        JournalDamaged: A durable record is lost or altered.
        Different: A recorded answer of the venue would be another one now.
        Unlike: The state belongs to another configuration or source.
    """
    journal, opened = open_journal(folder, options)
    with ExitStack() as unless_started:
        unless_started.callback(journal.close)
        started = _recovered(prepared, folder, journal, source) if journal.seq else _fresh(prepared, journal, source)
        unless_started.pop_all()
    found = [f"a torn tail was cut and kept in {name}" for name in opened.torn]
    found += [f"snapshot {name} is damaged and was passed over" for name in opened.skipped]
    return msgspec.structs.replace(started, notes=(*found, *started.notes))


def _fresh(prepared: Prepared, journal: Journal, source: Source) -> Started:
    engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, Book(prepared.spec))
    ledger = Ledger(journal)
    loop = Loop(engine, Ports(venues=assemble.venues_of(prepared.spec, prepared.venues), log=ledger))
    first = min((int(table.open_ts[0]) for table in source.tables), default=source.start)
    if source.schedule:
        first = min(first, source.schedule[0].ts)
    loop.take(assemble.genesis(prepared, assemble.new_instance(), source.digest, first))
    ledger.commit()
    return Started(engine=engine, loop=loop, journal=journal, ledger=ledger, recovered_seq=0, notes=())


def _recovered(prepared: Prepared, folder: Path, journal: Journal, source: Source) -> Started:
    genesis = first_event(folder)
    _check_alike(prepared, genesis, source)
    notes: list[str] = []
    checkpoint, seq = _checkpoint(journal, notes)
    book = Book(prepared.spec, checkpoint.truth if checkpoint else None)
    engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, book)
    venues = assemble.venues_of(prepared.spec, prepared.venues)
    known = checkpoint.strategies if checkpoint else genesis.strategies
    discarded = {name for name, value in prepared.hashes.items() if known.get(name) != value}
    if checkpoint:
        discarded |= set(engine.remember(checkpoint.memory))
        for account, stored in checkpoint.venues.items():
            venues[account].restore(stored)
    ledger = Ledger(journal)
    reel = Reel(entries(folder, seq + 1), prepared.spec.outside_accounts)
    recall = Recall(reel, discarded)
    loop = Loop(engine, Ports(venues=venues, log=ledger, script=recall))
    retrace(loop, reel)
    leftover = _take_leftover(engine, reel)
    loop.follow(leftover)
    loop.bars = loop.events = 0
    check_limits(prepared, genesis, book.truth.limits)
    for name in sorted(discarded):
        engine.traders.discard(name)
        notes.append(f"{name}: its code, options or results differ from the record; its memory warms up anew")
    if prepared.spec.outside_accounts:
        notes += too_wide(book, engine.desk.rules)
    return Started(
        engine=engine,
        loop=loop,
        journal=journal,
        ledger=ledger,
        recovered_seq=journal.seq,
        notes=tuple(notes),
        discarded=tuple(sorted(discarded)),
        leftover=leftover,
    )


def _take_leftover(engine: Engine, reel: Reel) -> Leftover:
    """Take over the truth of steps whose cause is not recorded.

    The venue will repeat them with the next bar.
    """
    found: list[Entry] = []
    while (entry := reel.take()) is not None:
        engine.recall(entry.event, entry.effects)
        found.append(entry)
    return Leftover(found)


def _checkpoint(journal: Journal, notes: list[str]) -> tuple[Checkpoint | None, int]:
    stored = journal.latest_snapshot()
    if stored is None:
        return None, 0
    seq, body = stored
    try:
        checkpoint = decode_checkpoint(body)
    except msgspec.ValidationError as error:
        notes.append(f"the checkpoint at seq {seq} is of another version ({error}); the whole journal is read instead")
        return None, 0
    if digest(checkpoint.truth) != checkpoint.truth_hash:
        raise Different(seq, "the checkpoint's truth does not have the hash it was stored with")
    if digest(checkpoint.memory) != checkpoint.memory_hash:
        notes.append(f"the checkpoint at seq {seq} has damaged memory; every strategy warms up anew")
        checkpoint.memory = Memory()
    return checkpoint, seq


def _check_alike(prepared: Prepared, genesis: ev.Genesis, source: Source) -> None:
    if genesis.source != source.digest:
        raise Unlike(
            "the market data are not the ones this state was made from; give the same --data, or a new --state"
        )
    changed = unlike(prepared, genesis)
    if changed:
        raise Unlike(
            f"the configuration is not the one this state was made with: {', '.join(changed)} changed; "
            "use the old file, or start a new state with --state"
        )
