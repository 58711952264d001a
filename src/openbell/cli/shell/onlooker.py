"""Looks on while a run goes, at almost no cost, and lets a view draw it now and then."""

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from openbell.cli.shell.interrupt import Interrupt
from openbell.cli.shell.output import tell
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.effects import Alert, Effect

_SHARE = 60
"""A view rests this many times as long as it took to draw: less than 2 % of the engine's time."""
_KEPT = 8


class View(Protocol):
    """Draws what an onlooker has seen."""

    least_s: float
    """Shortest time between two drawings, seconds."""

    def draw(self, seen: "Onlooker") -> None:
        """Show how things stand."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Onlooker:
    """What a view needs to know, gathered event by event.

    Attributes:
        book: Of the run, None before its first event. fills, alerts: The latest, newest last.
        bars: Bars that the whole source holds. began: When looking began, seconds of `clock`.
    """

    def __init__(
        self, interrupt: Interrupt, bars: int, view: View | None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """Look on for `view`, None for nobody; `clock` counts seconds."""
        self.book: Book | None = None
        self.fills: deque[ev.Fill] = deque(maxlen=_KEPT)
        self.alerts: deque[tuple[int, Alert]] = deque(maxlen=_KEPT)
        self.bars = bars
        self.clock = clock
        self.began = clock()
        self._interrupt = interrupt
        self._view = view
        self._due = 0.0 if view is not None else float("inf")
        self._first = -1

    def watch(self, book: Book, event: ev.Event, effects: list[Effect]) -> None:
        """Take one finished step; a plain bar costs nothing but the call."""
        self.book = book
        if type(event) is ev.Bar and len(effects) < 2:
            return
        if book.dealt:
            self.fills.extend(one.fill for one in book.dealt if one.is_new)
        for effect in effects:
            if type(effect) is Alert:
                self.alerts.append((event.ts, effect))

    def is_interrupted(self) -> bool:
        """Return True once the run was asked to end; draw in passing when it is time."""
        now = self.clock()
        if now >= self._due:
            self._draw(now)
        return self._interrupt.is_set

    def _draw(self, now: float) -> None:
        if self._view is None or self.book is None:
            return
        self._view.draw(self)
        done = self.clock()
        self._due = done + max(self._view.least_s, (done - now) * _SHARE)

    @property
    def taken(self) -> int:
        """Bars taken over the whole life of the state."""
        return self.book.truth.counts.bars if self.book is not None else 0

    def pace(self) -> tuple[float, float | None]:
        """Return bars a second of this process, and the seconds left at it (None: unknown)."""
        if self._first < 0:
            self._first = self.taken
        elapsed = self.clock() - self.began
        rate = (self.taken - self._first) / elapsed if elapsed > 0.0 else 0.0
        return rate, (max(self.bars - self.taken, 0) / rate if rate > 0.0 else None)


class Lines:
    """Progress as a line to standard error now and then, for pipes and logs."""

    least_s = 5.0

    def draw(self, seen: Onlooker) -> None:
        """Write one line; the first only after the first five seconds."""
        if seen.clock() - seen.began >= self.least_s:
            rate, left = seen.pace()
            tell(progress_line(seen.taken, seen.bars, rate, left))
        else:
            seen.pace()

    def close(self) -> None:
        """Nothing is left open."""


def progress_line(taken: int, bars: int, rate: float, left: float | None, unit: str = "bars") -> str:
    """Return progress in words: ` 45 % · 120 of 266 bars · 25,000 bars/s · 0:00:06 left`."""
    share = 100 * taken // bars if bars else 100
    speed = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
    if taken and not bars:
        # Live data have no end to count to.
        return f"{taken:,} {unit} · {speed} {unit}/s"
    return f"{share:3d} % · {taken:,} of {bars:,} {unit} · {speed} {unit}/s · {span(left)} left"


def compiling_line(done: int, about: int, left: float | None) -> str:
    """Return progress of compiling in words, at most 99 %.

    As in ` 35 % · compiling, once for this version · 70 functions · 0:00:09 left`.
    """
    share = min(100 * done // about, 99) if about else 0
    return f"{share:3d} % · compiling, once for this version · {done:,} functions · {span(left)} left"


def span(seconds: float | None) -> str:
    """Return a length of time as `h:mm:ss`."""
    if seconds is None:
        return "?"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


class Meter:
    """Progress of a backtest or a study: lines, or on a terminal one that is written over."""

    def __init__(self, interrupt: Interrupt, bars: int, *, is_shown: bool, unit: str = "bars") -> None:
        """Count up to `bars` of a unit; shown on standard error or not at all."""
        self._interrupt = interrupt
        self._unit = unit
        self._bars = bars
        self._is_shown = is_shown
        self._is_terminal = sys.stderr.isatty()
        self._began = self._last = time.perf_counter()
        self._is_begun = False
        self._work, self._before = "", 0

    def __call__(self, taken: int) -> bool:
        """Show that `taken` events are done, now and then; return True once the run was asked to end."""
        taken = min(taken, self._bars)  # A few of the events are sessions.
        self._begin(self._unit, taken)
        self._say(lambda rate, left: progress_line(taken, self._bars, rate, left, self._unit), taken, self._bars)
        return self._interrupt.is_set

    def compiling(self, done: int, about: int) -> None:
        """Show, now and then, how many functions of about so many have been compiled."""
        self._begin("functions", done)
        self._say(lambda _, left: compiling_line(done, about, left), done, about)

    def _begin(self, work: str, done: int) -> None:
        """Measure anew where other work begins: bars are not as slow as the compiler before them."""
        if self._work not in ("", work):
            self._began, self._before = time.perf_counter(), done
        self._work = work

    def _say(self, line: Callable[[float, float | None], str], done: int, whole: int) -> None:
        """Show a line, made of the work done each second and the seconds left, when it is time for the next."""
        now = time.perf_counter()
        if not self._is_shown or now - self._last < (0.2 if self._is_terminal else Lines.least_s):
            return
        self._last, self._is_begun = now, True
        rate = (done - self._before) / max(now - self._began, 1e-9)
        text = line(rate, (whole - done) / rate if rate else None)
        tell(f"\r\x1b[2K{text}" if self._is_terminal else text, end="" if self._is_terminal else "\n")

    def close(self) -> None:
        """Wipe the line."""
        if self._is_begun and self._is_terminal:
            tell("\r\x1b[2K", end="")
