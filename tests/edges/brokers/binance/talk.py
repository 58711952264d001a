"""A session with a pretended Binance: what it asks is taken, what it hears is handed in."""

import json
from typing import Any

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.binance.session import USER, begin
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.mail import Asked
from openbell.edges.brokers.session import PRICES, Terms
from tests.edges.brokers.binance.frames import NAME, account, rules

TERMS = Terms(
    name=NAME, number="354937868", key="PKTEST", secret="secret", streams=(("BTCUSDT", 60 * NS),), timeout=5 * NS,
    silence=90 * NS, host="127.0.0.1:1", is_simulated=True,
)  # fmt: skip
T0 = 1_795_176_000 * NS


class Talk:
    """One session."""

    def __init__(self, memory: Memory | None = None, **terms: Any) -> None:
        self.now = T0
        self.offset = 0
        given = {name: getattr(TERMS, name) for name in Terms.__struct_fields__} | terms
        self.session = begin(Terms(**given), memory or Memory(after=T0), Budget(1000, 1000, 10), self.now)

    def asked(self) -> list[Asked]:
        """Return what the session asks now."""
        found = []
        while (one := self.session.mail.next_out(self.now)) is not None:
            found.append(one)
        return found

    def reply(self, asked: Asked, status: int, body: Any = None, headers: Any = None) -> list[ev.Event]:
        """Answer a request."""
        raw = b"" if body is None else json.dumps(body).encode()
        return self.session.answered(asked.id, status, headers or {}, raw, self.now)

    def frame(self, stream: str, body: Any) -> list[ev.Event]:
        """Tell a frame of a socket."""
        return self.session.receive(stream, json.dumps(body), self.now)

    def event(self, body: Any) -> list[ev.Event]:
        """Tell an event of the account."""
        return self.frame(USER, {"subscriptionId": 0, "event": body})

    def greet(self, **fields: Any) -> list[ev.Event]:
        """Tell the time, and answer what is asked then."""
        found: list[ev.Event] = []
        for _ in range(2):
            for one in self.asked():
                answers = {"clock": self.clock(), "keys": account(**fields), "rules": rules()}
                found += self.reply(one, 200, answers[one.request.op])
        return found

    def clock(self) -> Any:
        """Return what the venue says of the time."""
        return {"serverTime": (self.now + self.offset) // 10**6}

    def open(self, **fields: Any) -> list[ev.Event]:
        """Answer everything that a session asks and says at its beginning; return what that meant."""
        found = self.greet(**fields)
        found += self.frame(USER, {"id": "user", "status": 200, "result": {"subscriptionId": 0}})
        return found + self.frame(PRICES, {"result": None, "id": 1})

    def tick(self, seconds: float) -> list[ev.Event]:
        """Let time pass and look around."""
        self.now += int(seconds * NS)
        return self.session.tick(self.now)
