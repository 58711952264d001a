"""One connection to Binance as a state machine: no sockets and no clock.

It measures the venue's clock, shows its key, confirms account, listing and each subscription, tells the line up only
then, asks for what may be missing, and notices silence. Answers, frames and instants are handed in; what it wants to
ask is taken from its `mail`, what it wants to say on a socket from `said`.
"""

from statistics import median_low
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import DAY_NS, NS
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.listing import listings
from openbell.edges.brokers.binance.prices import Prices
from openbell.edges.brokers.binance.questions import Questions
from openbell.edges.brokers.binance.replies import BANNED, Reply, judge, ordered, read
from openbell.edges.brokers.binance.signer import Signer
from openbell.edges.brokers.binance.snapshot import PARTS, Memory, Snapshot
from openbell.edges.brokers.binance.tables import LATE_STAMP
from openbell.edges.brokers.binance.user import SUBSCRIBE, User
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited, Transient
from openbell.edges.brokers.fields import mapping
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import failed_state, link, lost

CLOCK_EVERY, CLOCK_AGAIN = 30 * NS, NS
"""Between two looks at the venue's clock, and where the last one was off."""
SAMPLES = 5
MOST_WEIGHT = 4_800
"""Of the 6,000 that all users of this address have each minute."""
MAX_SKEW = NS // 2
"""Largest difference between the venue's clock and ours at which it is traded."""
MOST_AGE = DAY_NS - DAY_NS // 24
"""How long a connection lives: the venue ends each after a day."""
USER, PRICES = "user", "prices"
"""The two sockets."""
ORDER_WORDS, LOOKS = ("submit", "amend", "cancel"), ("order", "looked", "fills")
"""Requests whose fate matters, and those that ask after one order."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are and what we want.

    Attributes:
        name: Of our account. number: The venue's id of it, empty where the file does not say.
        key, secret: The account's. streams: (symbol, longest silence in ns) of each instrument whose bars are wanted.
        timeout: How long a request may stay unanswered, ns. silence: How long without a word before the line is dead.
        host: Where it is, as shown. is_simulated: It is a front on this machine. is_real: It is to hold real money.
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


class Session:
    """One connection, from its opening to its end.

    Attributes:
        terms, memory, mail: Who, what is kept, what is on its way. said: Frames to send, with their socket.
        is_up: The account's line was told to be up. failure: Why nothing more can be done, None while it can.
    """

    def __init__(self, terms: Terms, memory: Memory, budget: Budget, now: int) -> None:
        """Begin by asking for the time at `now` (ns): everything else is stamped with it."""
        self.terms = terms
        self.memory = memory
        self.mail = Mail(budget)
        self.said: list[tuple[str, Any]] = []
        self.is_up = False
        self.failure: AuthFailed | None = None
        self.signer = Signer(terms.key, terms.secret)
        symbols = tuple(symbol for symbol, _ in terms.streams)
        self._prices = Prices(terms.name, terms.streams)
        self._unconfirmed = {"keys", "rules", "clock", USER, PRICES}
        self._heard = self._began = self._timed = now
        self._samples: list[int] = []
        self._symbols = symbols
        self._snapshot = Snapshot(terms.name, symbols, memory, self.mail)
        self._questions = Questions(terms.name, symbols, memory, self.mail, now)
        self._user = User(terms.name, memory, self._questions)
        self.mail.ask(codec.ask("clock", codec.TIME, {}, urgent=True))

    @property
    def _is_known(self) -> bool:
        """True once the venue has taken our key and tells us what becomes of orders."""
        return not self._unconfirmed & {"keys", USER}

    # --- what the engine wants ------------------------------------------------------------------------------------

    def take(self, effect: fx.Effect, now: int) -> list[ev.Event]:
        """Take an effect; what cannot be asked on this line is said to be lost at once."""
        oid, name = getattr(effect, "oid", ""), self.terms.name
        if not self._is_known and oid:
            return [lost(name, oid, "the line is not up")]
        if isinstance(effect, fx.Submit):
            try:
                self.mail.ask(admitted(effect, self.memory))
            except BadRequest as refused:
                return [rejection(name, oid, refused)]
            return []
        if isinstance(effect, fx.Amend | fx.Cancel):
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

    # --- what the venue says --------------------------------------------------------------------------------------

    def answered(self, number: int, status: int, headers: Any, raw: bytes, now: int) -> list[ev.Event]:
        """Take the answer to a request and return what it means; a second one means nothing.

        Raises:
            Failure: The line is of no more use: its end is near, and everything unanswered is lost.
        """
        reply = read(status, headers, raw)
        self._heard = now
        used = reply.headers.get("x-mbx-used-weight-1m", "")
        if used.isdecimal():
            self.mail.budget.heed(max(MOST_WEIGHT - int(used), 0), now)
        asked = self.mail.answered(number)
        if asked is None:
            return []
        op, oid = asked.request.op, asked.request.oid
        if op in ORDER_WORDS:
            return self._ordered(asked, reply, now)
        failure = judge(reply)
        self._heed(failure, reply, now)
        if op in ("keys", "clock", "rules"):
            return self._greeted(asked, reply, failure, now)
        if op in LOOKS:
            return self._questions.looked_up(oid, op, reply, failure, now)
        if failure is not None:
            return self._snapshot.give_up(str(failure))
        return self._snapshot.told(asked, reply)

    def failed(self, number: int, why: str) -> list[ev.Event]:
        """Take note that a request got no answer and will get none."""
        asked = self.mail.answered(number)
        return self._unanswered(asked, why) if asked is not None else []

    def _ordered(self, asked: Asked, reply: Reply, now: int) -> list[ev.Event]:
        found, general = ordered(asked.request, reply, self.terms.name)
        self._heed(general, reply, now)
        op, body = asked.request.op, reply.body if isinstance(reply.body, dict) else {}
        if op == "amend":
            self._questions.changing.discard(asked.request.oid)
            body = body.get("newOrderResponse") or {}
        is_told = 200 <= reply.status < 300 and getattr(found[-1], "happening", "") != "lost"
        if is_told and op != "cancel":
            self.memory.learn(mapping(body))
        return found

    def _heed(self, failure: Failure | None, reply: Reply, now: int) -> None:
        """Take note of a failure that concerns more than its request."""
        body = reply.body if isinstance(reply.body, dict) else {}
        if isinstance(failure, RateLimited):
            shut = self.mail.budget.shut if reply.status == BANNED else self.mail.budget.pause
            shut(now + failure.retry_ns)
        elif isinstance(failure, AuthFailed):
            self.failure = failure
        elif isinstance(failure, Transient) and body.get("code") == LATE_STAMP:
            self._samples = []
            self.mail.ask(codec.ask("clock", codec.TIME, {}, urgent=True))

    def receive(self, stream: str, raw: str | bytes, now: int) -> list[ev.Event]:
        """Take a frame of a socket and return what it means.

        Raises:
            Failure: The line is of no more use: its end is near, and everything unanswered is lost.
        """
        try:
            frame = mapping(msgspec.json.decode(raw))
        except (msgspec.MsgspecError, ValueError):
            raise OutcomeUnknown(f"not a frame of the {stream} socket") from None
        self._heard = now
        if stream == USER:
            told = self._user.hear(frame)
            self.failure = self.failure or self._user.failure
            return told + (self._confirm(USER, now) if self._user.is_confirmed else [])
        found = self._prices.hear(frame, now)
        self._say_prices()
        return found + (self._confirm(PRICES, now) if self._prices.is_confirmed else [])

    def _say_prices(self) -> None:
        self.said += [(PRICES, said) for said in self._prices.said]
        self._prices.said.clear()

    # --- up, down, silence ----------------------------------------------------------------------------------------

    def _greeted(self, asked: Asked, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        op = asked.request.op
        if isinstance(failure, AuthFailed):
            return []
        if isinstance(failure, BadRequest) and op == "rules":
            self.failure = AuthFailed(f"{', '.join(self._symbols)}: {failure}")
            return []
        if failure is not None:
            raise Transient(f"{op}: {failure}")
        body = mapping(reply.body)
        if op == "clock":
            return self._set_clock(codec.instant(body, "serverTime"), asked, now)
        if op == "keys":
            self.failure = self.failure or stranger(body, self.terms.number)
        else:
            self.memory.listings = listings(body)
            missing = [symbol for symbol in self._symbols if symbol not in self.memory.listings]
            if missing:
                self.failure = AuthFailed(f"{', '.join(missing)}: not traded there")
        return self._confirm(op, now) if self.failure is None else []

    def _set_clock(self, told: int, asked: Asked, now: int) -> list[ev.Event]:
        """Measure the venue's clock; with the first sample everything that is stamped may begin."""
        is_first = not self._samples
        # A stamp of the venue's is cut to the millisecond: on the average half of one is missing.
        self._samples = [*self._samples, told + NS // 2000 - (asked.sent + now) // 2][-SAMPLES:]
        self.memory.offset = median_low(self._samples)
        if is_first and "keys" in self._unconfirmed:
            for request in greetings(self._symbols):
                self.mail.ask(request)
            params = self.signer.params({}, now + self.memory.offset)
            self.said.append((USER, {"id": "user", "method": SUBSCRIBE, "params": params}))
            self._say_prices()
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
        kind = "SIMULATED" if self.terms.is_simulated else "REAL MONEY" if self.terms.is_real else "testnet account"
        return [link(self.terms.name, f"at {self.terms.host}, {kind}", is_up=True)]

    def tick(self, now: int) -> list[ev.Event]:
        """Look at what is overdue, silent or due; call it a few times a second.

        Raises:
            Transient: Nothing at all was heard for too long, the opening was not confirmed in time, or the connection
                is as old as it may become.
        """
        if now - self._heard > self.terms.silence:
            raise Transient(f"nothing heard for {(now - self._heard) // 1_000_000} ms")
        if now - self._began > MOST_AGE:
            raise Transient("the venue ends connections after a day: a new one is opened")
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
            self.mail.ask(codec.ask("clock", codec.TIME, {}, urgent=True))
        found += self._prices.tick(now)
        self._say_prices()
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


def admitted(effect: fx.Submit, memory: Memory) -> Request:
    """Return a new order, and remember where it is.

    Raises:
        BadRequest: The venue has no such order, or would refuse it.
    """
    request = codec.submit(effect)
    if effect.instrument in memory.listings:
        memory.listings[effect.instrument].check(effect)
    memory.learn({**request.body, "clientOrderId": effect.oid})
    return request


def greetings(symbols: tuple[str, ...]) -> tuple[Request, Request]:
    """Return what is asked once requests can be stamped.

    What the venue lists of the symbols, and the account.
    """
    named = {"symbols": msgspec.json.encode(symbols).decode()}
    rules = codec.ask("rules", codec.RULES, named, urgent=True)
    return rules, codec.ask("keys", f"{codec.V3}/account", {"omitZeroBalances": "true"}, urgent=True)


def rejection(account: str, oid: str, failure: BadRequest) -> ev.OrderUpdate:
    """Return that an order was refused before it was sent."""
    return ev.OrderUpdate(
        ts=0, account=account, oid=oid, happening="rejected", time=0, code=failure.code, text=str(failure)
    )


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
