"""The Binance front's operator: trades by hand, fills, halts, cuts and plays."""

from decimal import Decimal
from typing import Any

from openbell.core.types import ZERO
from openbell.wire.binance import manual
from openbell.wire.binance.hands import GROUND
from openbell.wire.binance.server import Server
from openbell.wire.binance.views import detail, trade_view
from openbell.wire.lent import Overseer
from openbell.wire.market import Market


class Operator(Overseer):
    """A server and its market, as the operator's port has them."""

    ground = GROUND

    def __init__(self, server: Server, market: Market) -> None:
        """Act on `server` and `market`."""
        super().__init__(server, market)
        self._server = server
        self._desk = server.house.desk

    def truth(self) -> dict[str, Any]:
        """Return orders, executions, coins by pair and as cash, and halts as they are."""
        books, listings = self._desk.books, self._desk.clerk.listings
        quotes = {one.quote for one in listings.values()}
        return {
            "orders": [detail(record) for record in books.orders.values()],
            "executions": [trade_view(done) for done in (*books.allotted, *books.trades)],
            "positions": self._held(),
            "cash": {coin: units for coin, units in books.coins.items() if coin in quotes},
            "halted": sorted(self._desk.clerk.halted),
            "bars": self.market.played,
        }

    def _held(self) -> dict[str, Decimal]:
        """Return the first coin of each pair, where there is any."""
        coins = self._desk.books.coins
        found = {symbol: coins.get(one.base, ZERO) for symbol, one in self._desk.clerk.listings.items()}
        return {symbol: units for symbol, units in found.items() if units}

    def trade(self, symbol: str, side: str, qty: Decimal) -> dict[str, Decimal]:
        """Trade by hand and return the coins that are held, by pair.

        Raises:
            ValueError: The symbol cannot be traded here.
        """
        manual.trade(self._desk.clerk, (self._symbol(symbol), side, qty), self.time)
        return self._held()

    def fill(self, cid: str, qty: Decimal) -> bool:
        """Execute some of a live order now; False where there is none."""
        live = [one for one in self._desk.books.open_orders() if one.client_id == cid and one.is_live]
        for record in live:
            manual.fill(self._desk.clerk, record, qty, self.time)
        return bool(live)

    def halt(self, symbol: str, *, is_halted: bool) -> None:
        """Halt a symbol, or open it again: the list of what is traded says so.

        Raises:
            ValueError: The symbol cannot be traded here.
        """
        halted = self._desk.clerk.halted
        if is_halted:
            halted.add(self._symbol(symbol))
        else:
            halted.discard(self._symbol(symbol))

    def _symbol(self, text: str) -> str:
        if text not in self._desk.clerk.listings:
            raise ValueError(f"{text} cannot be traded here")
        return text
