"""The market of a front: bars, played in pieces by the clock."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from openbell.core.events import Bar
from openbell.core.types import NS

PIECES, LEAST_PIECES = 60, 4
"""Pieces of a bar: as many as seconds in a minute, fewer where the clock is too fast, more where it is slow."""
_LEAST_NS, _MOST_NS = NS // 100, NS // 2
"""A piece by the clock: whoever has just come waits no longer for the first price."""
_DIGITS = 9


class Stall(Protocol):
    """What a front does with the pieces."""

    def steps(self, symbol: str) -> int:
        """Return the price steps in one unit of the symbol's currency: no piece is finer."""

    def lot(self, symbol: str) -> float:
        """Return the units in which its volume is counted."""

    def show(self, piece: Bar, *, is_end: bool) -> None:
        """Match and tell one piece of a bar, the last one of it where `is_end`."""

    def finish(self, ts: int, *, is_end: bool) -> None:
        """Take note that all pieces up to an instant (UTC ns) have been played.

        Bars have been played to their end where `is_end`.
        """


class Market:
    """Plays a source at a stall.

    Attributes:
        stall: Where. played: Bars played to their end so far. count: Pieces of a bar. gap: Between two pieces, ns.
    """

    def __init__(
        self,
        stall: Stall,
        instants: Iterator[list[Bar]],
        pace: tuple[int, float],
        is_heard: Callable[[], bool] = lambda: True,
    ) -> None:
        """Play the bars of each instant together, at a pace: their length (ns), times the clock.

        While `is_heard` says that nobody listens to its prices the market stands still.
        """
        self.stall = stall
        self._is_heard = is_heard
        self._instants = instants
        self._span, speed = pace
        real = int(self._span / speed) if speed else self._span
        slow = real // _MOST_NS if speed else 0
        self.count = max(min(PIECES, real // _LEAST_NS), slow, LEAST_PIECES)
        self.gap = max(real // self.count, NS // 10_000)
        self.played = 0
        self._bars: list[Bar] = []
        self._place = self.count

    def play(self, begin: int) -> bool:
        """Play the next piece, which begins at `begin` (UTC ns); False behind the last."""
        if self._place >= self.count:
            self._bars, self._place = next(self._instants, []), 0
        if not self._bars:
            return False
        self._place += 1
        is_end, end = self._place == self.count, begin + self.gap
        for bar in self._bars:
            piece = piece_of(bar, self._place - 1, self.count, self.stall.steps(bar.instrument))
            volume = volume_of(bar, self._place - 1, self.count, self.stall.lot(bar.instrument))
            piece = msgspec.structs.replace(piece, ts=end, interval=self.gap, volume=volume)
            self.stall.show(piece, is_end=is_end)
        if is_end:
            self.played += len(self._bars)
        self.stall.finish(end, is_end=is_end)
        return True

    def play_whole(self, begin: int) -> bool:
        """Play what is left of a bar, or the next one, at `begin` (UTC ns); False behind the last."""
        is_done = self.play(begin)
        while is_done and self._place < self.count:
            self.play(begin)
        return is_done

    async def run(self, now: Callable[[], int]) -> None:
        """Play piece after piece until the source ends, by the clock `now` (UTC ns).

        At the clock's own pace bars begin where the clock's minutes do: of the first one only the rest is played. A
        market that stood still goes on from where it stood.
        """
        begin = now()
        if self.gap * self.count == self._span:
            begin -= begin % self.gap
            self._bars, self._place = next(self._instants, []), begin % self._span // self.gap
        while True:
            while not self._is_heard():
                await asyncio.sleep(_LEAST_NS / NS)
                begin = now()
            await asyncio.sleep(max(begin + self.gap - now(), 0) / NS)
            if not self.play(begin):
                return
            begin += self.gap


def piece_of(bar: Bar, place: int, count: int, steps: int) -> Bar:
    """Return a piece of a bar, so that all its pieces make the bar.

    The price goes in straight lines from the open over the nearer extreme and the other one to the close.

    Args:
        bar: What is cut.
        place: Which piece, from 0.
        count: Pieces in all, at least four.
        steps: Price steps in one USD: no piece is finer.
    """
    low_first = bar.close >= bar.open
    points = [bar.open, *((bar.low, bar.high) if low_first else (bar.high, bar.low)), bar.close]
    start, end = _way(points, place, count, steps), _way(points, place + 1, count, steps)
    return msgspec.structs.replace(bar, open=start, close=end, high=max(start, end), low=min(start, end))


def volume_of(bar: Bar, place: int, count: int, lot: float) -> float:
    """Return what trades in a piece of a bar, in whole lots and at least one."""
    lots = bar.volume / lot
    return round(max(lots * (place + 1) // count - lots * place // count, 1.0) * lot, _DIGITS)


def _way(points: list[float], place: int, count: int, steps: int) -> float:
    """Return the price at a place of the path, whose corners lie at 0, a quarter, three quarters and the end."""
    corners = [0, count // 4, count - count // 4, count]
    if place in corners:
        return points[corners.index(place)]
    leg = sum(place > corner for corner in corners) - 1
    share = (place - corners[leg]) / (corners[leg + 1] - corners[leg])
    return round(round((points[leg] + (points[leg + 1] - points[leg]) * share) * steps) / steps, _DIGITS)
