"""An engine and a venue that hand each other their frames, with nothing between them that waits.

Everything of an order's way that is ours is there, and done in the same order each time: a frame is read, the engine
decides, its journal is written, the order becomes a frame. Sockets, threads and the clock are not.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any, Self

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import DAY_NS, MINUTE_NS, NS, Instrument
from openbell.edges.brokers import plain
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.plain import codec
from openbell.edges.brokers.plain.session import Session
from openbell.edges.brokers.plain.session import Terms as Ours
from openbell.edges.brokers.plain.snapshot import Memory
from openbell.edges.journal import Options
from openbell.edges.journal.faulty import FaultyDisk
from openbell.parts.venue.options import VenueOptions
from openbell.run import assemble
from openbell.run.recover import start
from openbell.run.source import Source
from openbell.run.traces import Call, around
from openbell.wire.plain import request as rq
from openbell.wire.plain.clerk import Push
from openbell.wire.plain.desk import Desk, Terms
from openbell.wire.plain.hands import framed
from openbell.wire.plain.market import Market

QUIET = Options(is_background=False, is_compressing=False)
"""A journal without a thread of its own."""
EPOCH = 1_700_006_400 * NS
_DATE = "2023-11-15"


class Calls:
    """Counts the functions that this thread calls, Python's and C's; the same work makes the same number.

    Attributes:
        made: So far.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.made = 0

    def _hear(self, frame: FrameType, what: str, _: Any) -> None:
        if what in ("call", "c_call"):
            self.made += 1

    def __enter__(self) -> Self:
        """Count from now on."""
        sys.setprofile(self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        """Count no more."""
        sys.setprofile(None)


class Lap(msgspec.Struct):
    """What was called on the way of one bar.

    Attributes:
        signal: From its frame to the strategy's word. wires: From that word to the frame of each order it led to.
    """

    signal: int = 0
    wires: list[int] = []


class Frames:
    """A run at a plain venue of this process.

    Attributes:
        laps: Of each bar that a strategy was asked about. stops: Calls from the frame of each execution of an entry to
            the frame of its stop.
    """

    def __init__(self, folder: Path, text: str, bars: Iterator[list[ev.Bar]]) -> None:
        """Join an engine of a configuration to a venue that plays `bars`."""
        file = folder / "run.yaml"
        file.write_text(text, encoding="utf-8")
        self.calls = Calls()
        self.laps: list[Lap] = []
        self.stops: list[int] = []
        self.time = EPOCH
        self._begun = self._said = 0
        self._event: ev.Event | None = None
        self._frames: deque[str] = deque()
        self._asked: deque[str] = deque()
        loaded, found = assemble.read(file, {})
        prepared = assemble.prepare(loaded, found)
        made = {symbol: Instrument(symbol=symbol) for symbol in prepared.spec.instruments}
        self.desk = Desk(Terms(), made, VenueOptions())
        self.log = SimpleNamespace(write=lambda *_: None)
        self.market = Market(self, bars)  # type: ignore[arg-type]  # it asks for time, desk, log and `publish` alone
        strategies = {name: around(one, self._timed) for name, one in prepared.strategies.items()}
        prepared = msgspec.structs.replace(prepared, strategies=strategies)
        source = Source(tables=[], schedule=[], digest="live", notes=(), start=EPOCH)
        self.started = start(prepared, FaultyDisk(), source, QUIET)  # type: ignore[arg-type]  # a disk in memory
        self.book, self.loop = self.started.engine.book, self.started.loop
        self.loop.ports.venues["main"].transport = self  # type: ignore[attr-defined]  # it is one of outside
        terms = Ours(name="main", number="PLAIN-0001", mode="paper", key="", timeout=DAY_NS, silence=DAY_NS,
                     streams=tuple((symbol, DAY_NS) for symbol in made))  # fmt: skip
        limits = plain.LIMITS
        budget = Budget(limits["rate"], limits["burst"], limits["reserve"])
        self.session = Session(terms, Memory(after=EPOCH), budget, 1, EPOCH)
        hours = ev.Schedule(
            ts=EPOCH, calendar="24x7", date=_DATE, open=EPOCH, close=EPOCH + 1000 * DAY_NS, is_open=True
        )
        self.loop.take(hours)
        self._speak()

    def close(self) -> None:
        """Close the journal."""
        self.started.journal.close()

    def play(self, instants: int) -> None:
        """Let the market go on, a minute at a time, and count what is called on the engine's side of the frames."""
        for _ in range(instants):
            self.time += MINUTE_NS
            # What is due in between is done in between, as by a clock that does not jump.
            self.loop.catch_up(self.time - 1)
            self._speak()
            self.market.play(1)
            self._speak()

    # --- what the venue hands over ------------------------------------------------------------------------------

    def publish(self, pushes: list[Push]) -> None:
        """Take what the venue announces."""
        for push in pushes:
            if push.stream != "quotes":
                self._frames.append(msgspec.json.encode(framed(push).body).decode())

    def _answer(self, text: str) -> None:
        """Let the venue answer a frame."""
        request = rq.parse(text)
        said = self.desk.ask(request, self.time)
        self._frames.append(msgspec.json.encode({"re": request.id, **said.reply}).decode())
        self.publish(said.pushes)

    # --- what the engine's side does ----------------------------------------------------------------------------

    def _speak(self) -> None:
        self._send_out()
        while self._frames:
            self._hear(self._frames.popleft())
            self._send_out()

    def _hear(self, text: str) -> None:
        with self.calls as calls:
            self._begun = calls.made
            for event in self.session.receive(text, self.time):
                self._event = event
                is_bar = isinstance(event, ev.Bar)
                ts = event.ts if is_bar else max(self.book.truth.ts + 1, self.time)
                self.loop.take(event if is_bar else msgspec.structs.replace(event, ts=ts))
                self._event = None

    def send(self, effect: fx.Effect, ts: int) -> None:
        """Take an effect, as a line does, and make a frame of it."""
        self.session.take(effect, self.time)
        made = self._next_frame()
        if made is None:
            return
        if isinstance(effect, fx.Submit) and isinstance(self._event, ev.Bar):
            self.laps[-1].wires.append(self.calls.made - self._said)
        elif isinstance(effect, fx.Submit) and isinstance(self._event, ev.Fill):
            self.stops.append(self.calls.made - self._begun)
        self._asked.append(made)

    def _next_frame(self) -> str | None:
        asked = self.session.mail.next_out(self.time)
        return codec.frame(asked) if asked is not None else None

    def _send_out(self) -> None:
        while self._asked:
            self._answer(self._asked.popleft())
        while (made := self._next_frame()) is not None:
            self._answer(made)

    def _timed(self, call: Call) -> Call:
        def timed(*given: Any) -> Any:
            said = call(*given)
            self._said = self.calls.made
            self.laps.append(Lap(signal=self._said - self._begun))
            return said

        return timed


def walk(symbol: str, prices: Callable[[int], float]) -> Iterator[list[ev.Bar]]:
    """Yield a bar of a minute of one symbol after another, flat at each price."""
    for n in count():
        px = prices(n)
        yield [ev.Bar(ts=0, instrument=symbol, open=px, high=px, low=px, close=px, volume=1e6, interval=MINUTE_NS)]
