"""One connection to the plain venue as a state machine: no sockets, no clock.

It says hello, confirms each subscription, tells the line up only then, asks for what may be missing, and notices
silence. Frames and instants are handed in; what it wants to send is taken from its `mail`.
"""

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.budget import CANCEL, Budget
from openbell.edges.brokers.clocks import compared
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited, Transient
from openbell.edges.brokers.fields import read, whole
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.plain import codec
from openbell.edges.brokers.plain.replies import ordered
from openbell.edges.brokers.plain.snapshot import Memory, Parts
from openbell.edges.brokers.plain.tables import SUBMIT_WORDS, VERSION
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.snapshot import Snapshot
from openbell.edges.brokers.watch import Watch
from openbell.edges.brokers.words import data, failed_state, link, lost, refused

PING_EVERY = 5 * NS


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are and what we want.

    Attributes:
        name: Of our account. number, mode, key: As the venue knows it.
        streams: (symbol, longest silence in ns) of each instrument whose bars are wanted.
        quotes: Those whose quotes are wanted too.
        timeout: How long a request may stay unanswered, ns. silence: How long without a frame before the line is dead.
        netting: As in `Joint`.
    """

    name: str
    number: str
    mode: str
    key: str
    streams: tuple[tuple[str, int], ...]
    timeout: int
    silence: int
    netting: bool = False
    quotes: tuple[str, ...] = ()


class Session:
    """One connection, from its opening to its end.

    Attributes:
        terms, memory, mail: Who, what is kept, what is on its way. is_up: The account's line was told to be up.
        failure: Why nothing more can be done on this line, None while it can.
    """

    def __init__(self, terms: Terms, memory: Memory, budget: Budget, epoch: int, now: int) -> None:
        """Begin with a hello under lease `epoch` at `now` (ns)."""
        self.terms = terms
        self.memory = memory
        self.mail = Mail(budget)
        self.is_up = False
        self.failure: AuthFailed | None = None
        self._epoch = epoch
        self._watch = Watch()
        self._unconfirmed = {_stream(body) for body in _wanted(terms)}
        self._is_known = False
        self._heard = self._pinged = now
        self._snapshot = Snapshot(terms.name, Parts(terms.name, memory), self.mail)
        hello = {"version": VERSION, "account": terms.number, "mode": terms.mode, "key": terms.key, "epoch": epoch}
        self.mail.ask(Request(op="hello", body=hello, priority=CANCEL))

    def take(self, effect: fx.Effect, now: int) -> list[ev.Event]:
        """Take an effect; what cannot be asked on this line is said to be lost at once."""
        request = codec.encode(effect, self._epoch, netting=self.terms.netting)
        if request.op == "state":
            if not self._is_known:
                return [failed_state(self.terms.name, now, "the line is not up")]
            self._snapshot.begin(now)
            return []
        if self._is_known:
            try:
                self.mail.ask(request)
            except BadRequest as failure:
                return [refused(self.terms.name, request.oid, "submit", failure)]
            return []
        return [lost(self.terms.name, request.oid, "the line is not up")]

    def receive(self, raw: str | bytes, now: int) -> list[ev.Event]:
        """Take a frame and return what it means.

        Raises:
            Failure: The line is of no more use: its end is near, and everything unanswered is lost.
        """
        body = read(raw)
        self._heard = now
        if "re" in body:
            asked = self.mail.answered(whole(body, "re"))
            return self._replied(asked, body, now) if asked is not None else []
        found = codec.announced(body, self.terms.name)
        for event in found:
            if isinstance(event, ev.Bar) and self._watch.hear(event.instrument, now):
                return [data(self.terms.name, event.instrument, "its bars are heard again", is_up=True), *found]
            if isinstance(event, ev.Fill) and whole(body, "n") == self.memory.seen + 1:
                self.memory.seen += 1
        return found

    def tick(self, now: int) -> list[ev.Event]:
        """Look at what is overdue, silent or due; call it a few times a second.

        Raises:
            Transient: Nothing at all was heard for too long, or the opening was not confirmed in time.
        """
        if now - self._heard > self.terms.silence:
            raise Transient(f"nothing heard for {(now - self._heard) // 1_000_000} ms")
        found: list[ev.Event] = []
        for asked in self.mail.overdue(now - self.terms.timeout):
            found += self._unanswered(asked, now)
        if self._is_known and now - self._pinged >= PING_EVERY:
            self._pinged = now
            self.mail.ask(Request(op="ping", body={}))
        again, stale = self._watch.silent(now)
        for symbol in again:
            self.mail.ask(Request(op="subscribe", body={"stream": "bars", "symbol": symbol}))
        found += [
            data(self.terms.name, symbol, "no bars although subscribed to twice", is_up=False) for symbol in stale
        ]
        if not found:
            # What was found goes first: nothing comes of a tick that ends the line.
            self._watch.listen(self.memory, now)
        return found

    def end(self, why: str, now: int) -> list[ev.Event]:
        """Return what the end of the connection means.

        Every order request without an answer is lost.
        """
        oids = [asked.request.oid for asked in self.mail.clear() if asked.request.oid]
        found: list[ev.Event] = [lost(self.terms.name, oid, why) for oid in oids]
        found += self._snapshot.give_up(why)
        if self.is_up:
            self.is_up = False
            found.append(link(self.terms.name, why, is_up=False))
        return found

    # --- replies ------------------------------------------------------------------------------------------------

    def _replied(self, asked: Asked, body: Body, now: int) -> list[ev.Event]:
        op = asked.request.op
        if op in SUBMIT_WORDS:
            found, general = ordered(asked.request, body, self.terms.name)
            self._heed(general, now)
            return found
        failure = codec.judge(body)
        self._heed(failure, now)
        if op in ("hello", "subscribe"):
            if isinstance(failure, AuthFailed):
                return []
            if failure is not None:
                raise Transient(f"{op}: {failure}")
            self._greeted() if op == "hello" else self._unconfirmed.discard(_stream(asked.request.body))
            return self._measure(asked, body, now)
        if op == "ping":
            return self._measure(asked, body, now) if failure is None else []
        if op == "order":
            return self._looked_up(asked.request.oid, body, failure)
        return self._snapshot.told(asked, body, failure)

    def _heed(self, failure: Failure | None, now: int) -> None:
        """Take note of a failure that concerns more than its request."""
        if isinstance(failure, RateLimited):
            self.mail.budget.obey(failure, now)
        elif isinstance(failure, AuthFailed):
            self.failure = failure

    def _greeted(self) -> None:
        self._is_known = True
        for body in _wanted(self.terms):
            self.mail.ask(Request(op="subscribe", body=body))

    def _measure(self, asked: Asked, body: Body, now: int) -> list[ev.Event]:
        """Compare the clocks, and tell what has changed: whether they agree, and that the line is up."""
        self.memory.offset = whole(body, "time") - (asked.sent + now) // 2
        found: list[ev.Event] = [*compared(self.terms.name, self.memory)]
        if not self.is_up and self._is_known and not self._unconfirmed:
            self.is_up = True
            for symbol, max_age in self.terms.streams:
                self._watch.begin(symbol, max_age, now)
            found.append(link(self.terms.name, "start", is_up=True))
        return found

    def _looked_up(self, oid: str, body: Body, failure: Failure | None) -> list[ev.Event]:
        if failure is not None:
            return [lost(self.terms.name, oid, f"asked, but: {failure}")]
        try:
            return codec.looked_up(body, oid, self.terms.name)
        except OutcomeUnknown as unknown:
            return [lost(self.terms.name, oid, f"asked, but: {unknown}")]

    def _unanswered(self, asked: Asked, now: int) -> list[ev.Event]:
        op, oid = asked.request.op, asked.request.oid
        if op in ("hello", "subscribe"):
            if self.is_up:
                return []  # Asked once more for a silent stream: the watch tells what comes of it.
            raise Transient(f"{op} {asked.request.body.get('stream', '')} was not confirmed")
        why = f"no answer to {op} for {self.terms.timeout // 1_000_000} ms"
        if oid:
            return [lost(self.terms.name, oid, why)]
        if self._snapshot.is_waiting_for(asked):
            return self._snapshot.give_up(why)
        return []


def _stream(body: Body) -> str:
    """Return what a subscription is remembered by."""
    return f"{body['stream']} {body['symbol']}"


def _wanted(terms: Terms) -> list[Body]:
    """Return every subscription of a connection."""
    bars = [{"stream": "bars", "symbol": symbol} for symbol, _ in terms.streams]
    quotes = [{"stream": "quotes", "symbol": symbol} for symbol in terms.quotes]
    return [*({"stream": stream, "symbol": ""} for stream in ("orders", "executions")), *bars, *quotes]
