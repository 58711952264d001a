"""What is Binance's own of a connection.

Clock, key and listing over REST, the user's socket, the market's. Pure.
"""

from statistics import median_low
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import DAY_NS, NS
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.listing import listings
from openbell.edges.brokers.binance.prices import Prices
from openbell.edges.brokers.binance.questions import Questions
from openbell.edges.brokers.binance.replies import judge, ordered, spare
from openbell.edges.brokers.binance.signer import Signer
from openbell.edges.brokers.binance.snapshot import Memory, Parts
from openbell.edges.brokers.binance.user import SUBSCRIBE, User
from openbell.edges.brokers.budget import OPENING, Budget
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, Transient
from openbell.edges.brokers.fields import mapping
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.session import CLOCK, KEYS, PRICES, RULES, Session, Terms

SAMPLES = 5
"""Looks at the clock of which the median counts."""
MOST_AGE = DAY_NS - DAY_NS // 24
"""How long a connection lives: the venue ends each after a day."""
RELIST, LEAST_NS = "relist", 60 * NS
"""Asks for the list again, and how long at least from one to the next."""
STALE = frozenset({
    Code.HALTED, Code.OFF_LOT, Code.OFF_TICK, Code.BELOW_MINIMUM, Code.BAD_PRICE,
})  # fmt: skip
"""Refusals whose reason may be that the list has changed."""
USER = "user"
"""The socket of orders."""


def begin(terms: Terms, memory: Memory, budget: Budget, now: int) -> Session:
    """Return a connection that asks for the time at `now` (ns).

    Everything else is stamped with it.
    """
    mail = Mail(budget)
    return Session(terms, memory, mail, Binance(terms, memory, mail, now), now)


class Binance:
    """The vendor's side of one connection; attributes as in `session.Vendor`."""

    stream = USER
    words = "msg"
    kind = "testnet account"
    clock = codec.ask(CLOCK, codec.TIME, {}, priority=OPENING)
    opening: tuple[Request, ...] = (clock,)
    needed = frozenset({KEYS, RULES, CLOCK, USER, PRICES})
    looks: tuple[str, ...] = ("order", "looked", "fills", RELIST)
    most_age = MOST_AGE

    def __init__(self, terms: Terms, memory: Memory, mail: Mail, now: int) -> None:
        """Begin without a word; stamps begin at `now` (ns)."""
        symbols = tuple(symbol for symbol, _ in terms.streams)
        self.said: list[tuple[str, Any]] = []
        self.failure: AuthFailed | None = None
        self.prices = Prices(terms.name, terms.streams, terms.quotes)
        self.questions = Questions(terms.name, symbols, memory, mail, now)
        self.parts = Parts(terms.name, symbols, memory)
        self._terms = terms
        self._memory = memory
        self._mail = mail
        self._symbols = symbols
        self._signer = Signer(terms.key, terms.secret)
        self._samples: list[int] = []
        self._now = self._listed = now
        self._is_shown = False
        self._user = User(terms.name, memory, self.questions)

    def submit(self, effect: fx.Submit) -> Request:
        """Return the request for an order, and remember where it is.

        Raises:
            BadRequest: The venue has no such order, or would refuse it.
        """
        request = codec.submit(effect)
        if effect.instrument in self._memory.listings:
            try:
                self._memory.listings[effect.instrument].check(effect)
            except BadRequest:
                self._relist()
                raise
        self._memory.learn({**request.body, "clientOrderId": effect.oid})
        return request

    def spare(self, headers: Any) -> int | None:
        """Return how much weight is left of our part, None where the venue does not say."""
        return spare(headers)

    def judge(self, request: Request, reply: Reply, now: int) -> Failure | None:
        """Return how an answer says that it failed, None where it was taken."""
        self._now = now
        return self._noted(judge(reply), request)

    def _noted(self, failure: Failure | None, request: Request) -> Failure | None:
        """Forget the clock that a stamp was refused by.

        Symbols whose listing is refused cannot be traded.
        """
        if isinstance(failure, Transient):
            self._samples = []
        if isinstance(failure, BadRequest) and request.op == RULES:
            return AuthFailed(f"{', '.join(self._symbols)}: {failure}")
        return failure

    def ordered(self, request: Request, reply: Reply, now: int) -> tuple[list[ev.Event], Failure | None]:
        """Return the events of an order's answer, and a failure that concerns more than it."""
        found, general = ordered(request, reply, self._terms.name)
        body = reply.body if isinstance(reply.body, dict) else {}
        if request.op == "amend":
            self.questions.changing.discard(request.oid)
            body = body.get("newOrderResponse") or {}
        self._now = now
        if any(isinstance(one, ev.OrderUpdate) and one.happening == "rejected" and one.code in STALE for one in found):
            self._relist()
        is_told = 200 <= reply.status < 300 and getattr(found[-1], "happening", "") != "lost"
        if is_told and request.op != "cancel":
            self._memory.learn(mapping(body))
        return found, self._noted(general, request)

    def looked_up(self, request: Request, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        """Take the answer to a question about one order, or to another one for the list."""
        if request.op == RELIST:
            # A symbol that is missing keeps what was known of it: the venue refuses its orders by itself.
            self._memory.listings |= listings(reply.body) if failure is None else {}
            return []
        return self.questions.looked_up(request, reply, failure, now)

    def measure(self, asked: Asked, body: Body, now: int) -> int:
        """Return the venue's clock less ours (ns).

        With the first sample everything that is stamped may begin.
        """
        # A stamp of the venue's is cut to the millisecond: on the average half of one is missing.
        sample = codec.instant(body, "serverTime") + NS // 2000 - (asked.sent + now) // 2
        self._samples = [*self._samples, sample][-SAMPLES:]
        offset = median_low(self._samples)
        if not self._is_shown:
            self._is_shown = True
            self._show(now + offset)
        return offset

    def _show(self, stamp: int) -> None:
        """Ask what the venue lists of the symbols and who we are, and for word of our orders."""
        self._mail.ask(codec.ask(RULES, codec.RULES, self._named(), priority=OPENING))
        self._mail.ask(codec.ask(KEYS, f"{codec.V3}/account", {"omitZeroBalances": "true"}, priority=OPENING))
        params = self._signer.params({}, stamp)
        self.said.append((USER, {"id": "user", "method": SUBSCRIBE, "params": params}))

    def _named(self) -> Body:
        return {"symbols": msgspec.json.encode(self._symbols).decode()}

    def _relist(self) -> None:
        """Ask for the list again, behind all that matters more and not in a storm."""
        if self._now - self._listed >= LEAST_NS:
            self._listed = self._now
            self._mail.ask(codec.ask(RELIST, codec.RULES, self._named()))

    def stranger(self, op: str, body: Body) -> AuthFailed | None:
        """Return why it may not be traded, None where it may.

        The account is not the one that we want, or a symbol is not listed.
        """
        if op == KEYS:
            return stranger(body, self._terms.number)
        self._memory.listings = listings(body)
        missing = [symbol for symbol in self._symbols if symbol not in self._memory.listings]
        return AuthFailed(f"{', '.join(missing)}: not traded there") if missing else None

    def hear(self, stream: str, frame: Any, now: int) -> tuple[list[ev.Event], bool]:
        """Return what a frame means, and whether its socket is confirmed.

        Raises:
            Failure: The socket is of no use.
        """
        if stream == PRICES:
            return self.prices.hear(mapping(frame), now), self.prices.is_confirmed
        told = self._user.hear(mapping(frame))
        self.failure = self.failure or self._user.failure
        return told, self._user.is_confirmed


def stranger(account: dict[str, Any], wanted: str) -> AuthFailed | None:
    """Return why this account is not the one that we may trade, None where it is.

    Args:
        account: As the venue tells it.
        wanted: Its id, empty to take any.
    """
    number = str(account.get("uid", ""))
    if wanted and number != wanted:
        return AuthFailed(f"the key is of account {number}, the file says {wanted}")
    if account.get("canTrade") is not True or account.get("accountType") != "SPOT":
        return AuthFailed(f"account {number} cannot trade spot")
    return None
