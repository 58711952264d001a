"""A line at a running front, and everything it told."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from openbell.core import events as ev
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from tests.edges.brokers.plain.talk import words


class Rig:
    """One line."""

    def __init__(
        self, hands: Any, line_of: Callable[[Joint], Line], now: Callable[[], int], since: int, epoch: int = 1
    ) -> None:
        """Join the line that `line_of` makes to this rig, at the front's own time `now` (ns) and under a lease."""
        self.hands = hands
        self.told: list[ev.Event] = []
        self.news = asyncio.Event()
        self.line = line_of(Joint(tell=self.tell, room=self.room, now=now, epoch=lambda: epoch, seed=1, since=since))

    def tell(self, events: list[ev.Event]) -> None:
        self.told += events
        self.news.set()

    async def room(self) -> None:
        return

    async def until(self, word: str, count: int = 1) -> None:
        """Wait until so many such events were told."""
        async with asyncio.timeout(120):
            while words(self.told).count(word) < count:
                self.news.clear()
                await self.news.wait()


def at_front(
    front: AbstractAsyncContextManager[Any], rig_of: Callable[[Any], Rig], play: Callable[[Rig], Awaitable[None]]
) -> Rig:
    """Play at a front that runs as long, and return what came of it."""

    async def scene() -> Rig:
        async with front as hands:
            rig = rig_of(hands)
            task = asyncio.create_task(rig.line.run())
            await play(rig)
            rig.line.close()
            await asyncio.wait_for(task, timeout=60)
            return rig

    return asyncio.run(scene())


def left(path: str, line_of: Callable[[str, Joint], Line]) -> int | None:
    """Return how a line leaves its first socket, at `path` of a venue that lets it open no other: the code of its close."""
    codes: list[int | None] = []
    news = asyncio.Event()

    async def take(request: web.Request) -> web.StreamResponse:
        if request.path != path:
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            pass
        codes.append(socket.close_code)
        news.set()
        return socket

    async def scene() -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", take)
        async with TestServer(app) as venue:
            rig = Rig(None, lambda joint: line_of(str(venue.make_url("")).rstrip("/"), joint), lambda: 0, 0)
            task = asyncio.create_task(rig.line.run())
            async with asyncio.timeout(120):
                await news.wait()
            rig.line.close()
            await asyncio.wait_for(task, timeout=60)

    asyncio.run(scene())
    return codes[0]
