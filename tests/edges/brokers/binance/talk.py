"""A session with a pretended Binance: what it asks is taken, what it hears is handed in."""

from typing import Any
from urllib.parse import urlencode

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.session import USER, begin
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.session import PRICES, Terms
from tests.edges.brokers.binance.frames import NAME, account, rules
from tests.edges.brokers.talk import T0, RestTalk
from tests.wire.binance import spec

TERMS = Terms(
    name=NAME, number="354937868", key="PKTEST", secret="secret", streams=(("BTCUSDT", 60 * NS),), timeout=5 * NS,
    silence=90 * NS, host="127.0.0.1:1", is_simulated=True,
)  # fmt: skip


STAMPED = "&timestamp=1&signature=x"
"""What is added to a request as it goes, unless everybody may ask it."""


def fits(request: Request) -> None:
    """Check the parameters of a request against the specification, where that is here."""
    if spec.IS_HERE:
        sent = urlencode(request.body) + ("" if request.op in codec.OPEN_OPS else STAMPED)
        faults = spec.request_faults(request.method, request.path, sent)
        assert not faults, f"{request.method} {request.path} {sent}: {faults}"


class Talk(RestTalk):
    """One session with a pretended Binance."""

    def __init__(self, memory: Memory | None = None, **terms: Any) -> None:
        given = {name: getattr(TERMS, name) for name in Terms.__struct_fields__} | terms
        super().__init__(begin(Terms(**given), memory or Memory(after=T0), Budget(1000, 1000, 10), T0))

    def fits(self, request: Request) -> None:
        fits(request)

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
