"""One connection to Alpaca as a state machine: REST and two streams, no sockets, no clock.

It shows its keys, confirms account, clock and each subscription, tells the line up only then, asks for what may be
missing, and notices silence. Answers, frames and instants are handed in; what it wants to ask is taken from its `mail`,
what it wants to say on a stream from `said`.
"""

from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS, parse_order_id
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.prices import Prices
from openbell.edges.brokers.alpaca.questions import Questions
from openbell.edges.brokers.alpaca.replies import Reply, judge, ordered, read
from openbell.edges.brokers.alpaca.snapshot import PARTS, Memory, Snapshot
from openbell.edges.brokers.alpaca.tables import GATES, OK_ACCOUNT
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited, Transient
from openbell.edges.brokers.fields import mapping, text
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.words import failed_state, link, lost

CLOCK_EVERY, CLOCK_AGAIN = 30 * NS, NS
"""Between two looks at the venue's clock, and where the last one was off."""
MAX_SKEW = NS // 2
"""Largest difference between the venue's clock and ours at which it is traded."""
ACCOUNT, PRICES = "account", "prices"
"""The two streams."""
ORDER_WORDS = ("submit", "amend", "cancel")
"""Requests whose fate matters."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are and what we want.

    Attributes:
        name: Of our account. number: As the venue knows it, empty where the file does not say.
        key, secret: The account's. streams: (symbol, longest silence in ns) of each instrument whose bars are wanted.
        timeout: How long a request may stay unanswered, ns. silence: How long without a word before the line is dead.
        host: Where it is, as shown. is_simulated: It is a front on this machine. is_real: It is to hold real money.
        extended_hours: Limit orders may trade outside the session.
    """

    name: str
    number: str
    key: str
    secret: str
    streams: tuple[tuple[str, int], ...]
    timeout: int
    silence: int
    host: str
    is_simulated: bool = False
    is_real: bool = False
    extended_hours: bool = False


class Session:
    """One connection, from its opening to its end.

    Attributes:
        terms, memory, mail: Who, what is kept, what is on its way. said: Frames to send, with their stream.
        is_up: The account's line was told to be up. failure: Why nothing more can be done, None while it can.
    """

    def __init__(self, terms: Terms, memory: Memory, budget: Budget, now: int) -> None:
        """Begin by showing the keys at `now` (ns)."""
        self.terms = terms
        self.memory = memory
        self.mail = Mail(budget)
        self.said: list[tuple[str, Any]] = [(ACCOUNT, {"action": "auth", "key": terms.key, "secret": terms.secret})]
        self.is_up = False
        self.failure: AuthFailed | None = None
        self._prices = Prices(terms.name, (terms.key, terms.secret), terms.streams)
        self._unconfirmed = {"keys", "clock", ACCOUNT, *([PRICES] if terms.streams else [])}
        self._heard = self._began = self._timed = now
        symbols = tuple(symbol for symbol, _ in terms.streams)
        self._snapshot = Snapshot(terms.name, symbols, memory, self.mail)
        self._questions = Questions(terms.name, memory, self.mail, now)
        self.mail.ask(codec.ask("keys", "/v2/account", {}, urgent=True))
        self.mail.ask(codec.ask("clock", "/v2/clock", {}, urgent=True))

    @property
    def _is_known(self) -> bool:
        """True once the venue has taken our keys and tells us what becomes of orders."""
        return not self._unconfirmed & {"keys", ACCOUNT}

    # --- what the engine wants ----------------------------------------------------------------------------------

    def take(self, effect: fx.Effect, now: int) -> list[ev.Event]:
        """Take an effect; what cannot be asked on this line is said to be lost at once."""
        oid, name = getattr(effect, "oid", ""), self.terms.name
        if not self._is_known and oid:
            return [lost(name, oid, "the line is not up")]
        if isinstance(effect, fx.Submit):
            try:
                self.mail.ask(codec.submit(effect, extended_hours=self.terms.extended_hours))
            except BadRequest as refused:
                return [_refused(name, oid, refused)]
        elif isinstance(effect, fx.Amend | fx.Cancel):
            self._questions.change(effect, now)
        elif isinstance(effect, fx.Query) and oid:
            self._questions.inquire(oid)
        elif isinstance(effect, fx.Query):
            if not self._is_known:
                return [failed_state(name, now, "the line is not up")]
            self._snapshot.begin(now)
        else:
            raise TypeError(f"{type(effect).__name__} says nothing to a venue")
        return []

    # --- what the venue says ------------------------------------------------------------------------------------

    def answered(self, number: int, status: int, headers: Any, raw: bytes, now: int) -> list[ev.Event]:
        """Take the answer to a request and return what it means; a second one means nothing.

        Raises:
            Failure: The line is of no more use: its end is near, and everything unanswered is lost.
        """
        reply = read(status, headers, raw)
        self._heard = now
        left = reply.headers.get("x-ratelimit-remaining", "")
        if left.isdecimal():
            self.mail.budget.heed(int(left), now)
        asked = self.mail.answered(number)
        if asked is None:
            return []
        op = asked.request.op
        if op in ORDER_WORDS:
            return self._ordered(asked, reply, now)
        failure = judge(asked.request, reply, now)
        self._heed(failure, now)
        if op in ("keys", "clock"):
            return self._greeted(asked, reply, failure, now)
        if op == "find":
            return self._questions.found(asked.request.oid, reply, failure, now)
        if op == "order":
            return self._questions.looked_up(asked.request, reply, failure, now)
        if failure is not None:
            return self._snapshot.give_up(str(failure))
        return self._snapshot.told(asked, reply)

    def failed(self, number: int, why: str) -> list[ev.Event]:
        """Take note that a request got no answer and will get none."""
        asked = self.mail.answered(number)
        return self._unanswered(asked, why) if asked is not None else []

    def _ordered(self, asked: Asked, reply: Reply, now: int) -> list[ev.Event]:
        found, general = ordered(asked.request, reply, self.terms.name, now)
        self._heed(general, now)
        if 200 <= reply.status < 300 and isinstance(reply.body, dict) and isinstance(reply.body.get("id"), str):
            self.memory.learn(asked.request.oid, reply.body["id"])
        return found

    def _heed(self, failure: Failure | None, now: int) -> None:
        """Take note of a failure that concerns more than its request."""
        if isinstance(failure, RateLimited):
            self.mail.budget.pause(now + failure.retry_ns)
        elif isinstance(failure, AuthFailed):
            self.failure = failure

    def receive(self, stream: str, raw: str | bytes, now: int) -> list[ev.Event]:
        """Take a frame of a stream and return what it means.

        Raises:
            Failure: The line is of no more use: its end is near, and everything unanswered is lost.
        """
        try:
            frame = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, ValueError):
            raise OutcomeUnknown(f"not a frame of the {stream} stream") from None
        self._heard = now
        if stream == ACCOUNT:
            return self._account_frame(mapping(frame), now)
        found: list[ev.Event] = []
        for item in codec.rows(frame):
            found += self._prices.hear(item, now, is_simulated=self.terms.is_simulated)
        self.failure = self.failure or self._prices.failure
        self.said += [(PRICES, said) for said in self._prices.said]
        self._prices.said.clear()
        return found + (self._confirm(PRICES, now) if self._prices.is_confirmed else [])

    def _account_frame(self, frame: dict[str, Any], now: int) -> list[ev.Event]:
        kind, inner = frame.get("stream"), frame.get("data")
        if kind == "authorization":
            if mapping(inner).get("status") != "authorized":
                self.failure = AuthFailed(f"the account's stream: {mapping(inner).get('status')}")
            else:
                self.said.append((ACCOUNT, {"action": "listen", "data": {"streams": ["trade_updates"]}}))
            return []
        if kind == "listening":
            is_heard = "trade_updates" in mapping(inner).get("streams", [])
            return self._confirm(ACCOUNT, now) if is_heard else []
        return [event for event in codec.decode(frame, self.terms.name) if self._is_news(event)]

    def _is_news(self, event: ev.Event) -> bool:
        """Return False for what is not ours to hear, and for a doubt: its order is asked after at once."""
        if isinstance(event, ev.Fill):
            self.memory.hear(event.oid, event.venue_order)
            return True
        if not isinstance(event, ev.OrderUpdate) or parse_order_id(event.oid) is None:
            return False
        if event.happening == "lost":
            self._questions.inquire(event.oid)
            return False
        self.memory.hear(event.oid, event.venue_order)
        return True

    # --- up, down, silence --------------------------------------------------------------------------------------

    def _greeted(self, asked: Asked, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        if isinstance(failure, AuthFailed):
            return []
        if failure is not None:
            raise Transient(f"{asked.request.op}: {failure}")
        body = mapping(reply.body)
        if asked.request.op == "keys":
            self.failure = stranger(body, self.terms.number)
            return self._confirm("keys", now) if self.failure is None else []
        told = codec.instant(body, "timestamp")
        # What lies between question and answer is no difference: it may have waited on either way.
        self.memory.offset = min(told - asked.sent, 0) or max(told - now, 0)
        if abs(self.memory.offset) <= MAX_SKEW:
            return self._confirm("clock", now)
        if self.is_up:
            self.is_up = False
            self._unconfirmed.add("clock")
            why = f"the venue's clock is {self.memory.offset // 1_000_000} ms off ours"
            return [link(self.terms.name, why, is_up=False)]
        return []

    def _confirm(self, what: str, now: int) -> list[ev.Event]:
        self._unconfirmed.discard(what)
        if self._unconfirmed or self.is_up:
            return []
        self.is_up = True
        self._prices.begin(now)
        kind = "SIMULATED" if self.terms.is_simulated else "REAL MONEY" if self.terms.is_real else "paper account"
        return [link(self.terms.name, f"at {self.terms.host}, {kind}", is_up=True)]

    def tick(self, now: int) -> list[ev.Event]:
        """Look at what is overdue, silent or due; call it a few times a second.

        Raises:
            Transient: Nothing at all was heard for too long, or the opening was not confirmed in time.
        """
        if now - self._heard > self.terms.silence:
            raise Transient(f"nothing heard for {(now - self._heard) // 1_000_000} ms")
        is_late = now - self._began > 2 * self.terms.timeout
        if is_late and not self.is_up and self._unconfirmed - {"clock"}:
            raise Transient(f"not confirmed: {', '.join(sorted(self._unconfirmed))}")
        found: list[ev.Event] = []
        for asked in self.mail.overdue(now - self.terms.timeout):
            found += self._unanswered(
                asked, f"no answer to {asked.request.op} for {self.terms.timeout // 1_000_000} ms"
            )
        if now - self._timed >= (CLOCK_AGAIN if "clock" in self._unconfirmed else CLOCK_EVERY):
            self._timed = now
            self.mail.ask(codec.ask("clock", "/v2/clock", {}, urgent=True))
        found += self._prices.tick(now)
        self.said += [(PRICES, said) for said in self._prices.said]
        self._prices.said.clear()
        return found

    def _unanswered(self, asked: Asked, why: str) -> list[ev.Event]:
        op, oid = asked.request.op, asked.request.oid
        self._questions.forget(oid)
        if oid:
            return [lost(self.terms.name, oid, why)]
        if op in PARTS:
            return self._snapshot.give_up(why)
        if not self.is_up:
            raise Transient(why)
        return []

    def end(self, why: str, now: int) -> list[ev.Event]:
        """Return what the end of the connection means.

        Every order request without an answer is lost.
        """
        oids = dict.fromkeys(asked.request.oid for asked in self.mail.clear() if asked.request.oid)
        found: list[ev.Event] = [lost(self.terms.name, oid, why) for oid in oids]
        found += self._snapshot.give_up(why)
        if self.is_up:
            self.is_up = False
            found.append(link(self.terms.name, why, is_up=False))
        return found


def _refused(account: str, oid: str, failure: BadRequest) -> ev.OrderUpdate:
    return ev.OrderUpdate(
        ts=0, account=account, oid=oid, happening="rejected", time=0, code=failure.code, text=str(failure)
    )


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
