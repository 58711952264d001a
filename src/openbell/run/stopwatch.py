"""Measures the stages of an order's way in a run whose time passes.

That is one that is paced or trades at a venue outside the process. The strategies and the gate of the engine are called
through it, and the loop tells it what comes in and what goes out. Nothing that is decided depends on it.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.engine import Engine
from openbell.core.exposure import Draft
from openbell.core.order import Happening
from openbell.core.strategy import StockStrategy
from openbell.core.types import OrderType
from openbell.run.clock import Clock
from openbell.run.latency import STAGES, Latencies, Tally, write_latencies
from openbell.run.pulse import EVERY_NS
from openbell.run.recover import Started
from openbell.run.traces import Call, around

MOST_SENT = 10_000
"""Orders whose answers are waited for; beyond that the oldest is given up."""
_ACCEPTED = str(Happening.ACCEPTED)
_ENDED = frozenset(str(one) for one in (Happening.REJECTED, Happening.CANCELLED, Happening.EXPIRED))


class Sent(msgspec.Struct, kw_only=True):
    """An order on its way.

    Attributes:
        tallies: Of its account, by stage. at: When it was handed to the line, ns of a clock that nobody sets.
        is_prompt: It waits for no price, so that its fill tells of the venue. is_known: The venue has it.
    """

    tallies: dict[str, Tally]
    at: int
    is_prompt: bool
    is_known: bool = False


class Stopwatch:
    """Counts what each stage took in one process."""

    def __init__(self, started: Started, folder: Path, clock: Clock, late: Callable[[int], int]) -> None:
        """Measure a run that stands where its journal ends, from now on.

        Args:
            started: The run; its strategies and its gate are timed from now on.
            folder: Its state, where the counts are kept.
            clock: Wall clock.
            late: Tells how long ago (ns of wall time) market data with a stamp (ns) were due.
        """
        spec = started.engine.book.spec
        self.tallies = {name: {stage: Tally() for stage in STAGES} for name in spec.accounts}
        self._folder, self._late, self._now = folder, late, clock.grown
        self._since, self._at = clock.now(), -EVERY_NS
        self._data: dict[str, list[Tally]] = {}
        for symbol in spec.instruments:
            accounts = dict.fromkeys(d.account for d in spec.deployments.values() if symbol in d.instruments)
            self._data[symbol] = [self.tallies[name]["data"] for name in accounts]
        self._sent: dict[str, Sent] = {}
        self._decided = 0
        # Market orders of this event: the gate may have made limit orders of them, at the edge of their collar.
        self._prompt: set[str] = set()
        self._fit(started.engine)
        started.loop.meter = self

    def _fit(self, engine: Engine) -> None:
        """Let strategies and gate be called through this watch; what they are handed and return is the same."""
        traders, desk = engine.traders, engine.desk
        # A dictionary of its own: the one that is there belongs to whoever prepared the run, and may start it again.
        traders.strategies = {
            name: around(one, self._timing(self.tallies[desk.book.spec.deployments[name].account]["signal"]))
            for name, one in traders.strategies.items()
        }
        for name, pairs in traders.pairs.items():
            strategy = traders.strategies[name]
            for pair in pairs.values():
                pair.stock = strategy if isinstance(strategy, StockStrategy) else None
        gate, now, tallies = desk.send, self._now, self.tallies

        def send(draft: Draft) -> int:
            before, begin = len(desk.out), now()
            code = gate(draft)
            # Also where the way to the line begins: what an event decides leaves together, behind the last of it.
            self._decided = now()
            tallies[draft.account]["risk"].note(self._decided - begin)
            if (
                draft.type is OrderType.MARKET
                and len(desk.out) > before
                and isinstance(made := desk.out[-1], fx.Submit)
            ):
                self._prompt.add(made.oid)
            return code

        desk.send = send  # type: ignore[method-assign]  # the core knows no clock, and is to know none

    def _timing(self, tally: Tally) -> Callable[[Call], Call]:
        now, note = self._now, tally.note

        def wrap(call: Call) -> Call:
            def timed(*given: Any) -> Any:
                begin = now()
                try:
                    return call(*given)
                finally:
                    note(now() - begin)

            return timed

        return wrap

    # --- what the loop tells ------------------------------------------------------------------------------------

    def take(self, event: ev.Event) -> None:
        """See an event that the engine is about to take."""
        if type(event) is ev.Bar or type(event) is ev.Quote:
            span = self._late(event.ts)
            for tally in self._data.get(event.instrument, ()):
                tally.note(span)
        elif isinstance(event, ev.OrderUpdate):
            if event.happening == _ACCEPTED:
                self._hear(event.oid)
            elif event.happening in _ENDED:
                self._sent.pop(event.oid, None)
        elif isinstance(event, ev.Fill) and not event.supersedes:
            self._hear(event.oid, is_fill=True)

    def sent(self, effect: fx.Effect) -> None:
        """See that an effect was handed to its venue or its line."""
        if not isinstance(effect, fx.Submit):
            return
        now, tallies = self._now(), self.tallies[effect.account]
        tallies["send"].note(now - self._decided)
        if len(self._sent) >= MOST_SENT:
            del self._sent[next(iter(self._sent))]
        is_prompt = effect.type is OrderType.MARKET or effect.oid in self._prompt
        self._prompt.discard(effect.oid)
        self._sent[effect.oid] = Sent(tallies=tallies, at=now, is_prompt=is_prompt)

    def _hear(self, oid: str, *, is_fill: bool = False) -> None:
        """Count the first word that the venue has an order, and its first fill, which is such a word too."""
        order = self._sent.get(oid)
        if order is None:
            return
        span = self._now() - order.at
        if not order.is_known:
            order.is_known = True
            order.tallies["ack"].note(span)
        if is_fill and order.is_prompt:
            order.tallies["fill"].note(span)
        if is_fill or not order.is_prompt:
            del self._sent[oid]

    # --- what others read ---------------------------------------------------------------------------------------

    def keep(self, now: int, *, is_last: bool = False) -> None:
        """Write the counts down where a second (of `now`, ns) has passed, or at the end.

        A disk without room for them stops nothing.
        """
        if not is_last and 0 <= now - self._at < EVERY_NS:
            return
        self._at = now
        with suppress(OSError):
            write_latencies(self._folder, Latencies(pid=os.getpid(), since=self._since, tallies=self.tallies))
