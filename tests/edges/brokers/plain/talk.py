"""A conversation with a session: what it sends, and what it is told, frame by frame."""

import json
from typing import Any

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.plain import codec
from openbell.edges.brokers.plain.session import Session, Terms
from openbell.edges.brokers.plain.snapshot import Memory
from tests.edges.brokers.plain.frames import NAME

TERMS = Terms(
    name=NAME, number="PLAIN-0001", mode="paper", key="", streams=(("SPY", 60 * NS),), timeout=5 * NS, silence=5 * NS
)
T0 = 1_000 * NS


class Talk:
    """One session with a pretended venue."""

    def __init__(self, memory: Memory | None = None, epoch: int = 3, offset: int = 0) -> None:
        self.now = T0
        self.offset = offset
        self.session = Session(TERMS, memory or Memory(after=0), Budget(1000, 1000, 10), epoch, self.now)

    def sent(self) -> list[dict[str, Any]]:
        """Return what the session sends now."""
        found = []
        while (asked := self.session.mail.next_out(self.now)) is not None:
            found.append(json.loads(codec.frame(asked)))
        return found

    def tell(self, body: dict[str, Any]) -> list[ev.Event]:
        """Tell the session a frame."""
        return self.session.receive(json.dumps(body), self.now)

    def reply(self, request: dict[str, Any], **body: Any) -> list[ev.Event]:
        """Answer a request, with the time by default."""
        return self.tell({"re": request["id"], "ok": True, "time": self.now + self.offset, **body})

    def open(self) -> list[ev.Event]:
        """Answer hello and every subscription; return what the answers meant."""
        (hello,) = self.sent()
        assert hello["op"] == "hello"
        found = self.reply(hello)
        for request in self.sent():
            found += self.reply(request)
        return found

    def tick(self, seconds: float) -> list[ev.Event]:
        """Let time pass and look around."""
        self.now += int(seconds * NS)
        return self.session.tick(self.now)


def words(events: list[ev.Event]) -> list[str]:
    """Return events in short."""
    found = []
    for event in events:
        if isinstance(event, ev.Link):
            found.append(f"{event.channel} {'up' if event.is_up else 'down'}")
        elif isinstance(event, ev.OrderUpdate):
            found.append(f"{event.happening} {event.oid}")
        else:
            found.append(type(event).__name__)
    return found
