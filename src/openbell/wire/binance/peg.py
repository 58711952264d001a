"""Orders whose price is one of the book's, that of the instant at which they go there."""

from decimal import Decimal

import msgspec

from openbell.wire.binance.ladder import Ladder

PRICES, OFFSETS = ("PRIMARY_PEG", "MARKET_PEG"), ("PRICE_LEVEL",)
"""The best price of the order's own side or of the other one, and how far behind it is counted."""
LEAST_LEVELS, MOST_LEVELS = 1, 100


class Peg(msgspec.Struct, frozen=True, kw_only=True):
    """What an order's price hangs on.

    `kind` is the vendor's word, `levels` are counted behind the best price; None is that itself.
    """

    kind: str
    levels: int | None = None

    def price(self, ladder: Ladder, side: str) -> Decimal | None:
        """Return the price in a book for an order of a side.

        None where the book does not reach so far.
        """
        is_own = self.kind == PRICES[0]
        found = ladder.bids if (side == "BUY") == is_own else ladder.asks
        place = self.levels or 0
        return found[place][0] if place < len(found) else None
