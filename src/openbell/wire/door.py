"""Carries answers and announcements out, whole or as faults have it.

For fronts of REST and sockets.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from openbell.core.types import NS
from openbell.wire.log import Log
from openbell.wire.mischief import Frame, Mischief, Outcome
from openbell.wire.script import Rule
from openbell.wire.windows import Windows

PATIENCE_NS = 120 * NS
"""A request that is never answered is let go after this."""
_DRIPS = 40
_JSON = "application/json"


class Door:
    """One front's way out.

    Attributes:
        mischief, windows: What goes wrong. log: What was kept back stands there.
        deliver: Sends an announcement to those who want it. cut: Ends all sockets, or with True all that there is.
        deafen: Makes every socket deaf that there is.
    """

    def __init__(self, mischief: Mischief, log: Log, now: Callable[[], int]) -> None:
        """Open over `mischief`; `now` tells UTC time in ns."""
        self.mischief = mischief
        self.log = log
        self.windows = Windows(log, now)
        self.deliver: Callable[[Frame], None] = lambda _: None
        self.cut: Callable[[], None] = lambda: None
        self.deafen: Callable[[], None] = lambda: None
        self._open: set[asyncio.Transport] = set()
        self._held: list[Frame] = []
        self._closed = asyncio.Event()

    @property
    def time(self) -> int:
        """The front's clock, UTC ns."""
        return self.windows.time

    # --- announcements ------------------------------------------------------------------------------------------

    def publish(self, frame: Frame) -> None:
        """Announce what happened."""
        if self.mischief.rules:
            self._spread(self.mischief.announce(frame, self.time))
        else:
            self._emit(frame)

    def _spread(self, outcome: Outcome) -> list[Frame]:
        """Begin what lasts, send what is announced and return the replies."""
        self.windows.open(outcome)
        if outcome.is_deaf:
            self.log.write(self.time, "fault", {"what": "deaf"})
            self.deafen()
        replies = []
        for frame in outcome.frames:
            if frame.stream == "reply":
                replies.append(frame)
            elif wait := frame.delay + self.windows.lag:
                asyncio.get_running_loop().call_later(wait / NS, self._emit, frame)
            else:
                self._emit(frame)
        if outcome.cut in ("all", "sockets"):
            self.cut_all(is_rest=outcome.cut == "all")
        return replies

    def _emit(self, frame: Frame) -> None:
        is_account = frame.stream in ("orders", "executions", "account")
        if self.windows.is_during("mute" if is_account else "mute_data"):
            self.log.write(self.time, "swallowed", {"stream": frame.stream, "frame": frame.body})
        elif self._held or self.windows.is_during("stall"):
            # What comes just behind a stall waits with the rest: nothing overtakes.
            self._held.append(frame)
            if len(self._held) == 1:
                asyncio.get_running_loop().call_later(self.windows.left("stall") / NS + 0.001, self._release)
        else:
            self.deliver(frame)

    def _release(self) -> None:
        if self.windows.is_during("stall"):
            asyncio.get_running_loop().call_later(self.windows.left("stall") / NS + 0.001, self._release)
            return
        held, self._held = self._held, []
        for frame in held:
            self.deliver(frame)

    def cut_all(self, *, is_rest: bool = True) -> None:
        """Cut every socket, and where asked every request under way, without a farewell."""
        self.log.write(self.time, "fault", {"what": "cut", "whose": "all" if is_rest else "sockets"})
        self.cut()
        for transport in list(self._open) if is_rest else ():
            transport.abort()

    # --- requests -----------------------------------------------------------------------------------------------

    def take(self, request: Any) -> tuple[list[Frame], bool]:
        """Answer a request; no reply is never answered, True cuts its own connection."""
        front, now = self.mischief.front, self.time
        for what, word in (("ban", "banned"), ("expired", "expired")):
            if self.windows.is_during(what):
                self.log.write(now, "turned_away", {"what": word})
                return [front.refuse(request, word, Rule(do=what, at="", lasts=self.windows.left(what)))], False
        outcome = self.mischief.answer(request, now)
        return self._spread(outcome), outcome.cut in ("own", "all")

    async def serve(self, http: web.Request, request: Any, head: dict[str, str]) -> web.StreamResponse:
        """Answer a request of HTTP, with headers that stand in every answer."""
        transport = http.transport
        if transport is None or self.windows.is_during("down"):
            self.log.write(self.time, "turned_away", {"path": http.path})
            return web.Response(status=503, text="down for maintenance")
        self._open.add(transport)
        try:
            replies, is_cut = self.take(request)
            if is_cut:
                transport.abort()
                return web.Response()
            if not replies:
                await self._say_nothing(transport)
                return web.Response()
            return await self._respond(http, msgspec.structs.replace(replies[0], head={**head, **replies[0].head}))
        finally:
            self._open.discard(transport)

    async def _say_nothing(self, transport: asyncio.Transport) -> None:
        """Keep a client waiting, and let it go in the end."""
        try:
            async with asyncio.timeout(PATIENCE_NS / NS):
                await self._closed.wait()
        except TimeoutError:
            self.log.write(self.time, "let_go", {})
        transport.abort()

    def close(self) -> None:
        """Let everybody go who is still kept waiting."""
        self._closed.set()

    async def _respond(self, http: web.Request, frame: Frame) -> web.StreamResponse:
        wait = max(frame.delay, self.windows.left("stall"))
        if wait:
            await asyncio.sleep(wait / NS)
        raw = encoded(frame)
        if frame.way == "broken":
            raw = raw[: len(raw) * 2 // 3]
        if frame.way in ("whole", "broken"):
            if not raw:
                return web.Response(status=frame.status, headers=frame.head)
            kind = "text/html" if raw.startswith(b"<") else _JSON
            return web.Response(body=raw, status=frame.status, headers=frame.head, content_type=kind)
        response = web.StreamResponse(status=frame.status, headers={**frame.head, "Content-Type": _JSON})
        response.content_length = len(raw)
        await response.prepare(http)
        if frame.way == "half":
            await response.write(raw[: len(raw) // 2])
            if http.transport is not None:
                http.transport.abort()
            return response
        step = -(-len(raw) // _DRIPS) or 1
        for place in range(0, len(raw), step):
            await asyncio.sleep(frame.lasts / _DRIPS / NS)
            if http.transport is None or http.transport.is_closing():
                break
            await response.write(raw[place : place + step])
        return response


def encoded(frame: Frame) -> bytes:
    """Return what an HTTP reply says."""
    if frame.raw is not None:
        return frame.raw.encode()
    return b"" if frame.body is None else msgspec.json.encode(frame.body)
