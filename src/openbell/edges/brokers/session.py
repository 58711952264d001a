"""One connection to a vendor of REST and streams as a state machine: no sockets, no clock.

It shows its keys, confirms account, clock and each subscription, tells the line up only then, asks for what may be
missing, and notices silence. Answers, frames and instants are handed in; what it wants to ask is taken from its `mail`,
what it wants to say on a stream from `said`. What is a vendor's own of it stands in the vendor's `session`.
"""

from typing import Any, Protocol

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.again import Again
from openbell.edges.brokers.clocks import compared
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited, Transient
from openbell.edges.brokers.fields import mapping
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.reply import Reply, read
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.snapshot import Parts, Snapshot
from openbell.edges.brokers.watch import Watch
from openbell.edges.brokers.words import failed_state, link, lost, refused, shut

CLOCK_EVERY, CLOCK_AGAIN = 30 * NS, NS
"""Between two looks at the venue's clock, and where the last one was off."""
PRICES = "prices"
"""The stream of prices; the account's has the vendor's name."""
ORDER_WORDS = ("submit", "amend", "cancel")
"""Requests whose fate matters."""
KEYS, CLOCK, RULES = "keys", "clock", "rules"
"""Requests of the opening: who we are, what time it is there, what is traded there."""
PAUSE = "pause"
"""What is not confirmed while the venue takes no request at all."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are and what we want.

    Attributes:
        name: Of our account. number: As the venue knows it, empty where the file does not say.
        key, secret: The account's. streams: (symbol, longest silence in ns) of each instrument whose bars are wanted.
        quotes: Those whose quotes are wanted too.
        timeout: How long a request may stay unanswered, ns. silence: How long without a word before the line is dead.
        host: Where it is, as shown. is_simulated: It is a front on this machine. is_real: It is to hold real money.
        extended_hours: Limit orders may trade outside the session, where there is one.
        visibility: How long a new order may stay invisible there, ns.
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
    quotes: tuple[str, ...] = ()
    visibility: int = 0


class Kept(Protocol):
    """What outlives a connection.

    Attributes:
        offset, is_apart: As in `Clocks`. deaf: As in `Hearing`.
    """

    offset: int
    is_apart: bool
    deaf: int


class Prices(Protocol):
    """The price stream of one connection."""

    said: list[Any]
    watch: Watch

    def begin(self, now: int) -> None:
        """Expect bars from now (ns) on."""

    def tick(self, now: int) -> list[ev.Event]:
        """Ask once more for what is silent, and tell what stays so."""


class Questions(Protocol):
    """What is asked about single orders."""

    def inquire(self, oid: str) -> None:
        """Ask what became of an order, unless that is asked already."""

    def change(self, effect: fx.Amend | fx.Cancel, now: int) -> None:
        """Ask for a change or a cancel."""

    def forget(self, oid: str) -> None:
        """Give up what was asked about an order."""


class Vendor(Protocol):
    """What is a vendor's own of a connection.

    Attributes:
        stream: Name of the account's stream. words: The field in which a refusal says why. kind: Of account, as shown.
        clock: Asks what time it is there. opening: What is asked first. needed: What must be confirmed before the line
            is up. looks: Requests that ask after one order. most_age: How long a connection may live, ns; 0 for ever.
        said: Frames to send, with their stream. failure: Why nothing more can be heard, None while it can.
        prices, questions, parts: Its price stream, its questions about orders, the parts of its whole account.
    """

    stream: str
    words: str
    kind: str
    clock: Request
    opening: tuple[Request, ...]
    needed: frozenset[str]
    looks: tuple[str, ...]
    most_age: int
    said: list[tuple[str, Any]]
    failure: AuthFailed | None

    @property
    def prices(self) -> Prices:
        """Its price stream."""

    @property
    def questions(self) -> Questions:
        """Its questions about orders."""

    @property
    def parts(self) -> Parts:
        """The parts of its whole account."""

    def submit(self, effect: fx.Submit) -> Request:
        """Return the request for an order.

        Raises:
            BadRequest: The venue has no such order, or would refuse it.
        """

    def spare(self, headers: Any) -> int | None:
        """Return how much of the budget the venue says is left, None where it does not say."""

    def judge(self, request: Request, reply: Reply, now: int) -> Failure | None:
        """Return how an answer says that it failed, None where it was taken.

        After a `Transient` one the clock is asked for again.
        """

    def ordered(self, request: Request, reply: Reply, now: int) -> tuple[list[ev.Event], Failure | None]:
        """Return the events of an order's answer, and a failure that concerns more than it."""

    def looked_up(self, request: Request, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        """Take the answer to one of `looks`."""

    def measure(self, asked: Asked, body: Body, now: int) -> int:
        """Return the venue's clock less ours (ns), as its answer tells it."""

    def stranger(self, op: str, body: Body) -> AuthFailed | None:
        """Return why an answer of the opening forbids to trade, None where it does not."""

    def hear(self, stream: str, frame: Any, now: int) -> tuple[list[ev.Event], bool]:
        """Return what a frame means, and whether its stream is confirmed.

        Raises:
            Failure: The stream is of no use.
        """


class Session:
    """One connection, from its opening to its end.

    Attributes:
        terms, memory, mail: Who, what is kept, what is on its way. said: Frames to send, with their stream.
        is_up: The account's line was told to be up. failure: Why nothing more can be done, None while it can.
    """

    def __init__(self, terms: Terms, memory: Kept, mail: Mail, vendor: Vendor, now: int) -> None:
        """Begin with the vendor's opening at `now` (ns)."""
        self.terms = terms
        self.memory = memory
        self.mail = mail
        self.said = vendor.said
        self.is_up = False
        self.failure: AuthFailed | None = None
        self._vendor = vendor
        self._unconfirmed = set(vendor.needed)
        self._heard = self._began = self._timed = now
        self._snapshot = Snapshot(terms.name, vendor.parts, mail)
        self._again = Again(terms.name, mail, terms.visibility)
        self._told_until = 0
        for request in vendor.opening:
            mail.ask(request)

    @property
    def _is_known(self) -> bool:
        """True once the venue has taken our keys and tells us what becomes of orders."""
        return not self._unconfirmed & {KEYS, self._vendor.stream}

    # --- what the engine wants ----------------------------------------------------------------------------------

    def take(self, effect: fx.Effect, now: int) -> list[ev.Event]:
        """Take an effect; what cannot be asked on this line is said to be lost at once."""
        oid, name = getattr(effect, "oid", ""), self.terms.name
        if not self._is_known and oid:
            return [lost(name, oid, "the line is not up")]
        if isinstance(effect, fx.Cancel) and (found := self._again.take_back(oid, now)):
            return found
        if isinstance(effect, fx.Submit):
            try:
                self.mail.ask(self._vendor.submit(effect))
            except BadRequest as failure:
                return [refused(name, oid, "submit", failure)]
        elif isinstance(effect, fx.Amend | fx.Cancel):
            self._vendor.questions.change(effect, now)
        elif isinstance(effect, fx.Query) and oid:
            self._vendor.questions.inquire(oid)
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
        reply = read(status, headers, raw, self._vendor.words)
        self._heard = now
        spare = self._vendor.spare(reply.headers)
        if spare is not None:
            self.mail.budget.heed(spare, now)
        is_late = self.mail.is_late(number)
        asked = self.mail.answered(number)
        if asked is None:
            return []
        request = asked.request
        if request.op in ORDER_WORDS:
            found, general = self._vendor.ordered(request, reply, now)
            self._heed(general, now)
            # One that was told to be lost has been asked after since: it goes nowhere.
            return [] if not is_late and self._again.takes(request, general, found) else found
        failure = self._vendor.judge(request, reply, now)
        self._heed(failure, now)
        if request.op in (KEYS, CLOCK, RULES):
            return self._greeted(asked, reply, failure, now)
        if request.op in self._vendor.looks:
            return [one for one in self._vendor.looked_up(request, reply, failure, now) if self._again.proves(one)]
        return self._snapshot.told(asked, reply.body, failure)

    def failed(self, number: int, why: str) -> list[ev.Event]:
        """Take note that a request got no answer and will get none."""
        asked = self.mail.answered(number)
        return self._unanswered(asked, why) if asked is not None else []

    def _heed(self, failure: Failure | None, now: int) -> None:
        """Take note of a failure that concerns more than its request."""
        if isinstance(failure, RateLimited):
            self.mail.budget.obey(failure, now)
        elif isinstance(failure, AuthFailed):
            self.failure = failure
        elif isinstance(failure, Transient):
            self.mail.ask(self._vendor.clock)

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
        found, is_confirmed = self._vendor.hear(stream, frame, now)
        self.failure = self.failure or self._vendor.failure
        self._say()
        return found + (self._confirm(stream, now) if is_confirmed else [])

    def _say(self) -> None:
        prices = self._vendor.prices
        self.said += [(PRICES, said) for said in prices.said]
        prices.said.clear()

    # --- up, down, silence --------------------------------------------------------------------------------------

    def _greeted(self, asked: Asked, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        op = asked.request.op
        if isinstance(failure, AuthFailed):
            return []
        if isinstance(failure, RateLimited) and not self._unconfirmed - {CLOCK, PAUSE}:
            # The clock that was measured last counts on: another opening would ask for more than this question did.
            if self._again.is_waiting:
                self.mail.ask(self._vendor.clock)
            return []
        if failure is not None:
            raise Transient(f"{op}: {failure}")
        body = mapping(reply.body)
        if op == CLOCK:
            self.memory.offset = self._vendor.measure(asked, body, now)
            self._say()
            # The line stays as it is where the clocks are apart: exits go out, and orders are asked after.
            found = self._confirm(CLOCK, now) + compared(self.terms.name, self.memory)
            return found + self._again.release(is_open=self.is_up and not self.memory.is_apart)
        self.failure = self.failure or self._vendor.stranger(op, body)
        return self._confirm(op, now) if self.failure is None else []

    def _confirm(self, what: str, now: int) -> list[ev.Event]:
        self._unconfirmed.discard(what)
        if self._unconfirmed or self.is_up:
            return []
        self.is_up = True
        self._vendor.prices.begin(now)
        kind = "SIMULATED" if self.terms.is_simulated else "REAL MONEY" if self.terms.is_real else self._vendor.kind
        return [link(self.terms.name, f"at {self.terms.host}, {kind}", is_up=True)]

    def _look_at_pause(self, now: int) -> list[ev.Event]:
        """Tell the line down while the venue takes nothing at all, anew where that lasts longer, and up behind it."""
        budget = self.mail.budget
        if not (until := budget.shut_until(now)):
            self._told_until = 0
            return self._confirm(PAUSE, now) if PAUSE in self._unconfirmed else []
        self._heard = now  # Nothing is asked, so nothing need be answered: pings say whether the sockets live.
        why = shut(budget.why, until, now)
        # What adds risk was meant for now; cancels and exits wait, and go first when it opens.
        found = self._again.drop_entries(RateLimited(why, until - now))
        if abs(until - self._told_until) >= NS:
            self._told_until, self.is_up = until, False
            self._unconfirmed.add(PAUSE)
            found.append(link(self.terms.name, f"{why}; cancels and exits go first then", is_up=False))
        return found

    def tick(self, now: int) -> list[ev.Event]:
        """Look at what is overdue, silent or due; call it a few times a second.

        Raises:
            Transient: Nothing at all was heard for too long, the opening was not confirmed in time, or the connection
                is as old as it may become.
        """
        if now - self._heard > self.terms.silence:
            raise Transient(f"nothing heard for {(now - self._heard) // 1_000_000} ms")
        if self._vendor.most_age and now - self._began > self._vendor.most_age:
            raise Transient("the venue ends connections after a day: a new one is opened")
        was_shut = PAUSE in self._unconfirmed
        found = self._look_at_pause(now)
        self._again.look(now)
        is_late = now - self._began > 2 * self.terms.timeout and PAUSE not in self._unconfirmed
        if is_late and not self.is_up:
            raise Transient(f"not confirmed: {', '.join(sorted(self._unconfirmed))}")
        for asked in self.mail.overdue(now - self.terms.timeout):
            found += self._unanswered(
                asked, f"no answer to {asked.request.op} for {self.terms.timeout // 1_000_000} ms"
            )
        # Behind a pause exits go first: the clock that was measured last counts for them.
        if not was_shut and now - self._timed >= (CLOCK_AGAIN if self.memory.is_apart else CLOCK_EVERY):
            self._timed = now
            self.mail.ask(self._vendor.clock)
        found += self._vendor.prices.tick(now)
        self._say()
        if self.is_up and not found:
            # What was found goes first: nothing comes of a tick that ends the line. In a pause another is not opened.
            self._vendor.prices.watch.listen(self.memory, now)
        return found

    def _unanswered(self, asked: Asked, why: str) -> list[ev.Event]:
        oid = asked.request.oid
        self._vendor.questions.forget(oid)
        if oid:
            return [lost(self.terms.name, oid, why)]
        if self._snapshot.is_waiting_for(asked):
            return self._snapshot.give_up(why)
        if not self.is_up and PAUSE not in self._unconfirmed:
            raise Transient(why)
        return self._again.give_up() if asked.request.op == CLOCK else []

    def end(self, why: str, now: int) -> list[ev.Event]:
        """Return what the end of the connection means.

        Every order request without an answer is lost.
        """
        oids = dict.fromkeys(asked.request.oid for asked in self.mail.clear() if asked.request.oid)
        found: list[ev.Event] = [lost(self.terms.name, oid, why) for oid in oids]
        found += self._again.give_up()
        found += self._snapshot.give_up(why)
        if self.is_up:
            self.is_up = False
            found.append(link(self.terms.name, why, is_up=False))
        return found
