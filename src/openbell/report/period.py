"""What happened within a day, a week or a month of sessions.

Pure; gathered while records are read. A day is a session of the account's calendar: what happens from its opening to
the next one's belongs to it.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.effects import Alert, Decision, Effect, Latch, SetLimits, Submit
from openbell.core.order import Dealt, Order
from openbell.core.types import ZERO, Instrument
from openbell.report.figures import code_label

KINDS = ("day", "week", "month")
_REFUSALS = range(200, 300)
_SIGNALS = range(10, 20)


def bounds(kind: str, day: str) -> tuple[str, str]:
    """Return first and last date (ISO) of the day, week or month that `day` lies in.

    A week begins with Monday.

    Raises:
        ValueError: `day` is no ISO date, or there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(KINDS)}")
    on = date.fromisoformat(day)
    if kind == "day":
        return day, day
    if kind == "week":
        first = on - timedelta(days=on.weekday())
        return first.isoformat(), (first + timedelta(days=6)).isoformat()
    last = on.replace(day=monthrange(on.year, on.month)[1])
    return on.replace(day=1).isoformat(), last.isoformat()


class Cost(msgspec.Struct, kw_only=True):
    """What one order cost within the period.

    Attributes:
        oid, deployment, instrument, side, currency: Of the order; `currency` is the quote's.
        qty: Units executed. paid: Their value. arrival: Their value at the price when it was sent, 0 where unknown.
        fees: Paid in the quote currency.
    """

    oid: str
    deployment: str
    instrument: str
    side: str
    currency: str
    qty: Decimal = ZERO
    paid: Decimal = ZERO
    arrival: Decimal = ZERO
    fees: Decimal = ZERO

    def add(
        self, instrument: Instrument, order: Order, qty: Decimal, px: Decimal, fee: Decimal, fee_currency: str
    ) -> None:
        """Add an execution; one that is taken back has units and a fee below zero."""
        self.qty += qty
        self.paid += instrument.value(qty, px)
        self.arrival += instrument.value(qty, order.arrival)
        if fee_currency == instrument.currency:
            self.fees += fee
        elif fee_currency and fee_currency == instrument.base:
            self.fees += instrument.value(fee, px)

    @property
    def shortfall(self) -> Decimal:
        """How much worse than at arrival, quote currency.

        Negative is better, 0 where arrival is unknown.
        """
        worse = self.paid - self.arrival if self.side == "buy" else self.arrival - self.paid
        return worse if self.arrival else ZERO


class Window(msgspec.Struct, kw_only=True):
    """One account's part of the period.

    Attributes:
        begin, end: Openings of its first session and of the one behind its last, ns; `end` 0 while it lasts.
        results: Results of its deployments since their start, base currency: when it began, and at each end of a day.
        stop: The same when it ended.
    """

    begin: int
    end: int = 0
    results: dict[str, Decimal] = {}
    daily: dict[str, dict[str, Decimal]] = {}
    stop: dict[str, Decimal] = {}

    def holds(self, ts: int) -> bool:
        """Say whether an instant (ns) lies in it."""
        return self.begin <= ts and (not self.end or ts < self.end)


class Health(msgspec.Struct, kw_only=True):
    """How the system itself was: counts, instants and waits in ns."""

    first_ts: int = 0
    last_ts: int = 0
    reconnects: int = 0
    line_cuts: int = 0
    disk_faults: int = 0
    bad_records: int = 0
    alerts: Counter[str] = msgspec.field(default_factory=Counter)
    answers: int = 0
    waited_ns: int = 0
    longest_ns: int = 0


class Period:
    """Looks on while records are read, and keeps what lies between two session dates.

    Attributes:
        first, last: ISO dates, both included. windows: By account, those that had a session within it.
        health: Of the system. costs: By order. signals, refusals: By deployment and printed code, by date for signals.
        changes: What was changed of limits and deployments: instant (ns) and words. gates: Gates that closed, likewise.
    """

    def __init__(self, first: str, last: str) -> None:
        """Wait for the first session of an account from `first` on."""
        self.first, self.last = first, last
        self.windows: dict[str, Window] = {}
        self.health = Health()
        self.costs: dict[str, Cost] = {}
        self.signals: Counter[tuple[str, str]] = Counter()
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.changes: list[tuple[int, str]] = []
        self.gates: list[tuple[int, str]] = []
        self._sessions: dict[str, str] = {}
        self._sent: dict[str, int] = {}
        self._down: set[str] = set()

    def watch(self, book: Book, event: ev.Event, effects: Sequence[Effect]) -> None:
        """Take one record: the event, its effects, and the book with both applied."""
        for name, account in book.truth.accounts.items():
            if self._sessions.get(name, "") != account.session:
                self._turn(book, name, event.ts)
                self._sessions[name] = account.session
        if not any(not window.end for window in self.windows.values()):
            return
        health = self.health
        health.first_ts = health.first_ts or event.ts
        health.last_ts = event.ts
        self._hear(book, event)
        for effect in effects:
            self._see(event.ts, effect)

    def ends_before(self, book: Book, event: ev.Event) -> bool:
        """Say whether the last account that has a part in it leaves it with this event."""
        if type(event) is not ev.Schedule or not event.is_open or event.date <= self.last:
            return False
        going = [name for name, window in self.windows.items() if not window.end]
        return bool(going) and all(book.spec.accounts[name].calendar == event.calendar for name in going)

    def result(self, book: Book, account: str, deployment: str) -> Decimal:
        """Return what a deployment gained within it, base currency.

        Fees are taken off, and what is open counts at its price.
        """
        window = self.windows[account]
        now = window.stop.get(deployment) if window.end else None
        return (book.stakes.result(deployment) if now is None else now) - window.results[deployment]

    def _turn(self, book: Book, name: str, ts: int) -> None:
        """Follow an account into another session."""
        before, now = self._sessions.get(name, ""), book.truth.accounts[name].session
        results = {one: book.stakes.result(one) for one, spec in book.spec.deployments.items() if spec.account == name}
        window = self.windows.get(name)
        if window is not None and not window.end:
            window.daily[before] = results
            if now > self.last:
                window.end, window.stop = ts, results
        elif window is None and self.first <= now <= self.last:
            self.windows[name] = Window(begin=ts, results=results)

    def _hear(self, book: Book, event: ev.Event) -> None:
        health = self.health
        if isinstance(event, (ev.Fill, ev.OrderUpdate)):
            sent = self._sent.pop(event.oid, None)
            if sent is not None:
                lasted = event.ts - sent
                health.answers += 1
                health.waited_ns += lasted
                health.longest_ns = max(health.longest_ns, lasted)
        for one in book.dealt:
            self._pay(book, one)
        if isinstance(event, ev.Link):
            line = f"{event.account}/{event.channel}"
            if event.is_up:
                health.reconnects += line in self._down
                self._down.discard(line)
            else:
                health.line_cuts += 1
                self._down.add(line)
        elif isinstance(event, ev.DiskState):
            health.disk_faults += not event.is_healthy
        elif isinstance(event, ev.BadData):
            health.bad_records += 1
        elif isinstance(event, ev.DeploymentChange):
            self.changes.append((event.ts, f"{event.deployment}: {event.kind}: {event.reason}"))

    def _pay(self, book: Book, dealt: Dealt) -> None:
        order, fill, old = dealt.order, dealt.fill, dealt.old
        if order is None:
            return
        instrument = book.instrument(fill.instrument)
        cost = self.costs.get(order.oid)
        if cost is None:
            if not dealt.is_new:
                return  # Paid in another period, and taken back now.
            cost = self.costs[order.oid] = Cost(
                oid=order.oid, deployment=order.deployment, instrument=fill.instrument, side=str(fill.side),
                currency=instrument.currency,
            )  # fmt: skip
        elif old is not None and cost.qty >= abs(old.qty):
            cost.add(instrument, order, -abs(old.qty), old.px, -old.fee, old.fee_currency)
        if dealt.is_new:
            cost.add(instrument, order, fill.qty, fill.px, fill.fee, fill.fee_currency)
        if not cost.qty:
            del self.costs[order.oid]

    def _see(self, ts: int, effect: Effect) -> None:
        if isinstance(effect, Decision):
            if effect.signal in _SIGNALS:
                self.signals[effect.deployment, code_label(effect.signal)] += 1
            if effect.code in _REFUSALS:
                self.refusals[effect.deployment, code_label(effect.code)] += 1
        elif isinstance(effect, Submit):
            self._sent[effect.oid] = ts
        elif isinstance(effect, Alert):
            self.health.alerts[effect.level] += 1
        elif isinstance(effect, SetLimits):
            self.changes.append((ts, "limits were changed"))
        elif isinstance(effect, Latch) and effect.is_on and effect.level == "hold":
            self.gates.append((ts, f"{effect.kind} over {effect.scope}: {effect.reason}"))
