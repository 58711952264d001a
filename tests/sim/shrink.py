"""Makes a failing run small: leaves out faults and parts of the script while the same invariant is violated."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tests.sim.one import play


class Shrunk(msgspec.Struct):
    """A failing run at a local minimum.

    Attributes:
        seed, code: Of the run. muted: Faults left out. dropped: Parts of the script left out.
        items, faults: What is left of both; prices that merely print are not counted. runs: Tries it took.
    """

    seed: int
    code: str
    muted: list[str]
    dropped: list[str]
    items: int
    faults: int
    runs: int

    @property
    def size(self) -> int:
        """Events left: parts of the script and faults."""
        return self.items + self.faults


def shrink(seed: int, code: str, seconds: float = 60.0) -> Shrunk:
    """Return a small run of a seed that violates the same invariant."""
    end = time.monotonic() + seconds
    world, first = play(seed)
    state = _State(seed, code, end)
    prints = [item.key for item in world.script if item.kind == "print"]
    others = [item.key for item in world.script if item.kind != "print"]
    state.faults = list(first.faults)
    state.drop_tail(others)
    for _ in range(2):
        state.reduce(list(state.faults), state.without_faults)
        # What muted faults had kept away is in the script now.
        now, _ = play(seed, state.muted, state.dropped)
        state.reduce([item.key for item in now.script if item.kind != "print"], state.without_items)
    state.reduce([i for i in prints if i not in state.dropped], state.without_items)
    last, _ = play(seed, state.muted, state.dropped)
    left = [item for item in last.script if item.kind != "print"]
    return Shrunk(seed, code, sorted(state.muted), sorted(state.dropped), len(left), len(state.faults), state.runs)


class _State:
    """What is left out so far."""

    def __init__(self, seed: int, code: str, end: float) -> None:
        self.seed, self.code, self.end = seed, code, end
        self.muted: set[str] = set()
        self.dropped: set[str] = set()
        self.faults: list[str] = []
        self.runs = 0

    def fails(self, muted: set[str], dropped: set[str]) -> bool:
        """Return True if the run without these parts still violates the invariant; it is kept then."""
        if time.monotonic() > self.end:
            return False
        self.runs += 1
        _, outcome = play(self.seed, muted, dropped)
        if outcome.code != self.code:
            return False
        self.muted, self.dropped, self.faults = muted, dropped, list(outcome.faults)
        return True

    def without_faults(self, part: Sequence[Any]) -> bool:
        """Try to leave faults out."""
        return self.fails(self.muted | set(part), self.dropped)

    def without_items(self, part: Sequence[Any]) -> bool:
        """Try to leave parts of the script out."""
        return self.fails(self.muted, self.dropped | set(part))

    def drop_tail(self, places: list[str]) -> None:
        """Shorten time: find a short beginning that fails."""
        low, high = 0, len(places)
        while low < high:
            middle = (low + high) // 2
            if self.fails(self.muted, self.dropped | set(places[middle:])):
                high = middle
            else:
                low = middle + 1

    def reduce(self, parts: list[Any], leave_out: Callable[[Sequence[Any]], bool]) -> None:
        """Leave parts out by halves, quarters and so on down to single ones."""
        size = len(parts)
        while size >= 1 and parts:
            for start in range(0, len(parts), size):
                leave_out(parts[start : start + size])
            parts = [p for p in parts if p not in self.dropped and p not in self.muted]
            size //= 2
