"""The loop without a journal: the same engine on the same events, as fast as it goes."""

import time
from collections.abc import Callable
from functools import partial

from openbell.core.book import Book
from openbell.report.metrics import summary
from openbell.report.recorder import Recorder
from openbell.run import assemble
from openbell.run.assemble import Prepared
from openbell.run.collector import rare_collections
from openbell.run.loop import Loop, Ports, Watcher
from openbell.run.people import silences
from openbell.run.results import Result
from openbell.run.source import Source

INSTANCE = "BCKTST"
"""Instance tag of every run without a state: its orders never leave the process."""


def backtest(
    prepared: Prepared,
    source: Source,
    progress: Callable[[int], bool | None] | None = None,
    watchers: tuple[Watcher, ...] = (),
) -> Result:
    """Run the plain engine over a whole source.

    Nobody is there to be asked: to each question silence is the answer.

    Args:
        prepared: The run.
        source: Everything it is told.
        progress: Called with the number of events taken, now and then; True from it ends the run early.
        watchers: Onlookers beside the report's.
    """
    book = Book(prepared.spec)
    engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, book)
    recorder = Recorder(prepared.spec)
    venues = assemble.venues_of(prepared.spec, prepared.venues)
    loop = Loop(engine, Ports(venues=venues, watchers=(partial(recorder.watch, book), *watchers)))
    begin = time.perf_counter()
    loop.take(assemble.genesis(prepared, INSTANCE, source.digest, 0))
    is_complete = True
    with rare_collections():
        for taken, event in enumerate(source.events(), 1):
            for answer in silences(book, event.ts) if book.truth.asked else ():
                loop.take(answer)
            loop.take(event)
            if progress is not None and not taken & 0x3FFF and progress(taken):
                is_complete = False
                break
    loop.finish()
    extra = {
        "mode": "backtest",
        "engine": "plain",
        "journal_head": None,
        "recovered_seq": None,
        "bars_this_process": loop.bars,
        "events_per_s": round(loop.events / max(time.perf_counter() - begin, 1e-9)),
    }
    figures = summary(book, extra)
    return Result(book=book, recorder=recorder, figures=figures, notes=source.notes, is_complete=is_complete)
