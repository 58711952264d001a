"""The rehearsal of a lost disk: backed up, lost, restored, and on to the same end."""

import shutil
from pathlib import Path

from openbell.run.backup import BackupError, backup, restore
from openbell.run.clock import FakeClock
from openbell.run.drill import WARM_BARS, Make
from openbell.run.live import Settings, live
from openbell.run.rehearsals import Outcome
from openbell.run.results import Result

SAME = ("orders_hash", "equity_end", "orders", "fills")
"""Figures that must come out the same."""


def rehearse(make: Make, folder: Path, now: int) -> Outcome:
    """Rehearse it in the empty `folder` and return how it went; `now` is UTC ns.

    One run goes through; another is stopped half way, backed up, deleted, restored from the file, and goes on. Both
    must end with the same orders and the same money.
    """
    bars = min(2 * WARM_BARS, make()[1].bars)
    whole = _run(make, folder / "whole", bars, now)
    lost, file = folder / "lost", folder / "state.backup"
    half = _run(make, lost, bars // 2, now)
    try:
        backup(lost, file)
        shutil.rmtree(lost)
        restore(file, folder / "restored")
    except BackupError as error:
        return Outcome(ts=now, is_good=False, told=str(error))
    rest = _run(make, folder / "restored", bars, now)
    differ = [name for name in SAME if rest.figures[name] != whole.figures[name]]
    if differ:
        return Outcome(ts=now, is_good=False, told=f"the restored run ended with another {', '.join(differ)}")
    seq = half.book.truth.counts.events
    return Outcome(ts=now, is_good=True, told=f"restored behind event {seq:,}, it ended with the same orders and money")


def _run(make: Make, state: Path, bars: int, now: int) -> Result:
    prepared, source = make()
    return live(prepared, source, Settings(state=state, until_bars=bars, clock=FakeClock(now)))
