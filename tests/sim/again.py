"""A run once more without one of its faults, only to see whether that leaves another trace.

Nothing is judged: what the judges keep of a run that its line needs is kept, what they only hold against it is not. The
run is over with the first line that differs.
"""

from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim import ending
from tests.sim.judge import Judge
from tests.sim.world import World


class Parted(Exception):
    """A line of the trace is another one than it was."""


class Onlooker(Judge):
    """Keeps the orders of a run, as its line asks for them, and finds nothing wrong."""

    def on_sync(self, name: str, data: bytearray) -> None:
        """See nothing."""

    def on_rescue(self, effects: list[fx.Effect]) -> None:
        """See nothing."""

    def on_send(self, effect: fx.Effect, ts: int) -> None:
        """See whether a number is given again for a lie of the disk: the run is over then."""
        if isinstance(effect, fx.Submit):
            self.judge_number(effect.oid)

    def on_record(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Keep the orders of a step, and what is named."""
        self.hear_of(event)
        self.submits |= {effect.oid: effect for effect in effects if type(effect) is fx.Submit}

    def on_recovered(self, started: Any) -> None:
        """Go back to what was recovered."""
        world = self.world
        seq = started.journal.seq if started else 0
        if started:
            world.found_unsaved(seq, started.journal.head_hash)
        del world.history[seq:]
        world.fold()
        for judge in world.judges:
            judge.forget_lost()
        if started and seq % 3 == 0:
            world.recover_for_trace()

    def begin(self) -> None:
        """Begin anew."""
        self.submits = {}

    def fold_step(self, place: int, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Keep the orders of a step that was recorded before."""
        self.on_record(event, effects)


class Again(World):
    """A run that is compared with an earlier one, line by line."""

    judging = Onlooker

    def __init__(self, first: World, muted: tuple[str, ...]) -> None:
        """Repeat a run that came to its end, without some of its faults."""
        super().__init__(first.seed, muted)
        self.first = first

    def note(self, *what: Any) -> None:
        """Write a line into the trace.

        Raises:
            Parted: The first run has another one there.
        """
        super().note(*what)
        place = len(self.trace)
        if self.first.trace[place - 1 : place] != self.trace[-1:]:
            raise Parted(f"line {place}")

    def recorded(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Keep what was written, and its place in the chain.

        Raises:
            Parted: The first run has another place where this one is durable: no later record leads back, and the last
                one is part of the trace.
        """
        super().recorded(event, effects)
        seq, first = self.started.journal.durable_seq, self.first.history
        if self.disk.lied or not 0 < seq <= len(self.history) or not (first and first[-1][2]):
            return
        here, there = self.history[seq - 1][2], first[seq - 1][2] if seq <= len(first) else b"none"
        if here and there and here != there:
            raise Parted(f"record {seq}")

    def recover_for_trace(self) -> None:
        """Recover from a copy where that can leave a line in the trace: that an older file was tried."""
        if len(self.files) > 1:
            self.recover_copy()

    def close(self) -> None:
        """Leave everything as the last judgement does."""
        if self.judge.refused or self.engine is None:
            return
        ending.settle_disk(self)
        if ending.is_recovered_again(self):
            self.recover_for_trace()

    def _leave_behind(self) -> None:
        """Keep nothing: it is for the judges."""


def is_effective(first: World, fault: str) -> bool:
    """Return True if a run without one of its faults leaves another trace (RELIABILITY C6)."""
    again = Again(first, (fault,))
    try:
        again.run()
    except Parted:
        return True
    except Exception:  # noqa: BLE001 - however it ends, it has left its trace
        pass
    return again.trace_hash() != first.trace_hash()
