"""What stands in the book around the last price, and what a taker gets of it."""

from decimal import Decimal

from openbell.core.types import ZERO, Rounding, div

LEVELS = 20
_SHARE = Decimal(10)
"""A level holds a tenth of what traded in the piece before."""
Level = tuple[Decimal, Decimal]
"""Price and quantity."""


class Ladder:
    """Both sides of one symbol, best first.

    Attributes:
        bids, asks: Levels. number: Of this state of the book; it only ever rises.
    """

    def __init__(self, tick: Decimal, step: Decimal) -> None:
        """Begin empty, with prices a `tick` apart and quantities in `step`."""
        self._tick = tick
        self._step = step
        self.bids: list[Level] = []
        self.asks: list[Level] = []
        self.number = 0

    def build(self, last: Decimal, volume: Decimal) -> None:
        """Stand around the price `last`, on the grid.

        It is that behind a piece in which `volume` units traded.
        """
        self.number += 1
        size = max(div(volume, _SHARE, self._step, Rounding.FLOOR), self._step)
        self.bids = [(last - n * self._tick, size) for n in range(1, LEVELS + 1) if last > n * self._tick]
        self.asks = [(last + n * self._tick, size) for n in range(1, LEVELS + 1)]

    def would_take(self, side: str, limit: Decimal | None) -> bool:
        """Return True if an order of a side would meet something at once."""
        found = self.asks if side == "BUY" else self.bids
        return bool(found) and _fits(side, found[0][0], limit)

    def shown(self, side: str, limit: Decimal | None) -> Decimal:
        """Return the units that an order of a side could take at once."""
        found = self.asks if side == "BUY" else self.bids
        return sum((qty for px, qty in found if _fits(side, px, limit)), ZERO)

    def take(self, side: str, qty: Decimal, limit: Decimal | None) -> list[Level]:
        """Take at most `qty` units at no worse than `limit` out of the book.

        Return what was got.
        """
        found = self.asks if side == "BUY" else self.bids
        got: list[Level] = []
        while found and qty > 0 and _fits(side, found[0][0], limit):
            px, there = found[0]
            part = min(qty, there)
            got.append((px, part))
            qty -= part
            if part == there:
                found.pop(0)
            else:
                found[0] = (px, there - part)
        if got:
            self.number += 1
        return got

    def worth(self, side: str, money: Decimal, step: Decimal) -> Decimal:
        """Return the units that an amount of quote currency buys or sells at once.

        Whole steps of them.
        """
        qty = ZERO
        for px, there in self.asks if side == "BUY" else self.bids:
            part = min(div(money, px, step, Rounding.FLOOR), there)
            qty, money = qty + part, money - part * px
            if part < there:
                break
        return qty


def _fits(side: str, px: Decimal, limit: Decimal | None) -> bool:
    return limit is None or (px <= limit if side == "BUY" else px >= limit)
