"""The control room over real states on a real port, for the tests of this folder and of the routes."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import aiohttp
import pytest

from openbell.edges.web.gate import COOKIE, PACES
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.live import Settings, live
from openbell.run.pulse import Pulse, write_pulse
from openbell.run.web.serve import Place, Told, serve
from tests.run.small import small

PASSWORD = "seven quiet herons wade"


@cache
def played() -> Path:
    """Return the state of a small run that has ended; it is made once and only read."""
    folder = Path(mkdtemp(prefix="openbell-played-"))
    prepared, market = small(folder)
    place = folder / "small"
    states.make(place)
    live(prepared, market, Settings(state=place))
    return place


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """Be the process that runs a state while what is inside lasts: it holds the lock and has just given a sign."""
    with (states.journal(folder) / "lock").open("w") as lock:
        lock.write(str(os.getpid()))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_pulse(folder, Pulse(pid=os.getpid(), epoch=9, seq=1, count=1, ts=WallClock().now()))
        yield


def home_with(folder: Path, *names: str) -> Path:
    """Return a home with copies of the small run under these names."""
    for name in names:
        shutil.copytree(played(), folder / name)
    return folder


class Stage:
    """A server on a port, and a browser that talks to it.

    Attributes:
        told: What the server said at its start. http: A client without cookies of its own. csrf: Of its session.
    """

    def __init__(self, told: Told, http: aiohttp.ClientSession) -> None:
        self.told, self.http = told, http
        self.address = told.address.rstrip("/")
        self.cookie = self.csrf = ""

    def headers(self, **more: str) -> dict[str, str]:
        """Return the headers of a session that has come in."""
        found = {"cookie": f"{COOKIE}={self.cookie}", "x-openbell-csrf": self.csrf} if self.cookie else {}
        return {**found, **{name.replace("_", "-"): value for name, value in more.items()}}

    async def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Return (status, JSON or text, headers) of a request; of this session where no headers are given."""
        with_headers = self.headers() if headers is None else headers
        async with self.http.request(method, self.address + path, json=body, headers=with_headers) as reply:
            text = await reply.text()
            is_json = reply.headers.get("content-type", "").startswith("application/json")
            return reply.status, (await reply.json() if is_json and text else text), reply

    async def get(self, path: str) -> Any:
        """Return the body of a GET that has to succeed."""
        status, body, _ = await self.ask("GET", path)
        assert status == 200, body
        return body

    async def come_in(self) -> None:
        """Make the owner, and a session of theirs."""
        form = {"code": self.told.setup_code, "password": PASSWORD}
        status, body, reply = await self.ask("POST", "/api/setup", form, {})
        assert status == 200, body
        self.keep(body, reply)

    def keep(self, body: Any, reply: aiohttp.ClientResponse) -> None:
        """Remember a session that has begun."""
        self.cookie, self.csrf = reply.cookies[COOKIE].value, body["csrf"]


@asynccontextmanager
async def opened(home: Path, paces: dict[str, int] | None = None, **fields: Any) -> AsyncIterator[Stage]:
    """Serve the states of a home on a free port of this machine; a test may ask it as often as it likes.

    Args:
        home: Of the states.
        paces: How often an address may ask, for tests of that.
        fields: Of the place.
    """
    told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
    is_over = asyncio.Event()
    place = Place(home=home, port=0, **fields)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("openbell.run.web.serve.PACES", paces or dict.fromkeys(PACES, 1_000_000))
        serving = asyncio.create_task(serve(place, told.set_result, is_over.is_set))
        await asyncio.wait([told, serving], return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(60)) as http:
        stage = Stage(told.result(), http)
        await stage.ask("GET", "/api/health")
        try:
            yield stage
        finally:
            # What ended the server tells more than that it answers no more.
            is_over.set()
            await serving


def on_stage(home: Path, act: Callable[[Stage], Awaitable[None]], **fields: Any) -> None:
    """Serve a home, and act."""

    async def play() -> None:
        async with opened(home, **fields) as stage:
            await act(stage)

    asyncio.run(play())


async def settled(stage: Stage, state: str) -> Any:
    """Return the snapshot of a state whose journal has been read to its end."""
    last = 0
    while True:
        found = await stage.get(f"/api/snapshot?state={state}")
        records = (await stage.get(f"/api/journal?state={state}&count=1"))["records"]
        seq = found["run"]["seq"]
        if records and records[0]["seq"] == seq == last:
            return found
        last = seq
