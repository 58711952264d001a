"""Prices by question: bars, trades, quotes, and what happened in a day."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import takewhile

import msgspec

from openbell.core.events import Bar
from openbell.core.types import DAY_NS, MINUTE_NS, NS, Rounding
from openbell.wire.binance.clerk import Clerk
from openbell.wire.binance.forms import MS, Json, measure, millis, number
from openbell.wire.binance.ladder import Level
from openbell.wire.tape import FIRST, Tape, Tick, begin_of, coarser, end_of, seconds

INTERVALS = {
    "1s": ("Sec", 1),
    "1m": ("Min", 1), "3m": ("Min", 3), "5m": ("Min", 5), "15m": ("Min", 15), "30m": ("Min", 30), "1h": ("Hour", 1),
    "2h": ("Hour", 2), "4h": ("Hour", 4), "6h": ("Hour", 6), "8h": ("Hour", 8), "12h": ("Hour", 12), "1d": ("Day", 1),
    "3d": ("Day", 3), "1w": ("Week", 1), "1M": ("Month", 1),
}  # fmt: skip
"""Bars that are known."""
_SPANS = {"Min": MINUTE_NS, "Hour": 60 * MINUTE_NS, "Day": DAY_NS, "Week": 7 * DAY_NS, "Month": 31 * DAY_NS}
_ZONE = re.compile("([+-]?)([0-9]{1,2})(?::([0-5][0-9]))?")
_DAY = 24 * 60
_DIGITS = 8
_HALF = 0.5
_TRADES = 100
"""Trades that a bar is said to be made of, at least one for as many units."""


def offset_of(text: str) -> int | None:
    """Return how far a place is ahead of UTC, ns: from -12:00 to +14:00, empty for 0.

    None is returned for anything else.
    """
    found = _ZONE.fullmatch(text or "0")
    if found is None:
        return None
    ahead = (int(found[2]) * 60 + int(found[3] or 0)) * MINUTE_NS * (-1 if found[1] == "-" else 1)
    return ahead if -12 * 60 * MINUTE_NS <= ahead <= 14 * 60 * MINUTE_NS else None


def bars_of(
    tape: Tape, symbol: str, interval: str, offset: int = 0, since: int = 0, *, with_archive: bool = False
) -> list[Bar]:
    """Return every bar that is known, the open one last.

    Those recorded at another time come first where they are wanted. Of the years before the minutes those from `since`
    (UTC ns) on. Days begin where they do in a place that is `offset` (ns) ahead of UTC.
    """
    span, count = INTERVALS[interval]
    if span == "Sec":
        return seconds(tape.ticks[symbol], symbol)
    known = [*(tape.archive(symbol) if with_archive else ()), *tape.minutes(symbol)]
    if span != "Min":
        hours, reach = tape.hours(symbol), begin_of(since + offset, span, count) - offset
        known = [*hours[bisect_left(hours, reach, key=lambda bar: bar.open_ts) :], *known]
    return known if interval == "1m" else coarser(known, span, count, lambda _: offset)


def length_of(interval: str) -> int:
    """Return how long a bar is, of months the longest, ns."""
    span, count = INTERVALS[interval]
    return count * _SPANS.get(span, NS)


def forming(tape: Tape, symbol: str, interval: str, offset: int = 0) -> Bar | None:
    """Return the latest bar of a kind, None before the first; `offset` as in `bars_of`."""
    span, count = INTERVALS[interval]
    if span == "Sec":
        last = tape.last(symbol)
        # Those of one second stand at the end.
        ticks = takewhile(lambda tick: last is not None and last.time - tick.time < NS, reversed(tape.ticks[symbol]))
        found = seconds(reversed(list(ticks)), symbol)
        return found[-1] if found else None
    minutes = tape.minutes(symbol)
    if interval == "1m" or not minutes:
        return minutes[-1] if minutes else None
    begin = begin_of(minutes[-1].open_ts + offset, span, count) - offset
    low = bisect_left(minutes, begin, key=lambda bar: bar.open_ts)
    if low == 0 and span != "Min":
        return bars_of(tape, symbol, interval, offset, begin)[-1]
    return coarser(minutes[low:], span, count, lambda _: offset)[-1]


def is_over(bar: Bar, interval: str, offset: int = 0) -> bool:
    """Return True for a bar of more than a minute that ends where its grid does.

    `offset` is that of `bars_of`.
    """
    span, count = INTERVALS[interval]
    return span in ("Min", "Hour", "Day") and (bar.ts + offset) % (count * _SPANS[span]) == 0


def closing(tape: Tape, bar: Bar, interval: str, offset: int = 0) -> int:
    """Return when a bar ends, or will (UTC ns): no open one may pass for a whole one."""
    span, count = INTERVALS[interval]
    if span == "Sec":
        return bar.ts
    if interval == "1m":
        return max(bar.ts, bar.open_ts + tape.length)
    return max(bar.ts, end_of(bar.open_ts + offset, span, count) - offset)


def bar_row(bar: Bar, end: int) -> list[int | str]:
    """Return a bar that ends at `end` (UTC ns) as a row of twelve."""
    money, (taken, spent) = _money(bar), _taken(bar)
    return [
        millis(bar.open_ts), measure(bar.open), measure(bar.high), measure(bar.low), measure(bar.close),
        measure(bar.volume), millis(end) - 1, measure(money), _count(bar), measure(taken), measure(spent), "0",
    ]  # fmt: skip


def bar_event(bar: Bar, interval: str, span: tuple[int, int], last: int, *, is_end: bool) -> Json:
    """Return a bar as its stream tells it.

    Args:
        bar: What there is of it.
        interval: How long it is.
        span: When this is told, and when the bar ends, UTC ns.
        last: Number of its last trade.
        is_end: It is whole.
    """
    now, end = span
    money, (taken, spent) = _money(bar), _taken(bar)
    inner = {
        "t": millis(bar.open_ts), "T": millis(end) - 1, "s": bar.instrument, "i": interval,
        "f": last - _count(bar) + 1, "L": last,
        "o": measure(bar.open), "c": measure(bar.close), "h": measure(bar.high), "l": measure(bar.low),
        "v": measure(bar.volume), "n": _count(bar), "x": is_end, "q": measure(money), "V": measure(taken),
        "Q": measure(spent), "B": "0",
    }  # fmt: skip
    return {"e": "kline", "E": millis(now), "s": bar.instrument, "k": inner}


def _money(bar: Bar) -> float:
    return bar.volume * (bar.open + bar.high + bar.low + bar.close) / 4


def _taken(bar: Bar) -> tuple[float, float]:
    """Return what buyers took, units and money: half of it."""
    return bar.volume * _HALF, _money(bar) * _HALF


def _count(bar: Bar) -> int:
    return max(int(bar.volume) // _TRADES, 1)


# --- trades and quotes --------------------------------------------------------------------------------------------


def trade_row(tick: Tick) -> Json:
    """Return a trade of the market."""
    return {
        "id": tick.number, "price": measure(tick.last), "qty": measure(tick.size),
        "quoteQty": measure(tick.last * tick.size), "time": millis(tick.time), "isBuyerMaker": False,
        "isBestMatch": True,
    }  # fmt: skip


def trade_event(symbol: str, tick: Tick) -> Json:
    """Return a trade as its stream tells it."""
    return {
        "e": "trade", "E": millis(tick.time), "s": symbol, "t": tick.number, "p": measure(tick.last),
        "q": measure(tick.size), "T": millis(tick.time), "m": False, "M": True,
    }  # fmt: skip


def gathered_row(tick: Tick) -> Json:
    """Return a trade among those that are put together: here each is one."""
    return {
        "a": tick.number, "p": measure(tick.last), "q": measure(tick.size), "f": tick.number, "l": tick.number,
        "T": millis(tick.time), "m": False, "M": True,
    }  # fmt: skip


def gathered_event(symbol: str, tick: Tick) -> Json:
    """Return such a trade as its stream tells it."""
    return {"e": "aggTrade", "E": millis(tick.time), "s": symbol, **gathered_row(tick)}


def levels(found: Sequence[Level], most: int) -> list[list[str]]:
    """Return the best levels of a side."""
    return [[number(px), number(qty)] for px, qty in found[:most]]


def quote_row(clerk: Clerk, symbol: str) -> Json:
    """Return the best bid and offer; zeros where a side is empty."""
    ladder = clerk.ladders[symbol]
    bid, ask = (side[0] if side else (None, None) for side in (ladder.bids, ladder.asks))
    return {
        "symbol": symbol, "bidPrice": number(bid[0]), "bidQty": number(bid[1]), "askPrice": number(ask[0]),
        "askQty": number(ask[1]),
    }  # fmt: skip


def quote_event(clerk: Clerk, symbol: str) -> Json:
    """Return the best bid and offer as their stream tells them.

    Without a kind and without a time.
    """
    row = quote_row(clerk, symbol)
    return {
        "u": clerk.ladders[symbol].number, "s": symbol, "b": row["bidPrice"], "B": row["bidQty"], "a": row["askPrice"],
        "A": row["askQty"],
    }  # fmt: skip


# --- a day --------------------------------------------------------------------------------------------------------


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in the last 1,440 minutes: prices and sizes, bounds in UTC ns."""

    open: float
    high: float
    low: float
    last: float
    before: float
    volume: float
    money: float
    begin: int
    end: int
    count: int


def day_of(tape: Tape, symbol: str, since: int | None = None) -> Day | None:
    """Return a symbol's last day, or what there is since an instant (UTC ns).

    None is returned before the first price.
    """
    minutes = tape.minutes(symbol)
    minutes = minutes[-_DAY:] if since is None else [bar for bar in minutes if bar.open_ts >= since]
    if not minutes:
        return None
    return Day(
        open=minutes[0].open, high=max(bar.high for bar in minutes), low=min(bar.low for bar in minutes),
        last=minutes[-1].close, before=minutes[0].open, volume=sum(bar.volume for bar in minutes),
        money=sum(_money(bar) for bar in minutes), begin=minutes[0].open_ts, end=minutes[-1].ts,
        count=sum(_count(bar) for bar in minutes),
    )  # fmt: skip


def day_row(clerk: Clerk, symbol: str, day: Day, tick: Tick | None) -> Json:
    """Return a day as the 24-hour ticker has it."""
    change = day.last - day.open
    mean = day.money / day.volume if day.volume else day.last
    number = tick.number if tick else FIRST
    return {
        "symbol": symbol, "priceChange": measure(change), "priceChangePercent": f"{100 * change / day.open:.3f}",
        "weightedAvgPrice": measure(mean), "prevClosePrice": measure(day.before), "lastPrice": measure(day.last),
        "lastQty": measure(tick.size if tick else 0.0),
        **{name: text for name, text in quote_row(clerk, symbol).items() if name != "symbol"},
        "openPrice": measure(day.open), "highPrice": measure(day.high), "lowPrice": measure(day.low),
        "volume": measure(day.volume), "quoteVolume": measure(day.money), "openTime": millis(day.begin),
        "closeTime": millis(day.end), "firstId": number - day.count + 1, "lastId": number, "count": day.count,
    }  # fmt: skip


MINI = ("symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume", "openTime", "closeTime",
        "firstId", "lastId", "count")  # fmt: skip
"""What is left of the 24-hour ticker in its small form."""
SPAN = (*MINI, "priceChange", "priceChangePercent", "weightedAvgPrice")
"""And in that of other spans, which tell no book."""


def day_event(symbol: str, day: Day, row: Json, now: int, *, is_small: bool) -> Json:
    """Return a day as its streams tell it."""
    small = {
        "e": "24hrMiniTicker", "E": millis(now), "s": symbol, "c": measure(day.last), "o": measure(day.open),
        "h": measure(day.high), "l": measure(day.low), "v": measure(day.volume), "q": measure(day.money),
    }  # fmt: skip
    if is_small:
        return small
    return small | {
        "e": "24hrTicker", "p": row["priceChange"], "P": row["priceChangePercent"], "w": row["weightedAvgPrice"],
        "x": row["prevClosePrice"], "Q": row["lastQty"], "b": row["bidPrice"], "B": row["bidQty"], "a": row["askPrice"],
        "A": row["askQty"], "O": row["openTime"], "C": row["closeTime"], "F": row["firstId"], "L": row["lastId"],
        "n": row["count"],
    }  # fmt: skip


def window_event(symbol: str, name: str, row: Json, now: int) -> Json:
    """Return how a price has changed over a span such as 1h, as its streams tell it."""
    return {
        "e": f"{name}Ticker", "E": millis(now), "s": symbol, "p": row["priceChange"], "P": row["priceChangePercent"],
        "o": row["openPrice"], "h": row["highPrice"], "l": row["lowPrice"], "c": row["lastPrice"],
        "w": row["weightedAvgPrice"], "v": row["volume"], "q": row["quoteVolume"], "O": row["openTime"],
        "C": row["closeTime"], "F": row["firstId"], "L": row["lastId"], "n": row["count"],
    }  # fmt: skip


def mean_event(symbol: str, found: Json, tick: Tick) -> Json:
    """Return the average price of the last minutes as its stream tells it."""
    return {"e": "avgPrice", "E": millis(tick.time), "s": symbol, "i": f"{found['mins']}m", "w": found["price"],
            "T": millis(tick.time)}  # fmt: skip


def mean_of(clerk: Clerk, tape: Tape, symbol: str, minutes: int) -> Json:
    """Return the average price of the last minutes."""
    found = tape.minutes(symbol)[-minutes:]
    volume = sum(bar.volume for bar in found)
    mean = sum(_money(bar) for bar in found) / volume if volume else float(clerk.mark(symbol))
    px = clerk.instruments[symbol].price(round(mean, _DIGITS), Rounding.HALF_EVEN)
    return {"mins": minutes, "price": number(px), "closeTime": found[-1].ts // MS if found else 0}
