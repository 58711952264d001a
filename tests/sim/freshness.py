"""Silence of the data and halts, worked out from the record alone: no entry meets either, and no gate opens early (B22)."""

from collections.abc import Container
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from tests.sim.verdict import demand

PROOF = 60 * NS
"""How long data must have come again before the gate opens."""


class Freshness:
    """When the data of each instrument become stale, ns.

    Attributes:
        halted: Instruments that do not trade. last: Close of the last accepted bar. resumed: End of the last halt.
        back: When data came again for the first time since an instrument became stale.
    """

    def __init__(self, house: Any) -> None:
        """Begin before the first session."""
        self.max_age: int | None = house.max_age
        self.symbols = tuple(house.sorts)
        self.session = (0, 0)
        self.date, self.told = "", 0
        self.halted: set[str] = set()
        self.last: dict[str, int] = {}
        self.resumed: dict[str, int] = {}
        self.back: dict[str, int] = {}

    def take(self, event: ev.Event) -> None:
        """Take over an event."""
        if isinstance(event, ev.Bar):
            self.last[event.instrument] = event.ts
            self.back.setdefault(event.instrument, event.ts)
        elif isinstance(event, ev.Schedule) and (event.is_open or event.date == self.date):
            self.session, self.date, self.told = (event.open, event.close), event.date, event.ts
        elif isinstance(event, ev.Halt):
            if event.is_halted:
                self.halted.add(event.instrument)
            elif event.instrument in self.halted:
                self.halted.discard(event.instrument)
                self.resumed[event.instrument] = event.ts

    def due(self, symbol: str) -> int | None:
        """Return when the data of an instrument are stale unless more come; None for never."""
        begin, end = self.session
        if self.max_age is None or not self.date or symbol in self.halted:
            return None
        at = max(self.last.get(symbol, 0), begin, self.resumed.get(symbol, 0)) + self.max_age
        return at if at <= end else None

    def is_stale(self, symbol: str, ts: int) -> bool:
        """Return True for data that are too old at an instant."""
        due = self.due(symbol)
        return due is not None and due <= ts

    def judge_latch(self, latch: fx.Latch, event: ev.Event) -> None:
        """A gate closes for silence that is there, and opens a minute after data have come back to stay."""
        symbol = latch.scope.partition(":")[2]
        if latch.is_on:
            demand(self.is_stale(symbol, event.ts), "B22", f"{symbol} is called stale at {event.ts}, and is not")
            self.back.pop(symbol, None)
            return
        demand(isinstance(event, ev.Timer), "B22", f"{symbol} opens by {type(event).__name__}, not by evidence")
        demand(not self.is_stale(symbol, event.ts), "B22", f"{symbol} opens at {event.ts} although it is stale")
        back = self.back.get(symbol)
        is_proven = back is not None and event.ts - back >= PROOF
        demand(is_proven, "B22", f"{symbol} opens at {event.ts}, {PROOF} ns are not over since {back}")

    def judge_step(self, closed: dict[tuple[str, str], str], event: ev.Event, wakes: Container[int]) -> None:
        """Silence has closed the gate by the time the next thing happens; told late, data have as long once more.

        At the instants to which the host `wakes` (ns) the timer that looks at them is yet to come.
        """
        for symbol in self.symbols if event.ts not in wakes else ():
            due = self.due(symbol)
            if due is not None and max(due, self.told + (self.max_age or 0)) < event.ts:
                demand(("stale", f"instrument:{symbol}") in closed, "B22", f"{symbol} is silent since {due}, unnoticed")
