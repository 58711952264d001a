"""The socket: a snapshot, then what is new, numbered.

A slow reader gets more at a time, less often.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal

import msgspec
from fastapi import WebSocket, WebSocketDisconnect

from openbell.edges.web.ports import Frame, Room, UnknownState, Watch
from openbell.edges.web.sessions import MOST_EACH, Sessions, Who

PROTOCOL = 2
"""Counts up when a program that knew the frames before would misread those of now."""
KEPT_TEXTS = 8
"""Deltas that stay written: those that wait for the same are sent the same text."""
LONGEST_HELLO_S, LONGEST_SEND_S = 5.0, 20.0
"""How long a caller may take to say who it is, and to take a frame."""
BEAT_S = 1.0
MOST_HZ = 20.0
RECHECK_S = 10.0
"""How often is looked whether a caller is still let in."""
REFUSED, GONE, TOO_MANY = 4401, 4404, 4429
"""Codes with which a socket is closed: no ticket, no such state, too many sockets."""


Delta = Callable[[Frame, frozenset[str]], str]


class Hello(msgspec.Struct, forbid_unknown_fields=True):
    """The caller's first message.

    `state` is empty for the list of all states alone. `without` are lists that it does not want pushed: it asks for
    them by page.
    """

    ticket: str
    state: str
    without: tuple[Literal["fills", "trades", "alerts", "decisions"], ...] = ()


class Rate(msgspec.Struct, forbid_unknown_fields=True):
    """How often the caller wants frames at most; a page that nobody sees wants few."""

    type: str
    hz: float


class Sockets:
    """All sockets that are open."""

    def __init__(self, room: Room, sessions: Sessions, is_in: Callable[[Who], bool], now: Any) -> None:
        """Read from `room` for those whom `sessions` admits, as long as `is_in` says so; `now` tells UTC ns."""
        self._room, self._sessions, self._is_in, self._now = room, sessions, is_in, now
        self._delta = lru_cache(maxsize=KEPT_TEXTS)(_delta)
        self._open: dict[str, int] = {}

    async def serve(self, socket: WebSocket) -> None:
        """Talk to one caller until it goes."""
        await socket.accept()
        try:
            async with asyncio.timeout(LONGEST_HELLO_S):
                hello = msgspec.json.decode(await socket.receive_text(), type=Hello)
        except (TimeoutError, msgspec.MsgspecError, KeyError, WebSocketDisconnect):
            await _close(socket, REFUSED, "the first message is a ticket and a state")
            return
        who = self._sessions.admit(hello.ticket)
        if who is None:
            await _close(socket, REFUSED, "this ticket is not good any more")
            return
        key = who.key
        if self._open.get(key, 0) >= MOST_EACH:
            await _close(socket, TOO_MANY, f"more than {MOST_EACH} sockets at a time")
            return
        self._open[key] = self._open.get(key, 0) + 1
        try:
            await self._talk(socket, who, hello)
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    async def _talk(self, socket: WebSocket, who: Who, hello: Hello) -> None:
        try:
            watch = self._room.watch(hello.state)
        except UnknownState as unknown:
            await _close(socket, GONE, str(unknown))
            return
        line = _Line(socket, self._room, watch, hello, self._delta)
        tasks = [
            asyncio.create_task(one) for one in (line.send(), line.beat(self._now), line.listen(), self._recheck(who))
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            watch.close()
            for task in tasks:
                task.cancel()
            for found in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(found, Exception) and not isinstance(found, _ENDS):
                    raise found
            await _close(socket, 1000, "")

    async def _recheck(self, who: Who) -> None:
        while self._is_in(who):  # noqa: ASYNC110  # nothing tells of a session that runs out
            await asyncio.sleep(RECHECK_S)


_ENDS = (WebSocketDisconnect, TimeoutError, RuntimeError, OSError, UnknownState)
"""What a socket ends by, for its caller's reasons or the network's."""


class Cadence:
    """How long to wait between frames, of which there shall be one for each pause at most.

    One frame may come early by up to a pause. Whoever wants frames as often as they are made gets each of them at once:
    with a whole pause behind every frame it would fall behind by what the frame took, until it missed one.

    Attributes:
        pause_s: Seconds from frame to frame, on the average at least.
    """

    def __init__(self, pause_s: float) -> None:
        """Begin with nothing sent."""
        self.pause_s = pause_s
        self._due = 0.0

    def sent(self, now: float) -> float:
        """Return how many seconds to wait after a frame that was sent at `now` (s, monotonic)."""
        self._due = max(self._due, now - self.pause_s) + self.pause_s
        return max(self._due - now, 0.0)


class _Line:
    """What goes over one socket."""

    def __init__(self, socket: WebSocket, room: Room, watch: Watch, hello: Hello, delta: Delta) -> None:
        self._socket, self._room, self._watch, self._state = socket, room, watch, hello.state
        self._delta, self._without = delta, frozenset(hello.without)
        self._cadence = Cadence(1 / MOST_HZ)
        self._lock = asyncio.Lock()

    async def send(self) -> None:
        """Send the snapshot, then every frame; a snapshot again where too much has come in between."""
        await self._greet()
        while True:
            frame = await self._watch.next()
            if frame is None:
                await self._snapshot()
            else:
                await self._put(self._delta(frame, self._without))
            await asyncio.sleep(self._cadence.sent(asyncio.get_running_loop().time()))

    async def _greet(self) -> None:
        pulse = self._room.pulse(self._state)
        await self._put(_text({"type": "hello", "protocol": PROTOCOL, **pulse}))
        await self._snapshot()

    async def _snapshot(self) -> None:
        n, data = self._watch.snapshot()
        left_out: dict[str, Any] = {key: [] for key in self._without if key in data}
        await self._put(_text({"type": "snapshot", "n": n, "data": {**data, **left_out}}))

    async def beat(self, now: Any) -> None:
        """Send the engine's last sign of life each second."""
        while True:
            pulse = self._room.pulse(self._state)
            await self._put(_text({"type": "heartbeat", "server_ts": str(now()), **pulse}))
            await asyncio.sleep(BEAT_S)

    async def listen(self) -> None:
        """Take what the caller says: how often it wants to hear."""
        while True:
            text = await self._socket.receive_text()
            with suppress(msgspec.MsgspecError):
                hz = msgspec.json.decode(text, type=Rate).hz
                self._cadence.pause_s = 1 / min(max(hz, 0.1), MOST_HZ)

    async def _put(self, text: str) -> None:
        async with self._lock, asyncio.timeout(LONGEST_SEND_S):
            await self._socket.send_text(text)


def _delta(frame: Frame, without: frozenset[str]) -> str:
    wanted = {name: found for name, found in frame.sections.items() if name not in without}
    return _text({"type": "delta", "since": frame.since, "n": frame.n, "data": wanted})


def _text(message: dict[str, Any]) -> str:
    return msgspec.json.encode(message).decode()


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    with suppress(RuntimeError, OSError, WebSocketDisconnect):
        await socket.close(code, reason[:120])
