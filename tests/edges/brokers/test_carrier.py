import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.carrier import Carrier, Parcel, dial, read
from openbell.edges.brokers.failures import AuthFailed, Transient
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.request import Request


class Script:
    """A session that asks and says what it was given, keeps what it hears, and ends when it has heard enough."""

    def __init__(self, enough: int) -> None:
        self.mail = Mail(Budget(1000, 1000, 1))
        self.said: list[tuple[str, Any]] = []
        self.failure: AuthFailed | None = None
        self.is_up = True
        self.heard: list[Any] = []
        self._enough = enough

    def _hear(self, *what: Any) -> list[ev.Event]:
        self.heard.append(what)
        if len(self.heard) >= self._enough:
            self.failure = AuthFailed("that was all")
        return []

    def answered(self, number: int, status: int, headers: Any, raw: bytes, now: int) -> list[ev.Event]:
        return self._hear(status, raw)

    def failed(self, number: int, why: str) -> list[ev.Event]:
        return self._hear(why.partition(":")[0])

    def receive(self, stream: str, raw: str | bytes, now: int) -> list[ev.Event]:
        return self._hear(stream, raw)

    def tick(self, now: int) -> list[ev.Event]:
        return []


async def _echo(http: web.Request) -> web.StreamResponse:
    if http.path == "/stream":
        socket = web.WebSocketResponse()
        await socket.prepare(http)
        async for message in socket:
            await socket.send_str(f"heard {message.data}")
            await socket.close()
        return socket
    return web.Response(body=f"{http.method} {http.raw_path} ".encode() + await http.read(), status=207)


@asynccontextmanager
async def _rig(script: Script, pack: Any) -> AsyncIterator[tuple[Line, Carrier, aiohttp.ClientSession, str]]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", _echo)

    async def room() -> None:
        return

    joint = Joint(tell=lambda _: None, room=room, now=lambda: NS, epoch=lambda: 1, seed=1, since=0)
    line = Line("main", joint, lambda _: room())
    async with TestServer(app) as door, aiohttp.ClientSession() as http:
        base = str(door.make_url("")).rstrip("/")
        line.session = script  # type: ignore[assignment]
        yield line, Carrier(line, script, http, lambda asked: pack(base, asked), 5 * NS), http, base


def _packed(base: str, asked: Asked) -> Parcel:
    return Parcel(method="POST", url=f"{base}{asked.request.path}", data=b"body", headers={})


def test_a_request_goes_out_as_it_was_made_ready_and_its_answer_is_handed_in() -> None:
    script = Script(1)

    async def scene() -> None:
        async with _rig(script, _packed) as (line, carrier, _, _):
            script.mail.ask(Request(op="x", path="/a?b=%2Fc%20d"))
            await asyncio.wait_for(carrier.write({}), 180)
            assert line.refused is script.failure

    asyncio.run(scene())
    assert script.heard == [(207, b"POST /a?b=%2Fc%20d body")]


def test_a_request_that_nobody_takes_has_failed() -> None:
    script = Script(1)

    async def scene() -> None:
        async with _rig(
            script, lambda base, asked: Parcel(method="GET", url="http://127.0.0.1:1/", data=None, headers={})
        ) as rig:
            script.mail.ask(Request(op="x"))
            await asyncio.wait_for(rig[1].write({}), 180)

    asyncio.run(scene())
    assert script.heard == [("ClientConnectorError",)]


def test_a_stream_says_what_there_is_to_say_and_its_end_ends_the_reading() -> None:
    script = Script(2)

    async def scene() -> None:
        async with _rig(script, _packed) as (line, carrier, http, base):
            socket = await dial(http, f"{base}/stream", 5 * NS)
            script.said.append(("prices", {"op": "hello"}))
            with pytest.raises(Transient, match="closed the prices stream"):
                await asyncio.wait_for(
                    line.race(read(line, script, "prices", socket), carrier.write({"prices": socket})), 180
                )

    asyncio.run(scene())
    assert script.heard == [("prices", 'heard {"op":"hello"}')]
