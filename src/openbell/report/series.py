"""Curves and bars in bounded memory: neighbours are joined, extremes and ends are kept."""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from openbell.core.account import Account
from openbell.core.events import Bar

MAX_POINTS = 4_000
"""Points of one equity curve; a bucket has two, its lowest and its highest."""
MAX_BARS = 3_000
"""Bars of one instrument's chart."""
MAX_WAITING = 64
"""Bars that wait to be joined to a block."""


class Point(NamedTuple):
    """Equity of an account at `ts` (ns) and the peak it is measured from, base currency."""

    ts: int
    equity: Decimal
    peak: Decimal


class Curve:
    """Equity of one account, a point for each change until there are too many.

    Then each bucket of `spacing` changes keeps its lowest and its highest point. The first point, the last one and
    the one of the deepest fall are always there.
    """

    __slots__ = ("_filled", "_high", "_low", "_trough", "account", "buckets", "deepest", "equity", "first", "limit",
                 "spacing")  # fmt: skip

    def __init__(self, account: Account, ts: int, limit: int = MAX_POINTS) -> None:
        """Begin with what the account is worth at `ts` (ns); keep about `limit` points."""
        self.account = account
        self.equity = account.equity
        self.first = Point(ts, account.equity, account.peak)
        self.deepest = self.first
        self._trough = account.trough
        self.buckets: list[tuple[Point, Point]] = []
        self.limit = limit
        self.spacing = 1
        self._filled = 0
        self._low = self._high = self.first

    def add(self, ts: int) -> None:
        """Take the account's equity after a change at `ts` (ns)."""
        account = self.account
        equity = self.equity = account.equity
        if account.trough is not self._trough:
            self._trough = account.trough
            self.deepest = Point(ts, account.trough, account.drawdown_peak)
        if not self._filled:
            self._low = self._high = Point(ts, equity, account.peak)
        elif equity < self._low[1]:
            self._low = Point(ts, equity, account.peak)
        elif equity > self._high[1]:
            self._high = Point(ts, equity, account.peak)
        self._filled += 1
        if self._filled == self.spacing:
            self.buckets.append((self._low, self._high))
            self._filled = 0
            if 2 * len(self.buckets) >= self.limit:
                self._thin()

    def _thin(self) -> None:
        pairs = zip(self.buckets[::2], self.buckets[1::2], strict=False)
        joined = [(_lower(a[0], b[0]), _higher(a[1], b[1])) for a, b in pairs]
        # An odd one out waits in the open bucket, so that none is lost.
        self.spacing *= 2
        if len(self.buckets) % 2:
            self._low, self._high = self.buckets[-1]
            self._filled = self.spacing // 2
        self.buckets = joined

    def points(self, ts: int) -> list[Point]:
        """Return the points in order of time, the last one at `ts` (ns) with the equity of now."""
        open_bucket = [(self._low, self._high)] if self._filled else []
        found = [self.first]
        for low, high in self.buckets + open_bucket:
            pair = (low, high) if low.ts <= high.ts else (high, low)
            found.extend(pair if low is not high else pair[:1])
        found.append(self.deepest)
        found.sort(key=lambda point: point.ts)
        last = Point(max(ts, found[-1].ts), self.account.equity, self.account.peak)
        unique = [point for before, point in zip([None, *found], found, strict=False) if point != before]
        return unique if unique[-1] == last else [*unique, last]


def _lower(a: Point, b: Point) -> Point:
    return b if b.equity < a.equity else a


def _higher(a: Point, b: Point) -> Point:
    return b if b.equity > a.equity else a


class Block(msgspec.Struct, frozen=True, gc=False):
    """Some neighbouring bars as one.

    There may be thousands for each of many instruments, which the collector of cycles need not look through.

    Attributes:
        open_ts, ts: Instants of its open and close, ns.
        open, high, low, close: Prices in quote currency. volume: Units traded.
    """

    open_ts: int
    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class BarSeries:
    """Bars of one instrument and one interval, joined to larger ones when there are too many.

    Attributes:
        interval: Length of the bars taken, ns; 0 takes the length of the first that comes.
        span: Bars in each finished block. blocks: Finished ones.
    """

    __slots__ = ("_close", "_counted", "_fill", "_high", "_left", "_low", "_open", "_open_ts", "_ts", "_volume",
                 "_waiting", "blocks", "interval", "limit", "span")  # fmt: skip

    def __init__(self, interval: int, limit: int = MAX_BARS) -> None:
        """Take bars of `interval` (ns) and keep at most `limit` of them."""
        self.interval = interval
        self.limit = limit
        self.span = 1
        self.blocks: list[Block] = []
        self._left = 1
        self._counted = 0
        # Bars are joined to the unfinished block several at a time, `_fill` of them: that takes half as long.
        self._waiting: list[Bar] = []
        self._fill = 1
        self._open_ts = self._ts = 0
        self._open = self._high = self._low = self._close = self._volume = 0.0

    def add(self, bar: Bar) -> None:
        """Take the next bar; one of another interval is left out."""
        if bar.interval != self.interval and not self._is_ours(bar):
            return
        waiting = self._waiting
        waiting.append(bar)
        if len(waiting) == self._fill:
            self._join()

    @property
    def count(self) -> int:
        """Bars taken so far."""
        return self._counted + len(self._waiting)

    def _join(self) -> None:
        """Take what waits into the unfinished block; it never reaches beyond that block's end."""
        bars, self._waiting = self._waiting, []
        first, last = bars[0], bars[-1]
        if self._left == self.span:
            self._open_ts, self._open, self._volume = first.ts - first.interval, first.open, 0.0
            self._high, self._low = first.high, first.low
        high, low, volume = self._high, self._low, self._volume
        for bar in bars:
            if bar.high > high:
                high = bar.high
            if bar.low < low:
                low = bar.low
            if bar.volume >= 0.0:
                volume += bar.volume
        self._high, self._low, self._volume = high, low, volume
        self._ts, self._close = last.ts, last.close
        self._counted += len(bars)
        self._left -= len(bars)
        if not self._left:
            self._finish()
        self._fill = min(self._left, MAX_WAITING)

    def _is_ours(self, bar: Bar) -> bool:
        if not self.interval:
            self.interval = bar.nominal or bar.interval
        return (bar.nominal or bar.interval) == self.interval

    def _now(self) -> Block:
        return Block(self._open_ts, self._ts, self._open, self._high, self._low, self._close, self._volume)

    def _finish(self) -> None:
        self.blocks.append(self._now())
        self._left = self.span
        if len(self.blocks) >= self.limit:
            self._thin()

    def _thin(self) -> None:
        odd = self.blocks[-1] if len(self.blocks) % 2 else None
        self.blocks = halve(self.blocks[:-1] if odd else self.blocks)
        self.span *= 2
        self._left = self.span
        if odd is not None:
            self._open_ts, self._ts, self._volume = odd.open_ts, odd.ts, odd.volume
            self._open, self._high, self._low, self._close = odd.open, odd.high, odd.low, odd.close
            self._left = self.span // 2

    def all_blocks(self) -> list[Block]:
        """Return every block in order of time, the unfinished one last."""
        if self._waiting:
            self._join()
        return [*self.blocks, self._now()] if self._left < self.span else list(self.blocks)


def halve(blocks: list[Block]) -> list[Block]:
    """Return the blocks joined two by two; an odd last one stays as it is."""
    joined = [join(a, b) for a, b in zip(blocks[::2], blocks[1::2], strict=False)]
    return [*joined, blocks[-1]] if len(blocks) % 2 else joined


def join(a: Block, b: Block) -> Block:
    """Return two neighbouring blocks as one."""
    return Block(a.open_ts, b.ts, a.open, max(a.high, b.high), min(a.low, b.low), b.close, a.volume + b.volume)
