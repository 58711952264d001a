"""Coins: what an account holds, what its open orders bind, and what is free."""

from decimal import Decimal

from openbell.core.types import ZERO
from openbell.wire.binance.books import Books, Record
from openbell.wire.binance.listing import Listing


class Till:
    """The coins of one account.

    Attributes:
        books, listings: Who holds them, and what they are traded in. marks: Last price by symbol.
    """

    def __init__(self, books: Books, listings: dict[str, Listing], marks: dict[str, Decimal]) -> None:
        """Look after the coins of these books."""
        self.books = books
        self.listings = listings
        self.marks = marks

    def locked(self, coin: str) -> Decimal:
        """Return the units of a coin that open orders hold; the orders of a list hold the same."""
        groups: dict[str, Decimal] = {}
        for one in self.books.open_orders():
            listing = self.listings[one.symbol]
            if one.status == "PENDING_NEW" or coin != (listing.quote if one.side == "BUY" else listing.base):
                continue
            key = f"list {one.list_id}" if one.list_id >= 0 else one.oid
            groups[key] = max(groups.get(key, ZERO), self.need(one))
        return sum(groups.values(), ZERO)

    def need(self, order: Record) -> Decimal:
        """Return the coins that the rest of an order may cost.

        Quote currency to buy, units to sell.
        """
        if order.side == "SELL":
            return order.leaves
        return order.leaves * (order.price or order.stop or self.marks.get(order.symbol, ZERO))

    def free(self, coin: str) -> Decimal:
        """Return the units of a coin that no order holds."""
        return self.books.coins.get(coin, ZERO) - self.locked(coin)

    def rows(self, record: Record) -> list[tuple[str, Decimal, Decimal]]:
        """Return the two coins of an order: name, free and bound units."""
        listing = self.listings[record.symbol]
        found = []
        for coin in (listing.base, listing.quote):
            locked = self.locked(coin)
            found.append((coin, self.books.coins.get(coin, ZERO) - locked, locked))
        return found
