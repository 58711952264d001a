"""The plain venue's operator: trades by hand, fills, halts, cuts and plays."""

from decimal import Decimal
from typing import Any

from openbell.wire.plain.clerk import Push
from openbell.wire.plain.hands import GROUND
from openbell.wire.plain.market import Market
from openbell.wire.plain.server import Server


class Operator:
    """A server and its market, as the operator's port has them."""

    def __init__(self, server: Server, market: Market) -> None:
        """Act on `server` and `market`."""
        self.ground = GROUND
        self.rules = server.mischief.rules
        self.log = server.log
        self._server = server
        self._market = market

    @property
    def time(self) -> int:
        """The venue's clock, UTC ns."""
        return self._server.time

    def truth(self) -> dict[str, Any]:
        """Return orders, executions, positions, cash, epoch and halts as they are."""
        return self._server.desk.truth() | {"bars": self._market.played}

    def trade(self, symbol: str, side: str, qty: Decimal) -> dict[str, Decimal]:
        """Trade by hand and return the positions.

        Raises:
            ValueError: The symbol cannot be traded here.
        """
        desk = self._server.desk
        if symbol not in desk.clerk.instruments:
            raise ValueError(f"{symbol} cannot be traded here")
        self._server.publish(desk.clerk.trade(symbol, side, qty, self.time))
        return dict(desk.books.positions)

    def fill(self, cid: str, qty: Decimal) -> bool:
        """Execute some of a live order now; False where there is none."""
        pushes = self._server.desk.clerk.fill(cid, qty, self.time)
        self._server.publish(pushes)
        return bool(pushes)

    def halt(self, symbol: str, *, is_halted: bool) -> None:
        """Halt a symbol, or open it again."""
        halted = self._server.desk.clerk.halted
        if is_halted:
            halted.add(symbol)
        else:
            halted.discard(symbol)
        body = {"symbol": symbol, "halted": is_halted, "time": self.time}
        self._server.publish([Push(stream="status", body=body, symbol=symbol)])

    def flag(self, symbol: str, flags: dict[str, Any]) -> None:
        """Refuse: nothing is listed here.

        Raises:
            ValueError: Always.
        """
        raise ValueError("nothing is listed here; halt the symbol")

    def set_right(self) -> None:
        """Set the clock right."""
        self._server.windows.skew = 0

    def cut(self) -> None:
        """Cut every connection at once."""
        self.log.write(self.time, "fault", {"what": "cut", "whose": "all"})
        self._server.cut(self._server.clients)

    def play(self, instants: int) -> int:
        """Play the next instants and return how many there were."""
        return self._market.play(instants)
