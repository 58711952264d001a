"""What is Alpaca's own of a connection.

Keys and clock over REST, the account's stream, the price stream. Pure.
"""

from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS, parse_order_id
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.prices import Prices
from openbell.edges.brokers.alpaca.questions import Questions
from openbell.edges.brokers.alpaca.replies import judge, ordered, spare
from openbell.edges.brokers.alpaca.snapshot import Memory, Parts
from openbell.edges.brokers.alpaca.tables import CORRECTED, GATES, OK_ACCOUNT
from openbell.edges.brokers.budget import OPENING, Budget
from openbell.edges.brokers.failures import AuthFailed, Failure
from openbell.edges.brokers.fields import mapping, text
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.session import CLOCK, KEYS, PRICES, Session, Terms

ACCOUNT = "account"
"""The stream of orders."""
_APART_NS = NS // 5
"""The feed of activities is asked so long beyond now: clocks are never quite the same."""


def begin(terms: Terms, memory: Memory, budget: Budget, now: int) -> Session:
    """Return a connection that shows its keys at `now` (ns)."""
    mail = Mail(budget)
    return Session(terms, memory, mail, Alpaca(terms, memory, mail, now), now)


class Alpaca:
    """The vendor's side of one connection; attributes as in `session.Vendor`."""

    stream = ACCOUNT
    words = "message"
    kind = "paper account"
    clock = codec.ask(CLOCK, "/v2/clock", {}, priority=OPENING)
    opening: tuple[Request, ...] = (codec.ask(KEYS, "/v2/account", {}, priority=OPENING), clock)
    looks: tuple[str, ...] = ("find", "order")
    most_age = 0

    def __init__(self, terms: Terms, memory: Memory, mail: Mail, now: int) -> None:
        """Begin with the keys on the account's stream; stamps begin at `now` (ns)."""
        symbols = tuple(symbol for symbol, _ in terms.streams)
        self.needed = frozenset({KEYS, CLOCK, ACCOUNT, *([PRICES] if terms.streams else [])})
        self.said: list[tuple[str, Any]] = [(ACCOUNT, {"action": "auth", "key": terms.key, "secret": terms.secret})]
        self.failure: AuthFailed | None = None
        self.prices = Prices(terms.name, (terms.key, terms.secret), terms.streams, terms.quotes)
        self.questions = Questions(terms.name, memory, mail, now)
        self.parts = Parts(terms.name, symbols, memory)
        self._terms = terms
        self._memory = memory

    def submit(self, effect: fx.Submit) -> Request:
        """Return the request for an order.

        Raises:
            BadRequest: The venue has no such order.
        """
        return codec.submit(effect, extended_hours=self._terms.extended_hours)

    def spare(self, headers: Any) -> int | None:
        """Return how many requests the venue says are left, None where it does not say."""
        return spare(headers)

    def judge(self, request: Request, reply: Reply, now: int) -> Failure | None:
        """Return how an answer says that it failed, None where it was taken."""
        return judge(request, reply, now)

    def ordered(self, request: Request, reply: Reply, now: int) -> tuple[list[ev.Event], Failure | None]:
        """Return the events of an order's answer, and a failure that concerns more than it."""
        found, general = ordered(request, reply, self._terms.name, now)
        if 200 <= reply.status < 300 and isinstance(reply.body, dict) and isinstance(reply.body.get("id"), str):
            self._memory.learn(request.oid, reply.body["id"])
        return found, general

    def looked_up(self, request: Request, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        """Take the answer to a question about one order."""
        if request.op == "find":
            return self.questions.found(request.oid, reply, failure, now)
        return self.questions.looked_up(request, reply, failure, now)

    def measure(self, asked: Asked, body: Body, now: int) -> int:
        """Return the venue's clock less ours (ns).

        What lies between question and answer is no difference: it may have waited on either way.
        """
        told = codec.instant(body, "timestamp")
        return min(told - asked.sent, 0) or max(told - now, 0)

    def stranger(self, op: str, body: Body) -> AuthFailed | None:
        """Return why this account is not the one that we may trade, None where it is."""
        return stranger(body, self._terms.number)

    def hear(self, stream: str, frame: Any, now: int) -> tuple[list[ev.Event], bool]:
        """Return what a frame means, and whether its stream is confirmed.

        Raises:
            Failure: The stream is of no use.
        """
        if stream == ACCOUNT:
            return self._hear_account(mapping(frame), now)
        found: list[ev.Event] = []
        for item in codec.rows(frame):
            found += self.prices.hear(item, now, is_simulated=self._terms.is_simulated)
        self.failure = self.failure or self.prices.failure
        return found, self.prices.is_confirmed

    def _hear_account(self, frame: Body, now: int) -> tuple[list[ev.Event], bool]:
        kind, inner = frame.get("stream"), frame.get("data")
        if kind == "authorization":
            if mapping(inner).get("status") != "authorized":
                self.failure = AuthFailed(f"the account's stream: {mapping(inner).get('status')}")
            else:
                self.said.append((ACCOUNT, {"action": "listen", "data": {"streams": ["trade_updates"]}}))
            return [], False
        if kind == "listening":
            return [], "trade_updates" in mapping(inner).get("streams", [])
        is_corrected = self._memory.hears and isinstance(inner, dict) and inner.get("event") in CORRECTED
        until = now + self._memory.offset + _APART_NS if is_corrected else 0
        return [event for event in codec.decode(frame, self._terms.name) if self._is_news(event, until)], False

    def _is_news(self, event: ev.Event, until: int) -> bool:
        """Return False for what is not ours to hear, and for a doubt: its order is asked after at once."""
        if isinstance(event, ev.Fill):
            self._memory.hear(event.oid, event.venue_order)
            return True
        if not isinstance(event, ev.OrderUpdate) or parse_order_id(event.oid) is None:
            return False
        if event.happening == "lost":
            self.questions.inquire(event.oid, until)
            return False
        self._memory.hear(event.oid, event.venue_order)
        return True


def stranger(account: dict[str, Any], wanted: str) -> AuthFailed | None:
    """Return why this account is not the one that we may trade, None where it is.

    Args:
        account: As the venue tells it.
        wanted: Its number, empty to take any.

    Raises:
        OutcomeUnknown: It has no number.
    """
    number = text(account, "account_number")
    if wanted and number != wanted:
        return AuthFailed(f"the key is of account {number}, the file says {wanted}")
    closed = [gate for gate in GATES if account.get(gate) is True]
    if closed or account.get("status") not in OK_ACCOUNT:
        return AuthFailed(f"account {number} is {account.get('status')} {' '.join(closed)}".strip())
    return None
