"""The only clock: wall time for labels and pacing. Decisions never see it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where wall time comes from."""

    def now(self) -> int:
        """Return UTC time, ns since 1970."""

    def sleep(self, span: int) -> None:
        """Wait for `span` ns."""

    def grown(self) -> int:
        """Return ns of a clock that nobody sets: from some beginning, and only ever more."""


class WallClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Return UTC time, ns since 1970."""
        return time.time_ns()

    def sleep(self, span: int) -> None:
        """Wait for `span` ns; not at all for a negative one."""
        if span > 0:
            time.sleep(span / 1e9)

    def grown(self) -> int:
        """Return ns of a clock that nobody sets."""
        return time.monotonic_ns()


class FakeClock:
    """A clock that moves only when told to: sleeping moves it at once."""

    def __init__(self, now: int = 0) -> None:
        """Start at `now` (UTC ns)."""
        self._now = now
        self.slept: list[int] = []

    def now(self) -> int:
        """Return the time it stands at, UTC ns."""
        return self._now

    def sleep(self, span: int) -> None:
        """Move forward by `span` ns and remember having been asked."""
        self.slept.append(span)
        self._now += max(span, 0)

    def grown(self) -> int:
        """Return the time it stands at, ns."""
        return self._now


class Steady:
    """UTC time that never goes back.

    Where the clock behind it was set back, it goes on at half the pace until that one has caught up: timers still come,
    and what is told to the venue comes right by itself.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin at the time that `clock` tells."""
        self._clock = clock
        self._at, self._grown, self._odd = clock.now(), clock.grown(), 0

    def now(self) -> int:
        """Return UTC time, ns since 1970."""
        grown = self._clock.grown()
        half, self._odd = divmod(grown - self._grown + self._odd, 2)
        self._grown = grown
        self._at = max(self._clock.now(), self._at + half)
        return self._at

    def lift(self, at: int) -> int:
        """Return the time, from now on `at` (UTC ns) at least."""
        self._at = max(self.now(), at)
        return self._at

    def sleep(self, span: int) -> None:
        """Wait for `span` ns."""
        self._clock.sleep(span)

    def grown(self) -> int:
        """Return ns of a clock that nobody sets."""
        return self._clock.grown()


class Pace:
    """Holds virtual time back to a multiple of wall time."""

    def __init__(self, clock: Clock, speed: float | None) -> None:
        """Run `speed` times as fast as the clock, as fast as possible for None."""
        self._clock = clock
        self._speed = speed
        self._start: tuple[int, int] | None = None

    def delay(self, ts: int) -> int:
        """Return how long (ns) to wait before taking an event of virtual time `ts` (ns).

        0 or less is for not at all.
        """
        if self._speed is None:
            return 0
        now = self._clock.grown()
        if self._start is None:
            self._start = (now, ts)
            return 0
        wall, virtual = self._start
        return wall + int((ts - virtual) / self._speed) - now
