"""The Alpaca front's operator: trades by hand, fills, halts, cuts and plays."""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.wire.alpaca import manual
from openbell.wire.alpaca.clerk import AUCTIONS
from openbell.wire.alpaca.hands import GROUND
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.server import Server
from openbell.wire.alpaca.views import Flags, activity_view, correction_view, is_crypto, order_view
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
        """Return orders, executions, corrections, positions, cash and halts as they are."""
        books = self._desk.books
        return {
            "orders": [order_view(record) for record in books.orders.values()],
            "executions": [activity_view(done) for done in books.executions if not done.supersedes],
            "corrections": [correction_view(done) for done in books.executions if done.supersedes],
            "positions": {symbol: one.qty for symbol, one in books.holdings.items()},
            "cash": {"USD": books.cash},
            "halted": sorted(self._desk.clerk.halted),
            "bars": self.market.played,
        }

    def trade(self, symbol: str, side: str, qty: Decimal) -> dict[str, Decimal]:
        """Trade by hand and return the positions.

        Raises:
            ValueError: The symbol cannot be traded here.
        """
        manual.trade(self._desk.clerk, (self._symbol(symbol), side, qty), self.time)
        return {name: one.qty for name, one in self._desk.books.holdings.items()}

    def fill(self, cid: str, qty: Decimal) -> bool:
        """Execute some of a live order now; False where there is none."""
        record = self._desk.books.by_client.get(cid)
        if record is None or not record.is_open or record.status == "held" or record.tif in AUCTIONS:
            return False
        clerk = self._desk.clerk
        clerk.fill(record, min(qty, record.leaves), manual.price_of(clerk, record), self.time)
        return True

    def halt(self, symbol: str, *, is_halted: bool) -> None:
        """Halt a symbol, or open it again; who has asked for its status is told.

        Raises:
            ValueError: The symbol cannot be traded here.
        """
        found = self._symbol(symbol)
        halted = self._desk.clerk.halted
        if is_halted:
            halted.add(found)
        else:
            halted.discard(found)
        code, text = ("H", "Trading Halt") if is_halted else ("T", "Trading Resumption")
        row = {"t": self.time, "sc": code, "sm": text, "rc": "T12", "rm": "Operator", "z": "C"}
        if not is_crypto(found):
            self._server.price("statuses", found, row)

    def flag(self, symbol: str, flags: dict[str, Any]) -> None:
        """Let the list say something else of a symbol; open orders stand.

        Raises:
            ValueError: The symbol cannot be traded here, or the list has no such flag.
        """
        clerk, found = self._desk.clerk, self._symbol(symbol)
        clerk.flags[found] = msgspec.convert(msgspec.to_builtins(clerk.listed(found)) | flags, Flags)

    def _symbol(self, text: str) -> str:
        try:
            return self._desk.symbol_of(text)
        except Refused:
            raise ValueError(f"{text} cannot be traded here") from None
