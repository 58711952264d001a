"""Each broker's line at its own front, for the list of `served`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import DAY_NS, MINUTE_NS, OrderType, Side
from openbell.edges.brokers import alpaca, binance, plain
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.past import Wanted
from openbell.run.clock import WallClock
from openbell.wire.alpaca import hands as alpaca_hands
from openbell.wire.alpaca import market as alpaca_market
from openbell.wire.binance import hands as binance_hands
from openbell.wire.binance import manual as binance_manual
from openbell.wire.binance import market as binance_market
from openbell.wire.plain import hands as plain_hands
from openbell.wire.script import Ground, Rule
from tests.conformance.served import judged
from tests.edges.brokers.plain import frames
from tests.edges.brokers.rig import Rig
from tests.wire.alpaca import stand as alpaca_stand
from tests.wire.binance import stand as binance_stand
from tests.wire.plain import stand as plain_stand

HOUR = 20_000 * DAY_NS
"""Before the first minute that is played, UTC ns."""
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
        self.show: Callable[[ev.Bar], None] = lambda _: None
        self.past: Callable[[int, int], Awaitable[list[ev.Bar]]] | None = None
        self._played = 0

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

    def minute(self) -> ev.Bar:
        """Play the next minute of an hour long ago, above every order's price, and return it."""
        self._played += 1
        px, ts = float(self._px) * 1.25 + self._played, HOUR + self._played * MINUTE_NS
        bar = ev.Bar(
            ts=ts, instrument=self._symbol, open=px, high=px, low=px, close=px, volume=1000.0, interval=MINUTE_NS
        )
        self.show(bar)
        return bar

    def tells(self, history: Callable[[tuple[Wanted, ...], Access], Awaitable[dict[str, list[ev.Bar]]]]) -> None:
        """Let minutes be asked for by a vendor's `history`."""

        async def past(start: int, end: int) -> list[ev.Bar]:
            wanted = Wanted(symbol=self._symbol, start=start, end=end)
            return (await history((wanted,), Access(now=WallClock().now)))[self._symbol]

        self.past = past

    def _exit(self, oid: str, **fields: Any) -> fx.Submit:
        return frames.submit(oid, instrument=self._symbol, side=Side.SELL, limit=None, reduce_only=True, **fields)


def _rig(hands: Any, line_of: Callable[[Joint], Line]) -> Rig:
    return Rig(hands, line_of, WallClock().now, WallClock().now())


@asynccontextmanager
async def _alpaca(folder: Path) -> AsyncIterator[Desk]:
    with _hurried(alpaca.LIMITS):
        async with alpaca_stand.running(folder) as hands:
            yield _at_alpaca(hands)


def _at_alpaca(hands: Any) -> Desk:
    server = hands.server
    server.door.windows._now = WallClock().now
    config = alpaca.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": hands.base, **FIELDS})
    rig = _rig(hands, lambda joint: alpaca.line(config, frames.NAME, "paper", (("AAPL", 10**15),), joint))
    desk = Desk(
        rig, server.door.mischief.rules, alpaca_hands.GROUND, ("AAPL", "50", "10", "1"), keeps=alpaca.CAPS.reserves
    )
    clerk = server.house.desk.clerk

    def fill(oid: str) -> None:
        clerk.fill(clerk.books.by_client[oid], Decimal(1), Decimal(50), server.time)

    desk.fill = fill
    booth = alpaca_market.Booth(server.house, server.price)
    desk.show = lambda bar: booth.show(bar, is_end=True)
    desk.tells(lambda wanted, access: alpaca.history(config, alpaca.LIMITS, wanted, access))
    return desk


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
        booth = binance_market.Booth(server.house, server.sockets)
        desk.show = lambda bar: booth.show(bar, is_end=True)
        desk.tells(lambda wanted, access: binance.history(config, binance.LIMITS, wanted, access))
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
            await asyncio.wait_for(task, timeout=60)
            return found

    return asyncio.run(scene())
