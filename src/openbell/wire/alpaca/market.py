"""Pieces of bars at the Alpaca front: matched, and told as quotes, trades and minutes."""

from collections.abc import Callable

from openbell.core.events import Bar
from openbell.wire.alpaca import auction
from openbell.wire.alpaca.call import House
from openbell.wire.alpaca.data import days_of
from openbell.wire.alpaca.forms import Json
from openbell.wire.alpaca.rehearsal import SYMBOL, Rehearsal
from openbell.wire.alpaca.tape import bar_row, book_row, quote_row, trade_row
from openbell.wire.alpaca.views import equity, is_crypto
from openbell.wire.tape import Tick

_DIGITS, _CENTS = 9, 100
Tell = Callable[[str, str, Json], None]
"""Takes channel, symbol and row of a price."""
Wants = Callable[[str, str], bool]
"""Takes channel and symbol; True where somebody listens."""


class Booth:
    """The stall of a house.

    Attributes:
        house: Whose prices they are.
    """

    def __init__(self, house: House, tell: Tell, wants: Wants = lambda *_: True) -> None:
        """Show what is played, and `tell` its prices; days only where somebody `wants` them."""
        self.house = house
        self._tell = tell
        self._wants = wants
        self._rehearsal = Rehearsal(tell)
        self._gap = 0

    def steps(self, symbol: str) -> int:
        """Return the price steps in one USD: cents, finer ones for what costs less than one."""
        clerk = self.house.desk.clerk
        mark = clerk.mark(symbol)
        finest = clerk.instruments[symbol].steps
        return finest if 0 < mark < 1 else min(finest, _CENTS)

    def lot(self, symbol: str) -> float:
        """Return one: volume is counted in units."""
        return 1.0

    def show(self, piece: Bar, *, is_end: bool) -> None:
        """Match a piece, and tell the quote, the trade and, with the last, the minute.

        Of a coin, also the book.
        """
        house, symbol = self.house, piece.instrument
        coin = is_crypto(symbol)
        self._gap = piece.interval
        auction.open_at(house.desk.clerk, piece, piece.volume * max(house.tape.length // piece.interval, 1))
        house.desk.clerk.play(piece)
        step = float(house.desk.clerk.instruments[symbol].bands[-1].tick)
        house.number += 1
        tick = Tick(
            time=piece.ts, bid=round(piece.close - step, _DIGITS), ask=round(piece.close + step, _DIGITS),
            last=piece.close, size=piece.volume, number=house.number,
        )  # fmt: skip
        whole = house.tape.add(symbol, tick, piece, is_end=is_end)
        self._tell("trades", symbol, trade_row(tick, is_crypto=coin))
        self._tell("quotes", symbol, quote_row(tick, is_crypto=coin))
        if coin:
            self._tell("orderbooks", symbol, book_row(tick))
        if whole is not None:
            self._tell("bars", symbol, bar_row(whole))
            if self._wants("dailyBars", symbol):
                self._tell("dailyBars", symbol, bar_row(days_of(house.tape, symbol)[-1]))

    def finish(self, ts: int, *, is_end: bool) -> None:
        """Quote what is for tests alone.

        At the end of a minute (UTC ns) hold closing auctions and note what the account is worth.
        """
        if any(self._wants(channel, SYMBOL) for channel in ("trades", "quotes", "bars")):
            self._rehearsal.show(ts, self._gap, is_end=is_end)
        if not is_end:
            return
        clerk = self.house.desk.clerk
        auction.close_at(clerk, ts, self._last_minute)
        self.house.worth.append((ts, float(equity(clerk.books, clerk.marks))))

    def _last_minute(self, symbol: str) -> float:
        """Return what traded in the last minute, units."""
        done = self.house.tape.bars[symbol]
        return done[-1].volume if done else 0.0
