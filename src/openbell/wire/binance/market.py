"""Pieces of bars at the Binance front: matched, and told on the market streams."""

import re

from openbell.core.events import Bar
from openbell.core.types import Rounding
from openbell.wire.binance import rows
from openbell.wire.binance.call import House
from openbell.wire.binance.forms import Json, millis, number
from openbell.wire.binance.ladder import Level
from openbell.wire.binance.listing import MEAN_MINUTES
from openbell.wire.binance.prices import span_row
from openbell.wire.binance.sockets import Sockets
from openbell.wire.tape import FIRST, HOUR_NS, Tick

_DIGITS = 9
_PART = re.compile("depth(5|10|20)(@100ms|@1000ms)?")
_CHANGES = ("depth", "depth@100ms", "depth@1000ms")
_EVERYBODY = re.compile("!miniTicker@arr(@[0-9]+ms)?")
"""Of all symbols; python-binance names a pace behind it, which the vendor takes and heeds no more."""
_WINDOW, _WINDOWS = re.compile("ticker_(1h|4h|1d)"), re.compile("!ticker_(1h|4h|1d)@arr")
_SPANS = {"1h": HOUR_NS, "4h": 4 * HOUR_NS, "1d": 24 * HOUR_NS}
_BARS = re.compile("kline_([0-9]{1,2}[smhdwM])(?:@([+-][0-9]{2}:[0-9]{2}))?")


class Booth:
    """The stall of a house.

    Attributes:
        house: Whose prices they are.
    """

    def __init__(self, house: House, sockets: Sockets) -> None:
        """Show what is played to those who are connected."""
        self.house = house
        self._sockets = sockets
        self._numbers = dict.fromkeys(house.tape.symbols, FIRST)
        self._gap = 0
        self._shown: dict[str, tuple[int, dict[str, dict[str, str]]]] = {}

    def steps(self, symbol: str) -> int:
        """Return the price steps in one unit of the quote currency."""
        return self.house.desk.clerk.instruments[symbol].steps

    def lot(self, symbol: str) -> float:
        """Return the step of its quantities."""
        return float(self.house.desk.clerk.listings[symbol].step)

    def show(self, piece: Bar, *, is_end: bool) -> None:
        """Match a piece, and tell the trade, the book and the bars that grow by it."""
        house, symbol = self.house, piece.instrument
        clerk = house.desk.clerk
        clerk.play(piece)
        step = float(clerk.listings[symbol].tick)
        last = float(clerk.instruments[symbol].price(piece.close, Rounding.HALF_EVEN))
        self._numbers[symbol] += 1
        self._gap = piece.interval
        tick = Tick(
            time=piece.ts, bid=round(last - step, _DIGITS), ask=round(last + step, _DIGITS), last=last,
            size=piece.volume, number=self._numbers[symbol],
        )  # fmt: skip
        house.tape.add(symbol, tick, piece, is_end=is_end)
        for kind in self._sockets.wanted(symbol):
            event = self._event(kind, symbol, tick, is_end=is_end)
            if event is not None:
                self._sockets.price(f"{symbol.lower()}@{kind}", event)

    def finish(self, ts: int, *, is_end: bool) -> None:
        """Tell how the day stands to those who want it of all symbols (UTC ns)."""
        for name in {name for client in self._sockets.clients() for name in client.wanted if name.startswith("!")}:
            span = _WINDOWS.fullmatch(name)
            if span is None and _EVERYBODY.fullmatch(name) is None:
                continue
            found = [
                self._window(symbol, span[1], ts) if span is not None else self._day(symbol, ts, is_small=True)
                for symbol in self.house.desk.clerk.listings
            ]
            self._sockets.price(name, [one for one in found if one is not None])

    def _event(self, kind: str, symbol: str, tick: Tick, *, is_end: bool) -> Json | None:
        """Return what a stream is told of a tick, None where there is no such stream."""
        clerk = self.house.desk.clerk
        if kind == "trade":
            return rows.trade_event(symbol, tick)
        if kind == "aggTrade":
            return rows.gathered_event(symbol, tick)
        if kind == "bookTicker":
            return rows.quote_event(clerk, symbol)
        if kind in ("ticker", "miniTicker"):
            return self._day(symbol, tick.time, is_small=kind == "miniTicker")
        if kind == "avgPrice":
            found_mean = rows.mean_of(clerk, self.house.tape, symbol, MEAN_MINUTES)
            return rows.mean_event(symbol, found_mean, tick)
        span, bars = _WINDOW.fullmatch(kind), _BARS.fullmatch(kind)
        if span is not None:
            return self._window(symbol, span[1], tick.time)
        if bars is not None and bars[1] in rows.INTERVALS:
            return self._bar_event(symbol, bars, tick.time, is_end=is_end)
        if kind in _CHANGES:
            return self._changes(symbol, tick.time)
        found = _PART.fullmatch(kind)
        if found is None:
            return None
        ladder, most = clerk.ladders[symbol], int(found[1])
        return {"lastUpdateId": ladder.number, "bids": rows.levels(ladder.bids, most),
                "asks": rows.levels(ladder.asks, most)}  # fmt: skip

    def _day(self, symbol: str, ts: int, *, is_small: bool) -> Json | None:
        day = rows.day_of(self.house.tape, symbol)
        if day is None:
            return None
        row = rows.day_row(self.house.desk.clerk, symbol, day, self.house.tape.last(symbol))
        return rows.day_event(symbol, day, row, ts, is_small=is_small)

    def _window(self, symbol: str, name: str, ts: int) -> Json | None:
        row = span_row(self.house, symbol, (ts - _SPANS[name], ts))
        return None if row is None else rows.window_event(symbol, name, row, ts)

    def _bar_event(self, symbol: str, kind: re.Match[str], ts: int, *, is_end: bool) -> Json | None:
        interval, offset = kind[1], rows.offset_of(kind[2] or "")
        bar = rows.forming(self.house.tape, symbol, interval, offset) if offset is not None else None
        if bar is None or offset is None:
            return None
        span = (ts, rows.closing(self.house.tape, bar, interval, offset))
        last = self._numbers[symbol]
        if interval == "1s":
            # The piece that comes next belongs to another second.
            return rows.bar_event(bar, interval, span, last, is_end=ts + self._gap > bar.ts)
        is_over = is_end and (interval == "1m" or rows.is_over(bar, interval, offset))
        return rows.bar_event(bar, interval, span, last, is_end=is_over)

    def _changes(self, symbol: str, ts: int) -> Json:
        """Return how the book has changed since this was told last.

        Every stream of changes hears the same.
        """
        ladder = self.house.desk.clerk.ladders[symbol]
        before, told = self._shown.get(symbol, (ladder.number - 1, {}))
        now = {name: _by_price(side) for name, side in (("b", ladder.bids), ("a", ladder.asks))}
        self._shown[symbol] = (ladder.number, now)
        sides = {name: _difference(told.get(name, {}), side) for name, side in now.items()}
        return {"e": "depthUpdate", "E": millis(ts), "s": symbol, "U": min(before + 1, ladder.number),
                "u": ladder.number, **sides}  # fmt: skip


def _by_price(side: list[Level]) -> dict[str, str]:
    return {number(px): number(qty) for px, qty in side}


def _difference(before: dict[str, str], now: dict[str, str]) -> list[list[str]]:
    gone = [[px, "0.00000000"] for px in before if px not in now]
    return [*gone, *([px, qty] for px, qty in now.items() if before.get(px) != qty)]
