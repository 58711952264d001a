"""Market data by question: bars, quotes, trades, the latest of each, snapshots."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from openbell.core.events import Bar
from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.wire.alpaca.forms import NEW_YORK, Json, first, instant
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.shelf import instant_in
from openbell.wire.alpaca.tape import bar_row, quote_row, trade_row
from openbell.wire.alpaca.views import is_crypto
from openbell.wire.tape import HOUR_NS, Ahead, Tape, Tick, ahead_in, begin_of, coarser

MOST_ROWS, USUAL_ROWS = 10_000, 1_000
_FRAME = re.compile(r"([1-9][0-9]?)?(Min|T|Hour|H|Day|D|Week|W|Month|M|min|hour|day|week|month)")
_SPANS = {"T": "Min", "H": "Hour", "D": "Day", "W": "Week", "M": "Month"}
_FEEDS = ("sip", "iex", "otc", "boats")
_CHOICES = {
    "sort": ("asc", "desc"), "feed": _FEEDS, "adjustment": ("raw", "split", "dividend", "spin-off", "all"),
    "loc": ("us", "us-1", "us-2", "eu-1", "bs-1"),
}  # fmt: skip
_LATEST_FEEDS = (*_FEEDS, "delayed_sip", "overnight")
_MOST = {"Min": 59, "Hour": 23, "Day": 1, "Week": 1, "Month": 12}
_IN_NEW_YORK, _IN_CHICAGO = ahead_in(NEW_YORK), ahead_in(ZoneInfo("America/Chicago"))
Query = Mapping[str, str]


class Reader:
    """Answers questions about prices."""

    def __init__(self, tape: Tape) -> None:
        """Read from `tape`."""
        self._tape = tape

    def bars(self, symbols: list[str], query: Query) -> Json:
        """Return bars of a time frame, symbol by symbol, oldest first unless asked otherwise.

        Raises:
            Refused: The query makes no sense.
        """
        count, span = timeframe(first(query, "timeframe"))
        return _page("bars", {s: self._coarse(s, span, count, query) for s in self._known(symbols)}, query)

    def _coarse(self, symbol: str, span: str, count: int, query: Query) -> list[Json]:
        start, end = _bounds(query)
        known = [*(self._tape.archive(symbol) if start else ()), *self._tape.minutes(symbol)]
        ahead: Ahead = _in_utc
        if span != "Min":
            known = [*self._tape.hours(symbol), *known]
            ahead = ahead if span == "Hour" else day_of(symbol)
        # A coarse bar needs all its minutes: those before its beginning are none of them. Clocks change by an hour.
        reach = begin_of(start + ahead(start), span, count) - ahead(start) - HOUR_NS if start else 0
        low = bisect_left(known, reach, key=lambda bar: bar.open_ts)
        high = bisect_right(known, end, key=lambda bar: bar.open_ts) if end else len(known)
        made = known[low:high]
        if (count, span) != (1, "Min"):
            made = coarser(made, span, count, ahead)
        return [bar_row(bar) for bar in made if bar.open_ts >= start]

    def quotes(self, symbols: list[str], query: Query) -> Json:
        """Return quotes, as `bars`."""
        return _page("quotes", {s: [quote_row(t, is_crypto=is_crypto(s)) for t in self._ticks(s, query)]
                                for s in self._known(symbols)}, query)  # fmt: skip

    def trades(self, symbols: list[str], query: Query) -> Json:
        """Return trades, as `bars`."""
        return _page("trades", {s: [trade_row(t, is_crypto=is_crypto(s)) for t in self._ticks(s, query)]
                                for s in self._known(symbols)}, query)  # fmt: skip

    def latest(self, kind: str, symbols: list[str]) -> Json:
        """Return the latest bar, quote or trade of each symbol that has one."""
        found = {symbol: self._latest(kind, symbol) for symbol in self._known(symbols)}
        return {kind: {symbol: dated(row) for symbol, row in found.items() if row is not None}}

    def _latest(self, kind: str, symbol: str) -> Json | None:
        if kind == "bars":
            done = self._tape.bars[symbol] or self._tape.minutes(symbol)[:-1]
            return bar_row(done[-1]) if done else None
        tick = self._tape.last(symbol)
        if tick is None:
            return None
        row = quote_row if kind == "quotes" else trade_row
        return row(tick, is_crypto=is_crypto(symbol))

    def snapshots(self, symbols: list[str]) -> Json:
        """Return the latest of everything of each symbol."""
        return {symbol: self._snapshot(symbol) for symbol in self._known(symbols)}

    def _snapshot(self, symbol: str) -> Json:
        days = days_of(self._tape, symbol)[-2:]
        rows = {
            "latestTrade": self._latest("trades", symbol),
            "latestQuote": self._latest("quotes", symbol),
            "minuteBar": self._latest("bars", symbol),
            "dailyBar": bar_row(days[-1]) if days else None,
            "prevDailyBar": bar_row(days[-2]) if len(days) > 1 else None,
        }
        return {name: dated(row) for name, row in rows.items() if row is not None}

    def _ticks(self, symbol: str, query: Query) -> list[Tick]:
        start, end = _bounds(query)
        live = [tick for tick in self._tape.ticks[symbol] if start <= tick.time and (not end or tick.time <= end)]
        return [*(self._tape.earlier(symbol, start, end) if start or not self._tape.archive(symbol) else ()), *live]

    def _known(self, symbols: list[str]) -> list[str]:
        return [symbol for symbol in self._tape.symbols if symbol in symbols]


def day_of(symbol: str) -> Ahead:
    """Return whose clocks begin a symbol's days: a stock's New York, a coin's Chicago."""
    return _IN_CHICAGO if is_crypto(symbol) else _IN_NEW_YORK


def days_of(tape: Tape, symbol: str) -> list[Bar]:
    """Return the days that are known as bars, at most three; the last one still runs."""
    minutes = tape.minutes(symbol)
    since = minutes[-1].ts - 3 * DAY_NS if minutes else 0
    low = bisect_left(minutes, since, key=lambda bar: bar.open_ts)
    return coarser(minutes[low:], "Day", 1, day_of(symbol))[-3:]


def _in_utc(_: int) -> int:
    return 0


def timeframe(text: str) -> tuple[int, str]:
    """Return a time frame such as 5Min as count and span.

    Raises:
        Refused: It is none.
    """
    match = _FRAME.fullmatch(text)
    if match is None:
        raise Refused(400, 40010000, f"invalid timeframe: {text}" if text else "timeframe is required")
    count, span = int(match[1] or 1), _SPANS.get(match[2], match[2].capitalize())
    if count > _MOST[span] or (span == "Month" and 12 % count):
        raise Refused(400, 40010000, f"invalid timeframe: {text}")
    return count, span


def check_choices(given: Query, *, is_latest: bool = False) -> None:
    """Check words of which there are only some; of adjustments several may be named.

    Raises:
        Refused: One is none of them.
    """
    for name, words in _CHOICES.items():
        known = _LATEST_FEEDS if is_latest and name == "feed" else words
        asked = first(given, name, known[0])
        if not {*(asked.split(",") if name == "adjustment" else (asked,))} <= {*known}:
            raise Refused(400, 40010000, f"invalid {name}: {asked}; one of {', '.join(known)}")


def symbols_in(query: Query) -> list[str]:
    """Return the symbols that a query names.

    Raises:
        Refused: It names none.
    """
    found = [text.strip().upper() for text in first(query, "symbols").split(",") if text.strip()]
    if not found:
        raise Refused(400, 40010000, "symbols is required")
    return found


def dated(row: Json) -> Json:
    """Return a row with its instant as text."""
    return row | {"t": instant(row["t"])}


def _bounds(query: Query) -> tuple[int, int]:
    try:
        start, end = instant_in(query, "start"), instant_in(query, "end")
    except Refused as refused:
        raise Refused(400, 40010000, refused.body["message"]) from None
    if end and len(first(query, "end")) <= len("2026-11-20"):
        end += DAY_NS - MINUTE_NS
    return start, end


def _page(name: str, rows: dict[str, list[Json]], query: Query) -> Json:
    """Return a page of rows; it is counted over all symbols, one symbol behind the other."""
    text = first(query, "limit", str(USUAL_ROWS))
    limit = int(text) if text.isdecimal() else 0
    if not 1 <= limit <= MOST_ROWS:
        raise Refused(400, 40010000, f"limit must be between 1 and {MOST_ROWS}")
    token = first(query, "page_token", "0")
    if not token.isdecimal():
        raise Refused(400, 40010000, "invalid page_token")
    begin = int(token)
    is_falling = first(query, "sort", "asc") == "desc"
    flat: list[tuple[str, Any]] = [
        (symbol, row) for symbol, found in rows.items() for row in (reversed(found) if is_falling else found)
    ]
    page: dict[str, list[Json]] = {}
    for symbol, row in flat[begin : begin + limit]:
        page.setdefault(symbol, []).append(dated(row))
    end = begin + limit
    return {name: page, "next_page_token": str(end) if end < len(flat) else None}
