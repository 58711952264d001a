"""The web process: it shows what journals hold and passes on words; it has no key."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from openbell import __version__
from openbell.core.types import MINUTE_NS
from openbell.edges.web.app import Server
from openbell.edges.web.audit import NAME, Audit
from openbell.edges.web.entrance import Entrance
from openbell.edges.web.gate import PACES, Reach
from openbell.edges.web.identity import Identity
from openbell.edges.web.ports import Sides
from openbell.edges.web.sessions import OneTimeCode, Paces, Sessions
from openbell.edges.web.sockets import Door, Socket
from openbell.run.clock import Clock, WallClock
from openbell.run.web.keeper import Keeper
from openbell.run.web.messages import Messages
from openbell.run.web.public import Tls, check, names, networks
from openbell.run.web.room import Room
from openbell.run.web.starter import Starter
from openbell.run.web.trials import Trials
from openbell.run.web.upkeep import Upkeep

PORT = 8787
MOST_FRAME = 64 << 10
"""Bytes of one message of a socket's caller."""
LINK_NS = 15 * MINUTE_NS


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where to serve what.

    Attributes:
        home: Folder of the states, and of the owner's file. only: These states alone; empty for all below `home`.
        host, port: Where to listen; port 0 takes a free one. has_link: True to make a one-time link.
        tls: Certificate and key to speak TLS with, None for plain HTTP. allowed: Addresses and networks that may ask;
            empty for all.
    """

    home: Path
    only: tuple[Path, ...] = ()
    host: str = "127.0.0.1"
    port: int = PORT
    has_link: bool = False
    tls: Tls | None = None
    allowed: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What people are told once the port answers.

    Attributes:
        address: Of the page. link: The page with a one-time code, empty for none.
        setup_code: For the first password, empty once there is one.
    """

    address: str
    link: str = ""
    setup_code: str = ""


def nowhere() -> Server:
    """Return a server of no states. Nothing is opened, read or served for it."""
    clock, empty = WallClock(), Path(os.devnull) / "nowhere"
    entrance = Entrance(
        Identity(empty, clock.now), Sessions(clock.now), Audit(empty, clock.now), clock.now, __version__
    )
    sides, _ = _sides(Keeper(empty), clock)
    return Server(sides, entrance, Paces(clock.now, PACES), Reach(), clock.now, __version__)


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document of the server."""
    return nowhere().document()


async def serve(place: Place, tell: Callable[[Told], None], is_over: Callable[[], bool] = lambda: False) -> None:
    """Serve until a signal comes, or until it is over.

    Args:
        place: Where, and what.
        tell: Is told the address once the port answers.
        is_over: Asked ten times a second.

    Raises:
        PublicBind: The address is not this machine's own, and something is missing. OSError: The port is taken.
    """
    clock = WallClock()
    identity = Identity(place.home / "web" / "owner.json", clock.now)
    has_factor = identity.has_second_factor
    check(place.host, place.tls, place.allowed, has_factor=has_factor, has_link=place.has_link)
    known = names(place.tls, clock.now()) if place.tls is not None else (place.host, "localhost", "127.0.0.1")
    allowed = networks(place.allowed)
    audit = Audit(place.home / "web" / NAME, clock.now)
    entrance = Entrance(identity, Sessions(clock.now), audit, clock.now, __version__)
    if place.has_link:
        entrance.opener = OneTimeCode(clock.now, LINK_NS)
    door = _listen(place.host, place.port)
    port = door.getsockname()[1]
    reach = Reach(hosts=_with_port(known, port, is_tls=place.tls is not None), networks=allowed)
    keeper = Keeper(place.home, place.only)
    sides, starter = _sides(keeper, clock)
    server = Server(sides, entrance, Paces(clock.now, PACES), reach, clock.now, __version__)
    config = uvicorn.Config(
        server.app, log_config=None, access_log=False, server_header=False, proxy_headers=False, lifespan="off",
        http=Door, ws=Socket, ws_max_size=MOST_FRAME, h11_max_incomplete_event_size=32 << 10, timeout_keep_alive=10,
        timeout_graceful_shutdown=2, ssl_certfile=place.tls.certificate if place.tls is not None else None,
        ssl_keyfile=place.tls.key if place.tls is not None else None,
    )  # fmt: skip
    tell(_told(place, entrance, known[0], port))
    try:
        await _until_over(uvicorn.Server(config), door, (keeper, starter), is_over)
    finally:
        door.close()
        starter.release()
        keeper.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio lets small answers go at once.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(socket.SOMAXCONN)
    except OSError:
        door.close()
        raise
    return door


def _with_port(hosts: tuple[str, ...], port: int, *, is_tls: bool) -> frozenset[str]:
    """Return names as browsers send them: with the port, but for the one that goes without saying."""
    written = [_written(host) for host in hosts]
    usual = written if port == (443 if is_tls else 80) else []
    return frozenset([f"{host}:{port}" for host in written] + usual)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host.lower()


def _told(place: Place, entrance: Entrance, name: str, port: int) -> Told:
    address = f"http{'s' if place.tls is not None else ''}://{_written(name)}:{port}/"
    link = f"{address}#open={entrance.opener.text}" if entrance.opener is not None else ""
    return Told(address=address, link=link, setup_code=entrance.code.text if entrance.code is not None else "")


def _sides(keeper: Keeper, clock: Clock) -> tuple[Sides, Starter]:
    starter = Starter(keeper, clock, os.environ)
    trials = Trials(keeper.home, clock, os.environ)
    sides = Sides(
        room=Room(keeper, clock), starter=starter, trials=trials, upkeep=Upkeep(keeper, clock),
        messages=Messages(keeper, clock),
    )  # fmt: skip
    return sides, starter


async def _until_over(
    server: uvicorn.Server, door: socket.socket, chores: tuple[Keeper, Starter], is_over: Callable[[], bool]
) -> None:
    async def look() -> None:
        while not is_over():  # noqa: ASYNC110  # a signal's flag, set outside the loop
            await asyncio.sleep(0.1)
        server.should_exit = True

    keeper, starter = chores
    working = [asyncio.create_task(one) for one in (keeper.run(), keeper.listen(), starter.tend())]
    looking = asyncio.create_task(look())
    serving = asyncio.create_task(server.serve(sockets=[door]))
    done, _ = await asyncio.wait([*working, serving], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    looking.cancel()
    for task in working:
        if task in done:
            task.result()
        task.cancel()
