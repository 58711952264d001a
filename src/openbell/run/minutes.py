"""Recorded minutes for a front: which are played, and which can be asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from openbell.core.events import Bar
from openbell.core.types import DAY_NS, MINUTE_NS, NS, Instrument
from openbell.edges.feeds.merge import bars
from openbell.edges.feeds.table import BarTable, select
from openbell.run.data import Held, holdings
from openbell.run.source import SourceError, chosen_by_path
from openbell.run.venue import Goods, by_instant, recorded
from openbell.wire.tape import Tape

LEAST_AGE = 30 * DAY_NS
"""Younger minutes are not told before they are played: a run that begins warms up with the last weeks, and would know
what is to come."""
MOST_KEPT = 200_000
"""Minutes of each symbol, the latest ones: trades are numbered back from the doors' opening, four a minute."""


def goods_of(
    symbols: str, usual: Iterable[str], data: str, seed: int, fits: Callable[[str], bool] = bool
) -> tuple[Goods, list[str]]:
    """Return what a front trades, and in words what it leaves out or plays late.

    Args:
        symbols: As the user named them, between commas; empty for all that the recording has, or `usual`.
        usual: What is traded in an invented market.
        data: Where recorded minutes lie, or `synthetic`.
        seed: Of invented ones.
        fits: Which recorded symbols can be traded there.

    Raises:
        SourceError: Nothing there can be read, or no minute of anything that fits.
    """
    named = tuple(symbols.split(",")) if symbols else ()
    if data == "synthetic":
        return Goods(symbols=named or tuple(usual), interval=MINUTE_NS, seed=seed), []
    path = Path(data)
    suffix = chosen_by_path(path)
    try:
        found = holdings(path, f".{suffix}")
    except (ValueError, OSError) as error:
        raise SourceError(str(error)) from error
    chosen, notes = (named, []) if named else _all_of(path, found, fits)
    return Goods(symbols=chosen, interval=MINUTE_NS, data=path, seed=seed), [*notes, *_late(chosen, found)]


def _late(chosen: Iterable[str], found: Mapping[str, Held]) -> list[str]:
    """Return which symbols are not quoted for days, in words: each is played when its time has come."""
    days = {symbol: found[symbol].since // DAY_NS for symbol in chosen if symbol in found}
    first = min(days.values(), default=0)
    return [
        f"{symbol} is not quoted before {_date(day)}, where its recording begins; the first one begins {_date(first)}"
        for symbol, day in days.items()
        if day > first
    ]


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_NS // NS, UTC).date().isoformat()


def _all_of(path: Path, found: Mapping[str, Held], fits: Callable[[str], bool]) -> tuple[tuple[str, ...], list[str]]:
    reasons = {}
    for symbol, held in found.items():
        if MINUTE_NS not in held.intervals:
            reasons[symbol] = "no minutes"
        elif held.clash:
            reasons[symbol] = f"{' and '.join(held.clash)} overlap in time: name one of them with --data"
        elif not fits(symbol):
            reasons[symbol] = "not traded here"
    notes = [f"left out: {symbol}: {reason}" for symbol, reason in reasons.items()]
    chosen = tuple(symbol for symbol in found if symbol not in reasons)
    if not chosen:
        raise SourceError(f"{path} has no minutes that can be played here; " + "; ".join(notes))
    return chosen, notes


class Minutes:
    """Recorded minutes of some symbols, without those that nobody could trade at.

    Attributes:
        tables: By symbol. notes: In words, how many were left out.
    """

    def __init__(self, goods: Goods, symbols: tuple[str, ...], now: int) -> None:
        """Load them; `now` is when the doors open, UTC ns.

        Raises:
            SourceError: They cannot be read, or lack a symbol.
        """
        self.tables: dict[str, BarTable] = {}
        self.notes: list[str] = []
        self._now = now
        for table in recorded(goods, symbols):
            is_whole = _whole(table)
            if not is_whole.all():
                count = int((~is_whole).sum())
                self.notes.append(f"left out: {table.symbol}: {count} minutes whose prices are none")
            kept = select(table, is_whole)
            if not len(kept):
                raise SourceError(f"{goods.data} has no minute of {table.symbol} whose prices are some")
            volume = np.where(np.isfinite(kept.volume) & (kept.volume > 0), kept.volume, 0.0)
            # A front makes its own bid and offer of each piece of a minute.
            self.tables[table.symbol] = replace(kept, volume=volume, bid=None, ask=None)

    def told(self, symbol: str) -> list[Bar]:
        """Return a symbol's minutes that can be asked for under their own times, oldest first."""
        table = self.tables[symbol]
        return bars(select(table, np.flatnonzero(table.ts <= self._now - LEAST_AGE)[-MOST_KEPT:]))


def recording(
    goods: Goods, made: dict[str, Instrument], now: int, say: Callable[[str], None]
) -> tuple[Tape, Iterator[list[Bar]]]:
    """Return the tape of a recording and the bars to be played, those of one instant together.

    Args:
        goods: Where it lies.
        made: What is traded.
        now: When the doors open, UTC ns.
        say: Hears what is left out.

    Raises:
        SourceError: It cannot be read, or lacks a symbol.
    """
    minutes = Minutes(goods, tuple(made), now)
    for note in minutes.notes:
        say(note)
    return Tape(made, lambda _: [], recorded=minutes.told), by_instant(list(minutes.tables.values()))


def _whole(table: BarTable) -> NDArray[np.bool_]:
    """Return which rows have four prices above nothing, the highest and the lowest in their places."""
    prices = np.stack([table.open, table.high, table.low, table.close])
    is_price = (np.isfinite(prices) & (prices > 0)).all(axis=0)
    is_ordered = (table.high >= prices.max(axis=0)) & (table.low <= prices.min(axis=0))
    return np.asarray(is_price & is_ordered)
