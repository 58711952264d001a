"""Prices: what has been quoted and traded, and the bars made of it."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from openbell.core.events import Bar
from openbell.core.types import DAY_NS, MINUTE_NS, NS

KEPT, KEPT_IN_ALL, LEAST_KEPT = 10_000, 200_000, 500
"""Quotes and trades that are kept: at most of each symbol and of all together, and of each in any case."""
FIRST = 1_000_000
"""Number of the last trade before the doors opened: those before it count down from it."""
HOUR_NS = 60 * MINUTE_NS
_CORNERS = 4
"""Trades that a minute before the doors opened is said to have had: its open, its extremes, its close."""
_FINEST, _CENT, _DIGITS = 100_000, 0.01, 9
_HOURS_KEPT = 4_096
Ahead = Callable[[int], int]
"""How far a place's clocks are ahead of UTC at an instant, both ns."""


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """What was quoted and traded at one instant.

    Attributes:
        time: UTC ns. bid, ask, last: Prices, USD. size: Units traded and shown on either side. number: Of the trade.
    """

    time: int
    bid: float
    ask: float
    last: float
    size: float
    number: int


class Tape:
    """The prices of every symbol.

    Attributes:
        symbols: Which. ticks: The latest, by symbol. bars: Finished minutes since the doors opened, by symbol.
        building: The minute that is still open, by symbol.
        length: Of a minute on the front's clock, ns; 0 where nobody has said.
    """

    def __init__(
        self,
        symbols: Iterable[str],
        past: Callable[[str], list[Bar]],
        older: Callable[[str, float], list[Bar]] = lambda *_: [],
        recorded: Callable[[str], list[Bar]] = lambda _: [],
    ) -> None:
        """Begin without ticks.

        Args:
            symbols: What there is.
            past: Tells the minutes before, oldest first.
            older: Tells the hours before those, oldest first, the last of which ends at a price.
            recorded: Tells minutes of another time, oldest first, for those who ask for that time.
        """
        self.symbols = tuple(symbols)
        most = min(KEPT, max(KEPT_IN_ALL // max(len(self.symbols), 1), LEAST_KEPT))
        self.ticks: dict[str, deque[Tick]] = {symbol: deque(maxlen=most) for symbol in self.symbols}
        self.bars: dict[str, list[Bar]] = {symbol: [] for symbol in self.symbols}
        self.building: dict[str, Bar] = {}
        self.length = 0
        self._past = past
        self._older = older
        self._recorded = recorded
        self._known: dict[str, list[Bar]] = {}
        self._hours: dict[str, list[Bar]] = {}
        self._archive: dict[str, list[Bar]] = {}

    def last(self, symbol: str) -> Tick | None:
        """Return the latest tick, None before the first."""
        found = self.ticks[symbol]
        return found[-1] if found else None

    def minutes(self, symbol: str) -> list[Bar]:
        """Return every minute that is known, the open one last."""
        if symbol not in self._known:
            self._known[symbol] = self._past(symbol)
        opened = self.building.get(symbol)
        return [*self._known[symbol], *self.bars[symbol], *([opened] if opened is not None else [])]

    def archive(self, symbol: str) -> list[Bar]:
        """Return minutes of another time, oldest first.

        They are told to those who ask for that time, and are part of no day, mean or change of today.
        """
        if symbol not in self._archive:
            self._archive[symbol] = self._recorded(symbol)
        return self._archive[symbol]

    def hours(self, symbol: str) -> list[Bar]:
        """Return the hours before the first minute, oldest first.

        No finer bars are known of that time.
        """
        if symbol not in self._hours:
            minutes = self.minutes(symbol)
            self._hours[symbol] = self._older(symbol, minutes[0].open) if minutes else []
        return self._hours[symbol]

    def earlier(self, symbol: str, since: int, until: int = 0, number: int = 0) -> list[Tick]:
        """Return trades before the doors opened, oldest first: four for each minute.

        Args:
            symbol: Of what.
            since: Not those before this instant, UTC ns.
            until: Nor those after this one, 0 for no end.
            number: Not those before this one.
        """
        self.minutes(symbol)
        known = self.archive(symbol) or self._known[symbol]
        low = bisect_left(known, since - MINUTE_NS, key=lambda bar: bar.open_ts)
        high = bisect_right(known, until, key=lambda bar: bar.open_ts) if until else len(known)
        begin = FIRST - _CORNERS * len(known)
        low = max(low, (number - begin - 1) // _CORNERS)
        made = [tick for place in range(low, high) for tick in _corners(known[place], begin + _CORNERS * place)]
        return [one for one in made if since <= one.time and one.number >= number and (not until or one.time <= until)]

    def add(self, symbol: str, tick: Tick, piece: Bar, *, is_end: bool) -> Bar | None:
        """Note a tick and the piece that it ends; return the bar where that is its last piece."""
        self.ticks[symbol].append(tick)
        if self.length == MINUTE_NS and symbol not in self.building:
            # The doors opened in the middle of a minute: it is told with its own beginning.
            piece = msgspec.structs.replace(piece, interval=piece.ts - begin_of(piece.open_ts, "Min", 1))
        self.building[symbol] = joined(self.building[symbol], piece) if symbol in self.building else piece
        if not is_end:
            return None
        done = self.building.pop(symbol)
        self.bars[symbol].append(done)
        return done


def _corners(bar: Bar, before: int) -> list[Tick]:
    """Return the trades of a minute, numbered behind `before`: they share its volume."""
    middle = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
    scale = 1 if bar.volume == int(bar.volume) else _FINEST
    each, rest = divmod(round(bar.volume * scale), _CORNERS)
    found = []
    for place, px in enumerate((bar.open, *middle, bar.close)):
        step = _CENT if px >= 1 else _CENT / 100
        size = max(each + (rest if place == _CORNERS - 1 else 0), 1) / scale
        found.append(Tick(
            time=bar.open_ts + place * bar.interval // _CORNERS, bid=round(px - step, _DIGITS),
            ask=round(px + step, _DIGITS), last=px, size=size, number=before + place + 1,
        ))  # fmt: skip
    return found


def joined(a: Bar, b: Bar) -> Bar:
    """Return two neighbouring bars as one."""
    return msgspec.structs.replace(
        a, ts=b.ts, high=max(a.high, b.high), low=min(a.low, b.low), close=b.close, volume=a.volume + b.volume,
        interval=b.ts - a.open_ts,
    )  # fmt: skip


def seconds(ticks: Iterable[Tick], symbol: str) -> list[Bar]:
    """Return ticks as bars of a second each, oldest first; a second without a trade has none."""
    found: list[Bar] = []
    for tick in ticks:
        # A tick stands at the end of the piece that it ends.
        end = -(-tick.time // NS) * NS
        bar = Bar(ts=end, instrument=symbol, open=tick.last, high=tick.last, low=tick.last, close=tick.last,
                  volume=tick.size, interval=NS)  # fmt: skip
        if found and found[-1].ts == end:
            found[-1] = joined(found[-1], bar)
        else:
            found.append(bar)
    return found


def coarser(bars: Iterable[Bar], span: str, count: int, ahead: Ahead = lambda _: 0) -> list[Bar]:
    """Return minutes as bars of `count` times a `span`, each beginning on its grid.

    A span is Min, Hour, Day, Week or Month. Days begin where they do in a place that is so far `ahead` of UTC.
    """
    found: list[Bar] = []
    place = -1
    for bar in bars:
        here = ahead(bar.open_ts)
        label = begin_of(bar.open_ts + here, span, count)
        if label == place:
            found[-1] = joined(found[-1], bar)
        else:
            place = label
            # A week or a month may begin before the clocks are changed.
            found.append(msgspec.structs.replace(bar, interval=bar.ts - label + ahead(label - here)))
    return found


def ahead_in(place: ZoneInfo) -> Ahead:
    """Return how far the clocks of a place are ahead of UTC."""

    @lru_cache(_HOURS_KEPT)
    def of_hour(hour: int) -> int:
        there = datetime.fromtimestamp(hour * (HOUR_NS // NS), place).replace(tzinfo=UTC)
        return int(there.timestamp()) * NS - hour * HOUR_NS

    return lambda ns: of_hour(ns // HOUR_NS)


_GRID = {"Min": MINUTE_NS, "Hour": HOUR_NS, "Day": DAY_NS}


def end_of(ns: int, span: str, count: int) -> int:
    """Return where the bar ends that an instant falls into, both UTC ns; as `begin_of`."""
    begin = begin_of(ns, span, count)
    if span in _GRID:
        return begin + count * _GRID[span]
    # No month is longer than 31 days, and none of these is shorter than the next one's first days.
    return begin_of(begin + (7 if span == "Week" else 31 * count) * DAY_NS, span, count)


def begin_of(ns: int, span: str, count: int) -> int:
    """Return where the bar begins that an instant falls into, both UTC ns.

    It is `count` times a Min, Hour, Day, Week or Month long. Weeks begin on Monday, months where a year divides.
    """
    if span in _GRID:
        return ns - ns % (count * _GRID[span])
    day = datetime.fromtimestamp(ns // NS, UTC).date()
    if span == "Week":
        return ns - ns % DAY_NS - day.weekday() * DAY_NS
    first = day.replace(month=(day.month - 1) // count * count + 1, day=1)
    return ns - ns % DAY_NS - (day - first).days * DAY_NS
