"""Ticks and bars as the vendor writes them."""

from openbell.core.events import Bar
from openbell.wire.alpaca.forms import Json
from openbell.wire.tape import Tick

_SHARE = 100
"""Units of one invented trade; a bar counts its trades by them."""


def bar_row(bar: Bar) -> Json:
    """Return a bar as the vendor writes it, its instant (its beginning) in UTC ns."""
    middle = (bar.open + bar.high + bar.low + bar.close) / 4
    return {
        "t": bar.open_ts, "o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close, "v": _count(bar.volume),
        "n": max(int(bar.volume) // _SHARE, 1), "vw": round(middle, 6),
    }  # fmt: skip


def quote_row(tick: Tick, *, is_crypto: bool) -> Json:
    """Return a quote as the vendor writes it, its instant in UTC ns."""
    if is_crypto:
        return {"t": tick.time, "bp": tick.bid, "bs": tick.size, "ap": tick.ask, "as": tick.size}
    size = _count(tick.size)
    return {
        "t": tick.time, "ax": "V", "ap": tick.ask, "as": size, "bx": "V", "bp": tick.bid, "bs": size, "c": ["R"],
        "z": "C",
    }  # fmt: skip


def book_row(tick: Tick) -> Json:
    """Return the book of a coin, one level on each side; `r` says that it is the whole of it."""
    bids, asks = [{"p": tick.bid, "s": tick.size}], [{"p": tick.ask, "s": tick.size}]
    return {"t": tick.time, "b": bids, "a": asks, "r": True}


def trade_row(tick: Tick, *, is_crypto: bool) -> Json:
    """Return a trade as the vendor writes it, its instant in UTC ns."""
    if is_crypto:
        return {"t": tick.time, "p": tick.last, "s": tick.size, "tks": "B", "i": tick.number}
    return {"t": tick.time, "x": "V", "p": tick.last, "s": _count(tick.size), "c": ["@"], "i": tick.number, "z": "C"}


def _count(size: float) -> float | int:
    return int(size) if size == int(size) else size
