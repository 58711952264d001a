"""Asks of each signal who signed it, when, how often, what it says, whether it is new.

In that order. Only then is it handed on, and only once its name is on disk. Who cannot sign is told nothing but that.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from openbell.core.types import NS
from openbell.edges.signals.form import Wanted, parsed
from openbell.edges.signals.names import Came, Names
from openbell.edges.signals.proof import instant, is_of_now, is_signed
from openbell.paces import Pace

MOST_FAILED = 30
"""Requests a minute of one address that may fail to prove who they are; a further one is not written down."""
_MOST_PLACES = 10_000
_UNSIGNED = "no signal: its signature is not that of X-OpenBell-Timestamp and the body, by the secret of its source"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one source.

    Attributes:
        secret: Signs. max_age: How long a signal holds behind its timestamp, ns. pace: Signals a minute.
        instruments: What it may speak of.
    """

    secret: str
    max_age: int
    pace: int
    instruments: tuple[str, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request: the source it names, its two headers, its body, and from where it came."""

    source: str
    timestamp: str
    signature: str
    body: bytes
    peer: str


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender is told; `wait` is when to ask again, seconds, 0 for nothing."""

    status: int
    body: str
    wait: int = 0


Deliver = Callable[[Came, int], Awaitable[dict[str, Any] | None]]
"""Hands a signal on that holds until an instant (UTC ns); returns what came of it, None where nobody can say."""


class Gate:
    """Stands before the engine."""

    def __init__(self, sources: Mapping[str, Terms], names: Names, deliver: Deliver, now: Callable[[], int]) -> None:
        """Let through what `sources` may say; `now` tells UTC ns."""
        self._sources, self._names, self._deliver, self._now = sources, names, deliver, now
        self._nobody = secrets.token_hex(32)
        self._paces, self._failed = Pace(now, _MOST_PLACES), Pace(now, _MOST_PLACES)
        self._turn = asyncio.Lock()

    async def take(self, asked: Asked) -> Reply:
        """Take one request to its end."""
        terms = self._sources.get(asked.source)
        # A source that there is not takes as long as one that there is.
        secret = terms.secret if terms is not None else self._nobody
        if not is_signed(secret, asked.timestamp, asked.body, asked.signature) or terms is None:
            return self._turn_away(asked)
        now, at = self._now(), instant(asked.timestamp)
        if at is None or not is_of_now(at, now, terms.max_age):
            return self._late(asked, at, now)
        wait = self._paces.wait(asked.source, terms.pace)
        if wait:
            return _refusal(429, f"more than {terms.pace} signals a minute", wait)
        try:
            wanted = parsed(asked.body)
        except (ValueError, msgspec.MsgspecError) as error:
            return _refusal(422, f"no signal: {error}")
        if wanted.instrument not in terms.instruments:
            known = ", ".join(terms.instruments)
            return _refusal(422, f"{asked.source} does not trade {wanted.instrument!r}; it trades {known}")
        # One at a time: what was signed first is handed on first.
        async with self._turn:
            return await self._hand_on(asked, wanted, (at, now, terms.max_age))

    async def _hand_on(self, asked: Asked, wanted: Wanted, when: tuple[int, int, int]) -> Reply:
        at, now, max_age = when
        came = Came(
            source=asked.source, id=wanted.id, digest=hashlib.sha256(asked.body).hexdigest(),
            instrument=wanted.instrument, target=wanted.share, reason=wanted.reason, at=at, wall=now, peer=asked.peer,
        )  # fmt: skip
        known = self._names.find(came.source, came.id)
        if known is not None and known.digest != came.digest:
            return _refusal(409, f"{came.id} is the name of another signal; choose a new one")
        if known is not None and known.answer:
            return Reply(status=200, body=known.answer)
        came = known or came
        if self._names.is_overtaken(came):
            return _refusal(409, f"a signal for {came.instrument} that was signed later stands already")
        if known is None:
            came = self._names.add(came)
        # Its age counts from when it was signed first, however often it is sent.
        told = await self._deliver(came, came.at + max_age)
        if told is None:
            return _refusal(503, "the engine does not answer; send the same signal again, it counts once", 1)
        answer = msgspec.json.encode({"id": came.id, **told}).decode()
        self._names.answer(came, answer)
        return Reply(status=200, body=answer)

    def _turn_away(self, asked: Asked) -> Reply:
        wait = self._failed.wait(asked.peer, MOST_FAILED)
        if wait:
            return _refusal(429, "too many requests that nobody signed", wait)
        self._names.refuse(self._now(), asked.source, asked.peer, "not signed")
        return _refusal(401, _UNSIGNED)

    def _late(self, asked: Asked, at: int | None, now: int) -> Reply:
        """Turn away what was signed at another time; who could sign is told by how much."""
        if at is None:
            why = f"timestamp {asked.timestamp[:20]!r} is no whole number of seconds since 1970"
        else:
            why = f"its timestamp is {(now - at) / NS:+.0f} s behind the clock here"
        self._names.refuse(now, asked.source, asked.peer, why)
        return _refusal(401, why)


def _refusal(status: int, why: str, wait: int = 0) -> Reply:
    return Reply(status=status, body=msgspec.json.encode({"error": why}).decode(), wait=wait)
