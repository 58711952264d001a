"""The vendor's stock that does not exist: quoted at every hour, on the test stream."""

from collections.abc import Callable

from openbell.core.events import Bar
from openbell.core.types import NS
from openbell.wire.alpaca.forms import Json
from openbell.wire.alpaca.tape import bar_row, quote_row, trade_row
from openbell.wire.tape import Tape, Tick

SYMBOL = "FAKEPACA"
_MIDDLE, _REACH, _TICK = 134.0, 50, 0.01
"""Its price goes up and down between these many steps around its middle, USD."""
_SIZE = 100.0
_SPAN = 4 * _REACH
Tell = Callable[[str, str, Json], None]
"""Takes channel, symbol and row of a price."""


class Rehearsal:
    """Tells its prices; the same second has the same price each day."""

    def __init__(self, tell: Tell) -> None:
        """Begin without a price."""
        self._tell = tell
        self._tape = Tape((SYMBOL,), lambda _: [])
        self._number = 0

    def show(self, ts: int, gap: int, *, is_end: bool) -> None:
        """Tell the trade and the quote of a piece, and with its last piece a minute.

        It ends at `ts` and is `gap` long, both ns.
        """
        self._number += 1
        px = _price(ts)
        piece = Bar(
            ts=ts, instrument=SYMBOL, open=px, high=px, low=px, close=px, volume=_SIZE, interval=gap
        )  # fmt: skip
        tick = Tick(
            time=ts, bid=round(px - _TICK, 2), ask=round(px + _TICK, 2), last=px, size=_SIZE, number=self._number
        )  # fmt: skip
        whole = self._tape.add(SYMBOL, tick, piece, is_end=is_end)
        self._tell("trades", SYMBOL, trade_row(tick, is_crypto=False))
        self._tell("quotes", SYMBOL, quote_row(tick, is_crypto=False))
        if whole is not None:
            self._tape.bars[SYMBOL].clear()
            self._tell("bars", SYMBOL, bar_row(whole))


def _price(ts: int) -> float:
    place = ts // NS % _SPAN
    steps = min(place, _SPAN - place) - _REACH
    return round(_MIDDLE + steps * _TICK, 2)
