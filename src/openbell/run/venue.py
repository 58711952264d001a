"""A local venue as a process: its market, its doors, its log, and its end."""

import asyncio
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import msgspec
from aiohttp import web

from openbell.core.events import Bar
from openbell.core.types import DAY_NS, NS, Instrument
from openbell.edges import instruments as edges_instruments
from openbell.edges.calendars import sessions
from openbell.edges.feeds import synthetic
from openbell.edges.feeds.merge import events as merged
from openbell.edges.feeds.table import BarTable, Request
from openbell.files import write_whole
from openbell.parts.venue.options import VenueOptions
from openbell.run.assemble import shelves
from openbell.run.source import SourceError, chosen_by_path
from openbell.schema import format_span
from openbell.wire.control import Control
from openbell.wire.log import Log
from openbell.wire.plain.desk import Desk, Terms
from openbell.wire.plain.market import Market
from openbell.wire.plain.operator import Operator
from openbell.wire.plain.server import Server
from openbell.wire.script import Rule

HOST = "127.0.0.1"
"""A venue for trials is never reachable from outside this machine."""
PATH = "/v1"
_CHUNK_BARS = 1_440
"""Bars of each symbol that are invented at a time: more would keep the doors shut while they are made."""
TOKEN_BYTES = 16


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What a local venue trades and where its prices come from.

    Attributes:
        symbols: Each `SYMBOL` or `SYMBOL:kind`. interval: Length of a bar, ns. data: Recorded bars; None invents them.
        seed: Of invented ones.
    """

    symbols: tuple[str, ...]
    interval: int
    data: Path | None = None
    seed: int = 1


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """How a local venue is reached.

    Attributes:
        port: Of the websocket, 0 for any free one. control_port: Of the operator, None for none, 0 for any free one.
        log: Its own log; beside it `.token` holds the operator's token and `.ports` the ports in use.
    """

    port: int
    log: Path
    control_port: int | None = None


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Time at a local venue.

    Attributes:
        speed: Times the clock, 0 to play only when the operator asks. now: Tells UTC time, ns.
        waits: The market stands still while nobody listens to it.
        tell: Called with the websocket's address once the doors are open. say: Called with what else is worth saying.
    """

    speed: float
    now: Callable[[], int]
    tell: Callable[[str], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    waits: bool = False


def instruments_of(goods: Goods) -> dict[str, Instrument]:
    """Return the instruments, from their kinds' usual numbers.

    Raises:
        ValueError: A kind is unknown, or a symbol does not fit it.
    """
    fields = {}
    for text in goods.symbols:
        symbol, _, kind = text.partition(":")
        fields[symbol] = {"kind": kind or "stock"}
    return edges_instruments.load(fields, list(fields))


def instants_of(goods: Goods, made: dict[str, Instrument]) -> Iterator[list[Bar]]:
    """Return the market's bars, those of one instant together.

    Recorded ones to their end, invented ones for ever. They are loaded at once: what cannot be played is known before
    any door opens.

    Raises:
        SourceError: The data cannot be read, or lack a symbol.
    """
    tables = iter([recorded(goods, tuple(made))]) if goods.data is not None else _invented(goods, tuple(made))
    return (instant for several in tables for instant in by_instant(several))


def by_instant(tables: list[BarTable]) -> Iterator[list[Bar]]:
    """Yield the bars of tables in order of time, those of one instant together."""
    bars = (event for event in merged(tables) if isinstance(event, Bar))
    for _, instant in groupby(bars, key=lambda bar: bar.ts):
        yield list(instant)


def request_of(symbols: tuple[str, ...]) -> Request:
    """Return what a venue's market asks of a feed: it is always open."""
    return Request(symbols=symbols, sessions=lambda _, start, end: sessions("24x7", start, end))


def recorded(goods: Goods, symbols: tuple[str, ...]) -> list[BarTable]:
    """Return the recorded bars of some symbols.

    Raises:
        SourceError: They cannot be read, or lack a symbol.
    """
    path = goods.data or Path()
    found = shelves(None).feeds
    kind = chosen_by_path(path)
    try:
        tables: list[BarTable] = found.module(kind).load(
            found[kind].model_validate({"path": path}), request_of(symbols)
        )
    except (ValueError, OSError) as error:
        raise SourceError(str(error)) from error
    tables = [table for table in tables if table.interval_ns == goods.interval and len(table)]
    missing = sorted(set(symbols) - {table.symbol for table in tables})
    if missing:
        raise SourceError(f"{path} has no bars of that length of {', '.join(missing)}")
    return tables


def _invented(goods: Goods, symbols: tuple[str, ...]) -> Iterator[list[BarTable]]:
    """Yield stretch after stretch of a synthetic market.

    Each going on at the prices where the one before ended.
    """
    days = max(_CHUNK_BARS * goods.interval // DAY_NS, 1)
    first = {"seed": goods.seed, "days": days, "interval": format_span(goods.interval)}
    config = synthetic.Config.model_validate(first)
    while True:
        tables = synthetic.load(config, request_of(symbols))
        yield tables
        prices = {table.symbol: str(table.close[-1].item()) for table in tables}
        config = synthetic.Config.model_validate(first | {"seed": config.seed + 1, "prices": prices})


async def serve_plain(terms: Terms, goods: Goods, doors: Doors, rules: list[Rule], pace: Pace) -> None:
    """Run the plain venue until SIGTERM or SIGINT.

    Args:
        terms: Whose account, on which terms.
        goods: What is traded.
        doors: Ports and log.
        rules: Faults from the start on.
        pace: How fast, by whose clock, and who is told when the doors are open.
    """
    speed, now = pace.speed, pace.now
    made = instruments_of(goods)
    log = Log(doors.log)
    server = Server(Desk(terms, made, VenueOptions()), rules, log, now)
    market = Market(server, instants_of(goods, made))
    token = secrets.token_hex(TOKEN_BYTES)
    app = web.Application()
    app.router.add_get(PATH, server.connect)
    runners = [await open_door(app, doors.port)]
    if doors.control_port is not None:
        runners.append(await open_door(Control(Operator(server, market), token).application(), doors.control_port))
    ports = [runner.addresses[0][1] for runner in runners]
    write_whole(doors.log.with_suffix(".token"), token.encode())
    write_whole(doors.log.with_suffix(".ports"), " ".join(str(port) for port in ports).encode())
    log.write(now(), "opened", {"account": terms.account, "symbols": list(made), "ports": ports, "pid": os.getpid()})
    tasks = [asyncio.create_task(server.beat_on())]
    if speed:
        tasks.append(asyncio.create_task(market.run(max(int(goods.interval / speed), NS // 1000))))
    await until_told(tasks, lambda: pace.tell(f"ws://{HOST}:{ports[0]}{PATH}"))
    await server.close()
    for runner in runners:
        await runner.cleanup()
    log.write(now(), "closed", {})
    log.close()


async def open_door(app: web.Application, port: int) -> web.AppRunner:
    """Open a port on this machine, 0 for any free one.

    Raises:
        OSError: It is taken.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    return runner


async def until_told(tasks: list[asyncio.Task[None]], begin: Callable[[], None]) -> None:
    """Wait for a signal, once `begin` was called.

    A task that fails ends the venue with its error.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    begin()
    waiter = asyncio.create_task(told.wait())
    pending = {waiter, *tasks}
    while not told.is_set():
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiter}:
            task.result()
    for task in pending:
        task.cancel()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
