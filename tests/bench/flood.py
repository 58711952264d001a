"""A venue that floods: the plain protocol's desk behind a loopback websocket, and quotes as fast as they are read.

    python -m tests.bench.flood FOLDER SYMBOLS SECONDS [RATE BARS]

It writes `port` when it listens and `up` when it was asked how the account stands, and begins at SIGUSR1. Every symbol gets BARS bars (3), spread over the time; all else are
quotes, one symbol after the other, RATE a second where it is given. At its end it writes `sent`: messages, bars, seconds.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web

from openbell.core.types import Instrument, use_money_context
from openbell.parts.venue.options import VenueOptions
from openbell.wire.plain.desk import Desk, Terms
from openbell.wire.plain.request import State, parse
from tests.bench.bench_kill import REST

BARS = 3
EVERY_NS = 60_000_000_000


def name_of(n: int) -> str:
    """Return the name of symbol number `n`."""
    return f"S{n:04d}"


def quote(symbol: str, n: int) -> str:
    """Return a quote as the protocol has it."""
    bid = 100.0 + n % 7 / 100.0
    return (
        f'{{"ev":"quote","symbol":"{symbol}","time":{time.time_ns()},"bid":{bid},"ask":{bid + 0.01},'
        f'"bid_size":100.0,"ask_size":100.0}}'
    )


def bar(symbol: str, n: int, last: dict[str, int]) -> str:
    """Return a bar that closes now and began when the one before it closed."""
    now, close = time.time_ns(), 100.0 + n % 7 / 100.0
    opened = last.get(symbol, now - EVERY_NS)
    last[symbol] = now
    return (
        f'{{"ev":"bar","symbol":"{symbol}","opened":{opened},"time":{now},"every":{EVERY_NS},"open":100.0,'
        f'"high":101.0,"low":99.0,"close":{close},"volume":1000.0}}'
    )


async def pour(line: web.WebSocketResponse, symbols: int, span_s: float, rate: int, each: int) -> dict[str, Any]:
    """Send for so many seconds, `rate` messages in each (0: as many as are read), and return what was sent.

    `each` is how many bars a symbol gets in that time.
    """
    last: dict[str, int] = {}
    begin, sent, bars = time.monotonic(), 0, 0
    while (passed := time.monotonic() - begin) < span_s:
        # A slice of a hundred messages between two looks at the clock; with a rate, those of ten milliseconds.
        for _ in range(max(1, rate // 100) if rate else 100):
            is_due = bars < each * symbols * passed / span_s
            symbol = name_of((bars if is_due else sent) % symbols)
            await line.send_str(bar(symbol, sent, last) if is_due else quote(symbol, sent))
            bars += is_due
            sent += 1
        if rate:
            await asyncio.to_thread(REST.wait, max(0.0, begin + sent / rate - time.monotonic()))
    return {"sent": sent, "bars": bars, "seconds": time.monotonic() - begin}


def application(folder: Path, symbols: int, span_s: float, rate: int, each: int) -> web.Application:
    """Return the venue."""
    instruments = {name: Instrument(symbol=name) for name in map(name_of, range(symbols))}
    desk = Desk(Terms(cash=Decimal(10**8)), instruments, VenueOptions())
    lines: list[web.WebSocketResponse] = []

    async def flood(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(flow())
        yield
        task.cancel()

    async def flow() -> None:
        go = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, go.set)
        await go.wait()
        told = await pour(lines[-1], symbols, span_s, rate, each)
        (folder / "sent.part").write_text(json.dumps(told), encoding="utf-8")
        (folder / "sent.part").rename(folder / "sent")

    async def speak(http: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(http)
        lines.append(line)
        async for frame in line:
            request = parse(frame.data)
            reply = desk.ask(request, time.time_ns()).reply
            await line.send_str(json.dumps({"re": request.id, **reply}, default=str))
            if isinstance(request, State):
                (folder / "up").touch()
        return line

    app = web.Application()
    app.cleanup_ctx.append(flood)
    app.add_routes([web.get("/v1", speak)])
    return app


async def main(folder: Path, symbols: int, span_s: float, rate: int = 0, each: int = BARS) -> None:
    """Listen until this process is ended."""
    use_money_context()
    runner = web.AppRunner(application(folder, symbols, span_s, rate, each))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    (folder / "port.part").write_text(str(port), encoding="utf-8")
    (folder / "port.part").rename(folder / "port")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), *map(int, sys.argv[4:])))
