"""The local command socket: a unix socket in the state directory, for this user alone.

One JSON line in, one JSON line out, then it closes. It needs the token of the state's token file (0600) and, where the
system tells, a peer of this user or root; who has neither is refused and written down. Nothing here blocks: `poll` does
what can be done at once, so it can be called from any loop, and `fileno` becomes readable when there is something.
"""

import hmac
import json
import os
import secrets
import selectors
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from openbell.core.events import Command
from openbell.files import write_whole
from openbell.run.clock import Clock
from openbell.run.reload import as_event

SOCKET, TOKEN, REFUSED = "control.sock", "control.token", "control.refused"
LONGEST = 1 << 16
"""Longest line taken, bytes."""
MOST = 16
"""Callers at one time; more are turned away."""
PATIENCE_NS = 5_000_000_000
"""How long a caller may take, ns."""
_KEPT_BYTES = 1 << 18
_KINDS = (
    "stop", "kill", "enable", "resume", "pause", "adopt", "release", "arm", "disarm", "confirm", "config", "order",
    "signal",
)  # fmt: skip

Take = Callable[[Command], dict[str, Any]]
"""Takes a command as the loop does, makes it durable, and says what came of it."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line from a caller: the token, and the command's fields but for its instant."""

    token: str
    id: str
    kind: str
    actor: str
    reason: str = ""
    scope: str = "all"
    close: bool = False
    tier: int | None = None
    digits: str = ""
    change: str = ""
    until: int = 0


class Hatch:
    """The engine's side of the socket."""

    def __init__(self, folder: Path, take: Take, clock: Clock) -> None:
        """Open the socket and write a new token. Raises OSError."""
        self._folder, self._take, self._clock = folder, take, clock
        self._token = secrets.token_hex(32)
        write_whole(folder / TOKEN, self._token.encode())
        (folder / SOCKET).unlink(missing_ok=True)
        self._selector = selectors.DefaultSelector()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            _at(folder, self._door.bind)
        finally:
            os.umask(before)
        self._door.listen(MOST)
        self._door.settimeout(0)
        self._selector.register(self._door, selectors.EVENT_READ)
        self._callers: dict[socket.socket, tuple[bytearray, int]] = {}

    def fileno(self) -> int:
        """Return a descriptor that is readable whenever `poll` has something to do."""
        return self._selector.fileno()

    def poll(self) -> None:
        """Do everything that can be done at once."""
        for key, _ in self._selector.select(0):
            if key.fileobj is self._door:
                self._welcome()
            else:
                self._listen(key.fileobj)  # type: ignore[arg-type]  # a caller's socket
        now = self._clock.now()
        for caller, (_, since) in list(self._callers.items()):
            if now - since > PATIENCE_NS:
                self._end(caller, {"ok": False, "error": "too slow"})

    def close(self) -> None:
        """Close the socket and take it out of the directory."""
        for caller in list(self._callers):
            self._end(caller, {"ok": False, "error": "the engine ends"})
        self._selector.unregister(self._door)
        self._door.close()
        self._selector.close()
        (self._folder / SOCKET).unlink(missing_ok=True)

    def _welcome(self) -> None:
        try:
            caller, _ = self._door.accept()
        except OSError:
            return
        caller.settimeout(0)
        peer = peer_of(caller)
        if len(self._callers) >= MOST:
            _answer(caller, {"ok": False, "error": "too many callers"})
        elif peer is not None and peer[1] not in (os.getuid(), 0):
            self._write_down(peer, "another user")
            _answer(caller, {"ok": False, "error": "refused"})
        else:
            self._callers[caller] = (bytearray(), self._clock.now())
            self._selector.register(caller, selectors.EVENT_READ)

    def _listen(self, caller: socket.socket) -> None:
        heard, _ = self._callers[caller]
        try:
            data = caller.recv(LONGEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        heard += data
        if b"\n" in heard:
            self._end(caller, self._obey(caller, bytes(heard[: heard.index(b"\n")])))
        elif not data or len(heard) > LONGEST:
            self._end(caller, {"ok": False, "error": "no line"})

    def _obey(self, caller: socket.socket, line: bytes) -> dict[str, Any]:
        try:
            asked = msgspec.json.decode(line, type=Request)
        except (msgspec.MsgspecError, ValueError) as error:
            self._write_down(peer_of(caller), "not a request")
            return {"ok": False, "error": f"not a request: {error}"}
        if not hmac.compare_digest(asked.token.encode(), self._token.encode()):
            self._write_down(peer_of(caller), "wrong token")
            return {"ok": False, "error": "refused"}
        if asked.kind not in _KINDS:
            return {"ok": False, "error": f"{asked.kind!r} is no command"}
        command = Command(
            ts=0, id=asked.id, kind=asked.kind, actor=asked.actor, reason=asked.reason, scope=asked.scope,
            close=asked.close, tier=asked.tier, digits=asked.digits, change=asked.change, until=asked.until,
        )  # fmt: skip
        if as_event(command, self._clock.now()) is None:
            return {"ok": False, "error": "a change that cannot be read"}
        return {"ok": True, **self._take(command)}

    def _end(self, caller: socket.socket, reply: dict[str, Any]) -> None:
        del self._callers[caller]
        self._selector.unregister(caller)
        _answer(caller, reply)

    def _write_down(self, peer: tuple[int, int] | None, why: str) -> None:
        """Write down who was refused and why; the file is bounded, because anybody here can make it grow."""
        path = self._folder / REFUSED
        size = path.stat().st_size if path.exists() else 0
        if size > _KEPT_BYTES:
            path.replace(path.with_suffix(".older"))
        pid, uid = peer if peer is not None else (None, None)
        line = json.dumps({"ts": self._clock.now(), "pid": pid, "uid": uid, "why": why}) + "\n"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(file, "a", encoding="utf-8") as out:
            out.write(line)


def call(folder: Path, fields: dict[str, Any], timeout_s: float) -> dict[str, Any] | None:
    """Give a command to the engine of a state and return its reply, None where nobody answers.

    Args:
        folder: The state directory.
        fields: Of the command, as in `Request` but for the token.
        timeout_s: How long to wait, seconds.
    """
    try:
        token = (folder / TOKEN).read_text(encoding="ascii")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(timeout_s)
            _at(folder, line.connect)
            with suppress(BrokenPipeError, ConnectionResetError):
                # Whoever refuses us hangs up before he has read; his word is still to be heard.
                line.sendall(json.dumps({**fields, "token": token}).encode() + b"\n")
            heard = b""
            while not heard.endswith(b"\n") and (data := line.recv(LONGEST)):
                heard += data
        reply = json.loads(heard)
    except (OSError, ValueError):
        return None
    return reply if isinstance(reply, dict) else None


def peer_of(caller: socket.socket) -> tuple[int, int] | None:
    """Return process and user of the other end, None where the system does not tell."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    pid, uid, _ = struct.unpack("3i", caller.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return pid, uid


def _answer(caller: socket.socket, reply: dict[str, Any]) -> None:
    """Send the one line and hang up; who does not listen gets nothing, and nobody waits for him."""
    try:
        caller.send(json.dumps(reply).encode() + b"\n")
    except OSError:
        return
    finally:
        caller.close()


def _at(folder: Path, act: Callable[[str], object]) -> None:
    """Bind or connect at the socket's path; a long one is reached through its directory's descriptor."""
    path = str(folder / SOCKET)
    if len(path.encode()) < 100:
        act(path)
        return
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        act(f"/proc/self/fd/{directory}/{SOCKET}")
    finally:
        os.close(directory)
