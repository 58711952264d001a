"""Each broker's line at its own front, for the list of `served`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from openbell.core import effects as fx
from openbell.core.types import OrderType, Side
from openbell.edges.brokers import alpaca, binance, plain
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.run.clock import WallClock
from openbell.wire.alpaca import hands as alpaca_hands
from openbell.wire.binance import hands as binance_hands
from openbell.wire.binance import manual as binance_manual
from openbell.wire.plain import hands as plain_hands
from openbell.wire.script import Ground, Rule
from tests.conformance.served import judged
from tests.edges.brokers.plain import frames
from tests.edges.brokers.rig import Rig
from tests.wire.alpaca import stand as alpaca_stand
from tests.wire.binance import stand as binance_stand
from tests.wire.plain import stand as plain_stand

FIELDS = {"timeout": "300ms", "silence": "30s", "visibility": "0s"}


class Desk:
    """A counter: a line, its front, and orders of one instrument at one price."""

    def __init__(
        self, rig: Rig, rules: list[Rule], ground: Ground, terms: tuple[str, str, str, str], *, keeps: bool = False
    ) -> None:
        """Trade `terms`: a symbol, the price of an order that rests, its quantity, the least of it."""
        self.rig, self.rules, self.ground, self.keeps = rig, rules, ground, keeps
        self._symbol, self._px, self._qty, self.least = terms
        self.fill: Callable[[str], None] = lambda _: None

    def rests(self, oid: str) -> fx.Submit:
        """Return an order that rests."""
        return frames.submit(
            oid, instrument=self._symbol, qty=Decimal(self._qty), limit=Decimal(self._px), side=Side.BUY
        )

    def amends(self, oid: str) -> fx.Amend:
        """Return a change of it: the same at another price."""
        return fx.Amend(oid=oid, account=frames.NAME, qty=Decimal(self._qty), limit=Decimal(self._px) + 1)

    def stops(self, oid: str, qty: Decimal) -> fx.Submit:
        """Return a stop that sells so much far below that price."""
        return self._exit(oid, type=OrderType.STOP, qty=qty, stop=Decimal(self._px) * 4 / 5)

    def leaves(self, oid: str) -> fx.Submit:
        """Return a sale of the least at once."""
        return self._exit(oid, type=OrderType.MARKET, qty=Decimal(self.least))

    def _exit(self, oid: str, **fields: Any) -> fx.Submit:
        return frames.submit(oid, instrument=self._symbol, side=Side.SELL, limit=None, reduce_only=True, **fields)


def _rig(hands: Any, line_of: Callable[[Joint], Line]) -> Rig:
    return Rig(hands, line_of, WallClock().now, WallClock().now())


@asynccontextmanager
async def _alpaca(folder: Path) -> AsyncIterator[Desk]:
    async with alpaca_stand.running(folder) as hands:
        server = hands.server
        server.door.windows._now = WallClock().now
        config = alpaca.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": hands.base, **FIELDS})
        with _hurried(alpaca.LIMITS):
            rig = _rig(hands, lambda joint: alpaca.line(config, frames.NAME, "paper", (("AAPL", 10**15),), joint))
        desk = Desk(
            rig, server.door.mischief.rules, alpaca_hands.GROUND, ("AAPL", "50", "10", "1"), keeps=alpaca.CAPS.reserves
        )
        clerk = server.house.desk.clerk

        def fill(oid: str) -> None:
            clerk.fill(clerk.books.by_client[oid], Decimal(1), Decimal(50), server.time)

        desk.fill = fill
        yield desk


@contextmanager
def _hurried(limits: dict[str, int]) -> Iterator[None]:
    """Let a broker's requests go out as fast as they are made; what they are held to has tests of its own."""
    kept = dict(limits)
    limits.update(rate=1000, burst=1000)
    try:
        yield
    finally:
        limits.update(kept)


@asynccontextmanager
async def _binance(folder: Path) -> AsyncIterator[Desk]:
    async with binance_stand.running(folder) as hands:
        server = hands.server
        server.door.windows._now = WallClock().now
        config = binance.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": hands.base, **FIELDS})
        rig = _rig(hands, lambda joint: binance.line(config, frames.NAME, "paper", (("BTCUSDT", 10**15),), joint))
        desk = Desk(
            rig,
            server.door.mischief.rules,
            binance_hands.GROUND,
            ("BTCUSDT", "40000", "0.01", "0.001"),
            keeps=binance.CAPS.reserves,
        )
        clerk = server.house.desk.clerk

        def fill(oid: str) -> None:
            binance_manual.fill(clerk, clerk.books.by_name["BTCUSDT", oid], Decimal("0.001"), server.time)

        desk.fill = fill
        yield desk


@asynccontextmanager
async def _plain(folder: Path) -> AsyncIterator[Desk]:
    rules: list[Rule] = []
    async with plain_stand.running(folder, rules, now=WallClock().now) as (hands, _, _base):
        server = hands.server
        config = plain.Config.model_validate({**FIELDS, "url": hands.base.replace("http", "ws")})
        rig = _rig(hands, lambda joint: plain.line(config, frames.NAME, "paper", (("AAA", 10**12),), joint))
        desk = Desk(rig, rules, plain_hands.GROUND, ("AAA", "50", "10", "1"))
        desk.fill = lambda oid: server.publish(server.desk.clerk.fill(oid, Decimal(1), WallClock().now()))
        yield desk


COUNTERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Desk]]] = {
    "alpaca": _alpaca, "binance": _binance, "plain": _plain,
}  # fmt: skip


def results(name: str, folder: Path) -> dict[str, str]:
    """Return what came of each case of the list for a broker."""

    async def scene() -> dict[str, str]:
        async with COUNTERS[name](folder) as desk:
            task = asyncio.create_task(desk.rig.line.run())
            found = await judged(desk)
            desk.rig.line.close()
            await asyncio.wait_for(task, timeout=10)
            return found

    return asyncio.run(scene())
