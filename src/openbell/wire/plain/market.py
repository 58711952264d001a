"""The plain venue's market: bars of a source, each played as the one that closes now."""

import asyncio
from collections.abc import Iterator

import msgspec

from openbell.core.events import Bar
from openbell.core.types import NS
from openbell.wire.plain.clerk import Push
from openbell.wire.plain.desk import Desk
from openbell.wire.plain.server import Server


class Market:
    """Plays a source at a server.

    Attributes:
        instants: What is still to come, the bars of one instant at a time. played: Bars played so far.
    """

    def __init__(self, server: Server, instants: Iterator[list[Bar]]) -> None:
        """Play `instants` at `server`, when asked to."""
        self.instants = instants
        self.played = 0
        self._server = server
        self._last: dict[str, int] = {}

    def play(self, count: int) -> int:
        """Play the bars of so many instants now and return how many there were."""
        for done in range(count):
            instant = next(self.instants, None)
            if instant is None:
                return done
            for bar in instant:
                self._play(bar)
        return count

    def _play(self, bar: Bar) -> None:
        """Play a bar as one that closes now; it began when the one before it closed."""
        server, symbol = self._server, bar.instrument
        now = server.time
        span = min(max(now - self._last.get(symbol, now - bar.interval), 1), bar.interval)
        self._last[symbol] = now
        self.played += 1
        live = msgspec.structs.replace(bar, ts=now, interval=span)
        server.log.write(now, "bar", {"symbol": symbol, "close": bar.close, "low": bar.low, "high": bar.high})
        pushes = server.desk.clerk.play(live)
        server.publish([*pushes, *_told(live, bar.interval, server.desk)])

    async def run(self, gap_ns: int) -> None:
        """Play instant after instant, so far apart (ns), until they end."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += gap_ns / NS
            await asyncio.sleep(max(due - loop.time(), 0.0))
            if not self.play(1):
                break
        self._server.log.write(self._server.time, "market_ended", {"bars": self.played})


def _told(bar: Bar, every: int, desk: Desk) -> list[Push]:
    """Return the bar and the quote behind it as announcements; a halted symbol has none."""
    symbol = bar.instrument
    if symbol in desk.clerk.halted:
        return []
    body = {
        "symbol": symbol, "opened": bar.open_ts, "time": bar.ts, "every": every,
        "open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close, "volume": bar.volume,
    }  # fmt: skip
    tick = float(desk.clerk.instruments[symbol].bands[-1].tick)
    quote = {
        "symbol": symbol, "time": bar.ts, "bid": bar.close - tick, "ask": bar.close + tick,
        "bid_size": bar.volume, "ask_size": bar.volume,
    }  # fmt: skip
    return [
        Push(stream="bars", body=body, symbol=symbol),
        Push(stream="quotes", body=quote, symbol=symbol),
    ]
