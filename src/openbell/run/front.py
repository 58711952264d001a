"""The Alpaca front as a process: its market, its one port, its log, and its end."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
from aiohttp import web

from openbell.core.events import Bar, Schedule
from openbell.core.types import Instrument
from openbell.edges.calendars import sessions
from openbell.edges.instruments import load
from openbell.files import write_whole
from openbell.parts.venue.options import VenueOptions
from openbell.run.invented import Past, invented
from openbell.run.minutes import recording
from openbell.run.tenant import USUAL_KEY, USUAL_SECRET
from openbell.run.venue import (
    HOST,
    TOKEN_BYTES,
    Goods,
    Pace,
    open_door,
    until_told,
)
from openbell.wire.alpaca.call import House
from openbell.wire.alpaca.desk import Desk
from openbell.wire.alpaca.market import Booth
from openbell.wire.alpaca.operator import Operator
from openbell.wire.alpaca.said import Keys
from openbell.wire.alpaca.server import Server
from openbell.wire.control import Control
from openbell.wire.control import Operator as Lent
from openbell.wire.log import Log
from openbell.wire.market import Market
from openbell.wire.script import Rule
from openbell.wire.tape import Tape

PRICES = {
    "AAPL": "190",
    "MSFT": "410",
    "NVDA": "130",
    "QQQ": "480",
    "SPY": "560",
    "BTC/USD": "60000",
    "ETH/USD": "2500",
}
"""Where invented prices begin, USD."""
_FINEST = Decimal("0.000000001")
_ALL_OF_IT = Decimal(1)
"""An order may take all that trades, no more."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """How the front is reached, and by whom.

    Attributes:
        port: 0 for any free one. log: Its own log; beside it `.ports` holds the ports in use, `.token` the operator's.
        ready: Holds the address once the port answers; None for nothing.
        control_port: Of the operator, None for none, 0 for any free one. rules: Faults from the start on.
        key, secret, account: Of its one account; an empty name is the usual one. cash: Opening balance, USD.
    """

    port: int
    log: Path
    ready: Path | None = None
    control_port: int | None = None
    rules: tuple[Rule, ...] = ()
    key: str = USUAL_KEY
    secret: str = USUAL_SECRET
    account: str = ""
    cash: Decimal = Decimal(100_000)


def instruments_of(symbols: tuple[str, ...]) -> dict[str, Instrument]:
    """Return stocks and, where a slash stands in the symbol, coins; both in parts of a unit.

    Raises:
        ValueError: A symbol does not fit.
    """
    fields = {symbol: {"kind": "crypto" if "/" in symbol else "stock"} for symbol in symbols}
    made = load(fields, list(fields))
    return {symbol: msgspec.structs.replace(one, lot=_FINEST) for symbol, one in made.items()}


def _hours(start: int, end: int) -> list[Schedule]:
    return sessions("NYSE", start, end)


def house_of(
    goods: Goods, cash: Decimal, now: int, say: Callable[[str], None] = lambda _: None
) -> tuple[House, Iterator[list[Bar]]]:
    """Return a house, and the bars to be played in it; `say` hears what is left out.

    Raises:
        ValueError: A symbol does not fit. SourceError: The data cannot be read, or lack a symbol.
    """
    made = instruments_of(goods.symbols)
    desk = Desk(made, VenueOptions(participation=_ALL_OF_IT), cash)
    desk.sessions = _hours
    if goods.data is not None:
        tape, instants = recording(goods, made, now, say)
    else:
        past = Past(goods.symbols, goods.seed, now, PRICES)
        tape, instants = Tape(made, past.minutes, past.hours), invented(goods.symbols, goods.seed + 1, past.last)
    house = House(desk=desk, tape=tape, sessions=_hours, opened=now)
    return house, instants


async def serve(goods: Goods, site: Site, pace: Pace) -> None:
    """Run the front until SIGTERM or SIGINT.

    Args:
        goods: What is traded.
        site: Port, log, keys, cash.
        pace: How fast, by whose clock, and who is told when the port is open.

    Raises:
        OSError: The port is taken, or the log cannot be written.
    """
    house, instants = house_of(goods, site.cash, pace.now(), pace.say)
    house.account = site.account or house.account
    log = Log(site.log)
    server = Server(house, Keys(site.key, site.secret), log, pace.now, list(site.rules))
    is_heard = server.sockets.is_heard if pace.waits else lambda: True
    market = Market(Booth(house, server.price, server.sockets.wants), instants, (goods.interval, pace.speed), is_heard)
    house.tape.length = market.gap * market.count
    await open_front((server.application(), server.close), market, log, (goods, site, pace), Operator(server, market))


async def open_front(
    door: tuple[web.Application, Callable[[], Awaitable[None]]],
    market: Market,
    log: Log,
    terms: tuple[Goods, Site, Pace],
    operator: Lent,
) -> None:
    """Hold a front's door open until SIGTERM or SIGINT, and play its market.

    Args:
        door: What is answered, and what ends every websocket in good order.
        market: What is played.
        log: The front's own.
        terms: What is traded, how it is reached, how fast it goes.
        operator: Answers at the operator's port.

    Raises:
        OSError: A port is taken, or the log cannot be written.
    """
    (goods, site, pace), (app, close) = terms, door
    runners = [await open_door(app, site.port)]
    if site.control_port is not None:
        token = secrets.token_hex(TOKEN_BYTES)
        write_whole(site.log.with_suffix(".token"), token.encode())
        runners.append(await open_door(Control(operator, token).application(), site.control_port))
    ports = [runner.addresses[0][1] for runner in runners]
    write_whole(site.log.with_suffix(".ports"), " ".join(str(port) for port in ports).encode())
    log.write(pace.now(), "opened", {"symbols": list(goods.symbols), "ports": ports, "pid": os.getpid()})
    tasks = [asyncio.create_task(_sync(log))]
    if pace.speed:
        tasks.append(asyncio.create_task(play(market, log, pace)))
    await until_told(tasks, lambda: _begin(site, pace.tell, ports))
    await close()
    for runner in runners:
        await runner.cleanup()
    log.write(pace.now(), "closed", {})
    log.close()


async def play(market: Market, log: Log, pace: Pace) -> None:
    """Play a market to its end, and say that it has ended: from then on prices stand still."""
    await market.run(pace.now)
    log.write(pace.now(), "played", {"bars": market.played})
    pace.say(f"all {market.played:,} minutes are played: prices stand still from now on")


def _begin(site: Site, tell: Callable[[str], None], ports: list[int]) -> None:
    urls = [f"http://{HOST}:{port}" for port in ports]
    if site.ready is not None:
        write_whole(site.ready, f"{urls[0]}\n".encode())
    tell(", operator at ".join(urls))


async def _sync(log: Log) -> None:
    while True:
        await asyncio.sleep(1.0)
        log.sync()
