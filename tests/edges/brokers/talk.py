"""A session with a pretended vendor: what it asks is taken, what it hears is handed in."""

import json
from typing import Any

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.mail import Asked
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.session import Session

T0 = 1_795_176_000 * NS


class RestTalk:
    """One session; `offset` is the venue's clock less ours, ns."""

    def __init__(self, session: Session) -> None:
        self.now = T0
        self.offset = 0
        self.session = session

    def asked(self) -> list[Asked]:
        """Return what the session asks now."""
        found = []
        while (one := self.session.mail.next_out(self.now)) is not None:
            self.fits(one.request)
            found.append(one)
        return found

    def fits(self, request: Request) -> None:
        """Check a request against the vendor's specification, where that is here: every one that a test sees is."""

    def reply(self, asked: Asked, status: int, body: Any = None, headers: Any = None) -> list[ev.Event]:
        """Answer a request."""
        raw = b"" if body is None else json.dumps(body).encode()
        return self.session.answered(asked.id, status, headers or {}, raw, self.now)

    def frame(self, stream: str, body: Any) -> list[ev.Event]:
        """Tell a frame of a stream."""
        return self.session.receive(stream, json.dumps(body), self.now)

    def tick(self, seconds: float) -> list[ev.Event]:
        """Let time pass and look around."""
        self.now += int(seconds * NS)
        return self.session.tick(self.now)
