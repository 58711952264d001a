"""The inbox of a live run: what came in and was not taken yet, bounded.

Each kind by its own policy.

Words of a venue (executions, orders, states, links) are never dropped: where too many wait, the lines stop reading. Of
quotes only the latest of each instrument waits, and one a second is taken of each, so that a stream of them neither
fills the journal nor keeps the engine from its bars; a strategy that decides on quotes gets each latest one at once. Of
bars so many wait; beyond that the instrument with the most of them keeps its newest alone, so that the others stay
whole, and the engine is told that its data were refused as stale.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from operator import itemgetter

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS

MOST_WORDS = 10_000
"""Words of venues that may wait before the lines stop reading."""
MOST_BARS = 10_000
QUOTE_GAP_NS = NS
"""Between two quotes of one instrument that are taken."""
PAUSE_EVERY = 16
"""Frames of quotes that a line reads before the engine may take one."""


class Inbox:
    """What waits to be taken.

    Attributes:
        conflated: Quotes replaced by a later one before they were taken. dropped: Bars dropped, by instrument.
    """

    def __init__(
        self,
        now: Callable[[], int],
        most_words: int = MOST_WORDS,
        most_bars: int = MOST_BARS,
        eager: frozenset[str] = frozenset(),
    ) -> None:
        """Begin empty; quotes of `eager` instruments are taken as soon as they are there. `now`: A steady clock, ns."""
        self.conflated = 0
        self.dropped: Counter[str] = Counter()
        self._heard = 0
        self._most_words, self._most_bars = most_words, most_bars
        self._words: deque[ev.Event] = deque()
        self._missed: deque[ev.Bar] = deque()
        self._bars: deque[ev.Bar] = deque()
        self._now = now
        self._eager = eager
        self._quotes: dict[str, ev.Quote] = {}
        self._early: dict[str, ev.Quote | None] = {}
        self._recent: deque[tuple[int, str]] = deque()
        self._something = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()

    def __len__(self) -> int:
        """Return how much waits."""
        early = sum(quote is not None for quote in self._early.values())
        return len(self._words) + len(self._missed) + len(self._bars) + len(self._quotes) + early

    def put(self, events: Iterable[ev.Event]) -> None:
        """Take in what came, in its order."""
        for event in events:
            if isinstance(event, ev.Quote):
                if not self._put_quote(event):
                    continue
            elif isinstance(event, ev.Bar):
                self._put_bar(event)
            else:
                self._words.append(event)
            self._something.set()
        if len(self._words) >= self._most_words:
            self._has_room.clear()

    def put_missed(self, bars: Iterable[ev.Bar]) -> None:
        """Take in bars that belong before all that wait; none of them is dropped."""
        self._missed.extend(bars)
        self._something.set()

    def _put_quote(self, quote: ev.Quote) -> bool:
        """Keep the latest quote of an instrument; return True where it may be taken already."""
        symbol = quote.instrument
        if symbol in self._early:
            self.conflated += self._early[symbol] is not None
            self._early[symbol] = quote
            return False
        self.conflated += symbol in self._quotes
        self._quotes[symbol] = quote
        return True

    def _take_quote(self) -> ev.Quote | None:
        """Return the quote that has waited longest of those whose second is over."""
        now = self._now()
        while self._recent and self._recent[0][0] <= now:
            _, symbol = self._recent.popleft()
            quote = self._early.pop(symbol)
            if quote is not None:
                self._quotes[symbol] = quote
        if not self._quotes:
            return None
        symbol = next(iter(self._quotes))
        if symbol not in self._eager:
            self._early[symbol] = None
            self._recent.append((now + QUOTE_GAP_NS, symbol))
        return self._quotes.pop(symbol)

    def _put_bar(self, bar: ev.Bar) -> None:
        self._bars.append(bar)
        if len(self._bars) > self._most_bars:
            self._shed()

    def _shed(self) -> None:
        """Let the instrument with the most bars waiting keep its newest alone; without two, the oldest bar goes."""
        waiting = Counter(bar.instrument for bar in self._bars)
        symbol, count = max(waiting.items(), key=itemgetter(1))
        if count == 1:
            self._tell_dropped(self._bars.popleft(), 1)
            return
        newest = next(bar for bar in reversed(self._bars) if bar.instrument == symbol)
        self._bars = deque(bar for bar in self._bars if bar.instrument != symbol or bar is newest)
        self._tell_dropped(newest, count - 1)

    def _tell_dropped(self, bar: ev.Bar, count: int) -> None:
        symbol = bar.instrument
        self.dropped[symbol] += count
        self._words.append(
            ev.BadData(ts=bar.ts, instrument=symbol, code=Code.STALE_DATA, value=bar.close.hex(), interval=bar.interval)
        )

    def take(self) -> ev.Event | None:
        """Return the next event: words of venues first, then bars, then quotes.

        None where nothing waits.
        """
        if self._words:
            event: ev.Event = self._words.popleft()
            if 2 * len(self._words) < self._most_words:
                self._has_room.set()
            return event
        if self._missed or self._bars:
            return (self._missed or self._bars).popleft()
        quote = self._take_quote()
        if quote is None:
            self._something.clear()
        return quote

    def nudge(self) -> None:
        """End a wait although nothing came in: something else wants to be looked at."""
        self._something.set()

    async def room(self) -> None:
        """Wait until words of venues may come in again; let the engine go first at times.

        A line whose socket is always full would read for long without a pause, and a bar would wait for all of it.
        """
        self._heard += 1
        if self._words or self._bars or self._heard % PAUSE_EVERY == 0:
            await asyncio.sleep(0)
        await self._has_room.wait()

    async def wait(self, timeout_s: float) -> None:
        """Wait until something is there, at most so long."""
        try:
            async with asyncio.timeout(max(timeout_s, 0.0)):
                await self._something.wait()
        except TimeoutError:
            return
