"""A session with a pretended Alpaca: what it asks is taken, what it hears is handed in."""

from typing import Any
from urllib.parse import urlencode

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.session import ACCOUNT, begin
from openbell.edges.brokers.alpaca.snapshot import Memory
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.session import PRICES, Terms
from tests.edges.brokers.alpaca.frames import NAME, account
from tests.edges.brokers.talk import T0, RestTalk
from tests.wire.alpaca import spec

TERMS = Terms(
    name=NAME, number="PA3K9ZQ1L7XY", key="PKTEST", secret="secret", streams=(("AAPL", 60 * NS),), timeout=5 * NS,
    silence=90 * NS, host="127.0.0.1:1", is_simulated=True,
)  # fmt: skip


class Talk(RestTalk):
    """One session with a pretended Alpaca."""

    def __init__(self, memory: Memory | None = None, **terms: Any) -> None:
        given = {name: getattr(TERMS, name) for name in Terms.__struct_fields__} | terms
        super().__init__(begin(Terms(**given), memory or Memory(after=T0), Budget(1000, 1000, 10), T0))

    def fits(self, request: Request) -> None:
        if not spec.IS_HERE:
            return
        if request.method == "GET":
            path, _, query = request.path.partition("?")
            # Venue's ids are short in these tests.
            told = spec.query_faults(path, query or urlencode(request.body))
            faults = [fault for fault in told if not fault.endswith("is no uuid")]
        else:
            faults = spec.request_faults(request.method, request.path, request.body)
        assert not faults, f"{request.method} {request.path} {request.body}: {faults}"

    def greet(self, **fields: Any) -> list[ev.Event]:
        """Answer the account and the clock."""
        found: list[ev.Event] = []
        for one in self.asked():
            told = account(**fields) if one.request.op == "keys" else {"timestamp": codec.stamp(self.now + self.offset)}
            found += self.reply(one, 200, told)
        return found

    def open(self, **fields: Any) -> list[ev.Event]:
        """Answer everything that a session asks and says at its beginning; return what that meant."""
        found = self.greet(**fields)
        found += self.frame(
            ACCOUNT, {"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}}
        )
        found += self.frame(ACCOUNT, {"stream": "listening", "data": {"streams": ["trade_updates"]}})
        for words in ("connected", "authenticated"):
            found += self.frame(PRICES, [{"T": "success", "msg": words}])
        return found + self.frame(PRICES, [{"T": "subscription", "bars": ["AAPL"]}])
