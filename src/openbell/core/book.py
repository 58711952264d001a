"""The book: everything we hold, have ordered and have latched.

Truth is changed by `core/apply` alone.
"""

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import msgspec

from openbell.core import events as ev
from openbell.core.account import Account, open_account
from openbell.core.conduct import Conduct
from openbell.core.contact import Contact, Ended, Pending
from openbell.core.effects import Ask
from openbell.core.ladder import KillState, scopes_of
from openbell.core.order import Dealt, Execution, Order
from openbell.core.position import Position
from openbell.core.session import Session
from openbell.core.spec import AccountSpec, Limits, RunSpec, Subscription, limited
from openbell.core.stakes import Stakes
from openbell.core.types import E8, ONE, ZERO, Instrument, Rounding, changing, float_ticks, is_multiple, money, require

EXTERNAL = "external"
"""The deployment that owns what no strategy of ours did."""
KEPT_ORDERS = 2000
"""Ended orders kept in the book; older ones live on in the journal."""
KEPT_ENDED = 10_000
"""Orders of outside accounts of which, beyond those, it is still known whose a late fill would be."""
KEPT_IDS = 10_000
"""Ids of commands, flows, actions and adjustments kept at least: so many later ones still find a repetition."""
KEPT_EXECUTIONS = 10_000
"""Executions of others kept at least, for repetitions and corrections."""
MOST_TIMERS = 10_000
"""Timers of a run; a strategy that wants one more is at fault."""
_HALF_EVEN = Rounding.HALF_EVEN
"""Looked up once: every mark of something held asks for it."""
AGREEMENT = 5.0
"""Closes agree with each other when they differ by less than one part in this many."""
SPIKE = 20.0
"""Mids agree with each other when they differ by at most one part in this many: 5 %."""
KEPT_CLOSES = 61
"""Closes of sessions kept of each instrument: sixty returns."""


@changing
class Mark(msgspec.Struct, kw_only=True):
    """Latest price of an instrument.

    Attributes:
        close: Last accepted close, quote currency, NaN before the first. ts: When, ns.
        px: Price positions are valued at, quote currency; None until it is needed.
        last_ts: Stamp of the last accepted bar per interval (both ns), for duplicates.
        suspect: Close that looked like a jump. suspects: How many agreed with it since.
        bid, ask: Latest accepted quote, NaN before the first. quote_ts: When, ns.
        strange: Mid of a quote that looked like a spike. strangers: How many agreed with it since.
        resumed_ts: End of the latest halt, ns.
        closes: Last closes of the latest sessions, quote currency, oldest first.
        bid_size, ask_size: Units of the latest quote, 0 for unknown.
    """

    close: float = math.nan
    ts: int = 0
    px: Decimal | None = None
    last_ts: dict[int, int] = {}
    suspect: float = 0.0
    suspects: int = 0
    bid: float = math.nan
    ask: float = math.nan
    quote_ts: int = 0
    strange: float = 0.0
    strangers: int = 0
    resumed_ts: int = 0
    closes: list[float] = []
    bid_size: float = 0.0
    ask_size: float = 0.0


class LatchState(msgspec.Struct, kw_only=True):
    """A closed gate: what, where, since when (ns), how it opens again, why."""

    kind: str
    scope: str
    release: str
    reason: str
    ts: int
    session: str = ""


@changing
class Counts(msgspec.Struct, kw_only=True):
    """How often things happened over the whole life of the state.

    `decisions`, `rejected` and `quarantined` count by reason code; the others say what they count.
    `fills` are executions that stand: one that its venue takes back counts no more.
    `source` is how many records of the source were taken: the place to go on reading.
    """

    events: int = 0
    bars: int = 0
    source: int = 0
    orders: int = 0
    fills: int = 0
    trades: int = 0
    wins: int = 0
    duplicates: int = 0
    late: int = 0
    illegal: int = 0
    alerts: int = 0
    decisions: dict[int, int] = {}
    rejected: dict[int, int] = {}
    quarantined: dict[int, int] = {}


@changing
class Truth(msgspec.Struct, kw_only=True):
    """All of the book that outlives code: what a snapshot holds and a hash is taken of.

    Attributes:
        instance: Tag of the instance. mode, title, is_synthetic: From `Genesis`.
        ts: Instant of the last event, ns. counter: Client order ids given so far.
        orders: By client order id: the open ones and the latest ended ones.
        positions: By deployment and instrument. accounts: By name. sessions: By calendar.
        marks: By instrument. latches: By kind and scope. timers: Due instants (ns) by deployment and name.
        seen: Ids that must count once (commands, flows, actions, adjustments).
        executions: Trades that are not ours, by their key, for duplicates and corrections.
        last_entry: Latest entry per deployment and instrument: (ts, side, quantity) as text.
        orders_hash: Running hash over all orders, in decision order.
        first_ts: Instant of the first market event.
        limits: Those in force since a change of the configuration, None before one.
        is_disk_healthy: False while the journal's disk is bad. mismatched: Why account/instrument disagrees.
        frozen: Deployments that may not trade, with the reason. halted: Instruments that do not trade, likewise.
        relisted: What vendors have said of instruments since the run began, the latest word of each.
        kills: Kills in force, by scope. ramps: Until when (ns) entries are smaller after `enable`, by scope.
        stages: Since when (ns) a limit's warning is in force, as `KIND:LEVEL/SCOPE`.
        conduct: What each deployment did of late. asked: Questions to a person that are open, by id.
        answered: The question that was answered last.
        contacts: Lines to accounts outside the process, by account. pending: What their open orders wait for, by id.
        exposed: Holdings without confirmed protection, as deployment/instrument, and since when (ns).
        ended: Their orders that the book has let go of, for late fills. ended_until: Latest change of those forgotten.
    """

    instance: str = ""
    mode: str = "sim"
    title: str = ""
    is_synthetic: bool = False
    ts: int = 0
    first_ts: int = 0
    counter: int = 0
    orders: dict[str, Order] = {}
    positions: dict[str, dict[str, Position]] = {}
    accounts: dict[str, Account] = {}
    sessions: dict[str, Session] = {}
    marks: dict[str, Mark] = {}
    latches: dict[str, LatchState] = {}
    timers: dict[str, int] = {}
    seen: dict[str, int] = {}
    executions: dict[str, Execution] = {}
    last_entry: dict[str, tuple[int, str, str]] = {}
    orders_hash: bytes = bytes(32)
    is_disk_healthy: bool = True
    mismatched: dict[str, str] = {}
    frozen: dict[str, str] = {}
    stages: dict[str, int] = {}
    conduct: dict[str, Conduct] = {}
    asked: dict[str, Ask] = {}
    answered: Ask | None = None
    halted: dict[str, str] = {}
    relisted: dict[str, ev.Relisted] = {}
    limits: Limits | None = None
    kills: dict[str, KillState] = {}
    ramps: dict[str, int] = {}
    contacts: dict[str, Contact] = {}
    pending: dict[str, Pending] = {}
    ended: dict[str, Ended] = {}
    exposed: dict[str, int] = {}
    ended_until: int = 0
    counts: Counts = msgspec.field(default_factory=Counts)

    def is_ready(self, account: str) -> bool:
        """Return True if new risk may be taken in an account.

        It may once its venue has told what it holds since the line is up, while the clocks of both agree.
        """
        contact = self.contacts.get(account)
        return contact is None or (contact.is_ready and not contact.apart)


class Lane:
    """Everything of one instrument that a bar needs, found with one look-up.

    Attributes:
        instrument: What it is. currency: In which it is quoted.
        mark, session: Its part of the truth. holders: Its positions that are not flat.
        steps: Price quanta per unit of quote currency. quantum: The price quantum.
        is_plain: True when a value is just units times price: multiplier 1, always a whole multiple of 1e-8, and no
            fee taken in units.
    """

    __slots__ = ("currency", "holders", "instrument", "is_plain", "mark", "quantum", "session", "steps")

    def __init__(self, instrument: Instrument, mark: Mark, session: Session, holders: list[Position]) -> None:
        """Collect what stands in several places of the book."""
        self.instrument, self.currency = instrument, instrument.currency
        self.mark, self.session, self.holders = mark, session, holders
        self.steps, self.quantum = instrument.steps, instrument.quantum
        is_whole = instrument.multiplier == 1 and is_multiple(instrument.lot * instrument.quantum, E8)
        self.is_plain = is_whole and not instrument.base

    def close_px(self, close: float) -> Decimal:
        """Return a close as the price to value at, half-even to the quantum."""
        return float_ticks(close, self.steps, _HALF_EVEN) * self.quantum


class Book:
    """Truth with the indices that make it quick to ask.

    The indices can be rebuilt at any time.
    """

    def __init__(self, spec: RunSpec, truth: Truth | None = None) -> None:
        """Open the book of a run; with `truth` from a snapshot it goes on from there."""
        self.truth = truth if truth is not None else fresh_truth(spec)
        self.spec = limited(spec, self.truth.limits) if self.truth.limits is not None else spec
        self.open_orders: dict[str, dict[str, Order]] = {symbol: {} for symbol in spec.instruments}
        self.holders: dict[str, list[Position]] = {symbol: [] for symbol in spec.instruments}
        self.accounts_by_calendar: dict[str, list[Account]] = {}
        self.subscriptions: dict[str, list[Subscription]] = {}
        _index(self)
        self.bounded = [name for name, one in spec.deployments.items() if one.max_loss or one.max_drawdown]
        self.stakes = Stakes(self)
        self.lanes = {
            symbol: Lane(
                instrument, self.truth.marks[symbol], self.truth.sessions[instrument.calendar], self.holders[symbol]
            )
            for symbol, instrument in spec.instruments.items()
        }
        self.is_news = True
        """False while an execution is booked that was told before."""
        self.is_end = False
        """True where the latest word of a venue has ended its order: told again, an end asks for nothing."""
        self.dealt: list[Dealt] = []
        """What executions have changed in the latest step, in order."""
        self.booked: list[tuple[ev.Fill, Order | None]] = []
        """Executions that the latest fill or word of a venue has booked, each for the first time, with their orders."""

    def reindex(self, symbol: str) -> None:
        """Collect anew who holds an instrument, in place, because lanes hold the same list."""
        self.stakes.touch(symbol)
        self.holders[symbol][:] = [
            by_instrument[symbol]
            for by_instrument in self.truth.positions.values()
            if symbol in by_instrument and by_instrument[symbol].qty
        ]

    def first_time(self, key: str) -> bool:
        """Note that something with this id came, and return True if it had not come before."""
        seen = self.truth.seen
        times = seen.pop(key, 0) + 1
        # Put back at the end: what comes again stays known the longest.
        seen[key] = times
        self.truth.counts.duplicates += times > 1
        keep_latest(seen, KEPT_IDS)
        return times == 1

    def all_positions(self) -> Iterator[Position]:
        """Yield every position, flat ones included, deployments in configuration order."""
        for by_instrument in self.truth.positions.values():
            yield from by_instrument.values()

    def position(self, deployment: str, instrument: str) -> Position:
        """Return the position of a deployment in an instrument."""
        return self.truth.positions[deployment][instrument]

    def account_spec(self, deployment: str) -> AccountSpec:
        """Return the account a deployment trades in."""
        return self.spec.accounts[self.spec.deployments[deployment].account]

    def instrument(self, symbol: str) -> Instrument:
        """Return an instrument by symbol."""
        return self.spec.instruments[symbol]

    def mark_px(self, symbol: str) -> Decimal | None:
        """Return the price to value `symbol` at, quote currency; None before its first bar."""
        mark = self.truth.marks[symbol]
        # Worked out anew each time and never stored: asking must not change the truth.
        return self.lanes[symbol].close_px(mark.close) if mark.px is None and mark.ts else mark.px

    def session(self, symbol: str) -> Session:
        """Return the latest session of the instrument's calendar."""
        return self.truth.sessions[self.spec.instruments[symbol].calendar]

    def pair_orders(self, deployment: str, symbol: str) -> list[Order]:
        """Return the open orders of a deployment in an instrument, oldest first."""
        return [order for order in self.open_orders[symbol].values() if order.deployment == deployment]

    def deployment_equity(self, deployment: str) -> Decimal:
        """Return capital plus result of a deployment, base currency.

        Foreign results count at the latest rate.
        """
        return self.spec.deployments[deployment].capital + self.stakes.result(deployment)

    def deployment_used(self, deployment: str) -> Decimal:
        """Return the value a deployment holds or is entering, at the marks, base currency."""
        account = self.truth.accounts[self.spec.deployments[deployment].account]
        used = ZERO
        for symbol, position in self.truth.positions[deployment].items():
            units = abs(position.qty)
            if self.open_orders[symbol]:
                units += sum((o.leaves for o in self.pair_orders(deployment, symbol) if not o.reduce_only), ZERO)
            px = self.mark_px(symbol) if units else None
            if px is not None:
                used += money(self.spec.instruments[symbol].value(units, px) * self.rate(account, symbol))
        return used

    def rate(self, account: Account, symbol: str) -> Decimal:
        """Return base currency per unit of the instrument's quote currency.

        It is 0 when no rate is known.
        """
        return self.rate_of(account, self.spec.instruments[symbol].currency)

    def rate_of(self, account: Account, currency: str) -> Decimal:
        """Return base currency per unit of `currency`; 0 when no rate is known."""
        return ONE if currency == account.currency else account.rates.get(currency, ZERO)

    def latches_over(self, account: str, deployment: str, symbol: str) -> list[str]:
        """Return the kinds of all latches that cover this account, deployment or instrument."""
        if not self.truth.latches:
            return []
        scopes = scopes_of(account, deployment, symbol)
        return [latch.kind for latch in self.truth.latches.values() if latch.scope in scopes]


def external_of(book: Book, account: str) -> str:
    """Return the name under which an account's external holdings stand.

    Each account has its own.
    """
    return EXTERNAL if account == next(iter(book.spec.accounts)) else f"{EXTERNAL}/{account}"


def agree(mid: float, other: float) -> bool:
    """Return True for mids of two quotes that are not a spike of each other."""
    return abs(mid - other) * SPIKE <= abs(other)


def keep_latest(kept: dict[str, Any], most: int) -> None:
    """Let go of the oldest where more than twice `most` are kept, so that it is seldom done."""
    if len(kept) > 2 * most:
        for key in list(islice(kept, len(kept) - most)):
            del kept[key]


def count(counter: dict[int, int], code: int) -> None:
    """Count one more of `code`."""
    counter[int(code)] = counter.get(int(code), 0) + 1


def fresh_truth(spec: RunSpec) -> Truth:
    """Return the truth of a run before its first event.

    It has the opening balances, flat positions and no session.
    """
    truth = Truth(mode=spec.mode, title=spec.title, is_synthetic=spec.is_synthetic)
    for name, account in spec.accounts.items():
        require(account.currency in account.cash, f"account {name} has no cash in its base currency")
        truth.accounts[name] = open_account(name, account.currency, account.cash)
        if account.outside is not None:
            truth.contacts[name] = Contact()
    for name, deployment in spec.deployments.items():
        truth.positions[name] = {
            symbol: Position(account=deployment.account, deployment=name, instrument=symbol)
            for symbol in deployment.instruments
        }
    truth.positions[EXTERNAL] = {}
    for symbol, instrument in spec.instruments.items():
        truth.marks[symbol] = Mark()
        truth.sessions.setdefault(instrument.calendar, Session(calendar=instrument.calendar))
    for account in spec.accounts.values():
        truth.sessions.setdefault(account.calendar, Session(calendar=account.calendar))
    return truth


def _index(book: Book) -> None:
    for subscription in book.spec.subscriptions:
        book.subscriptions.setdefault(subscription.instrument, []).append(subscription)
    for order in book.truth.orders.values():
        if order.is_open:
            book.open_orders.setdefault(order.instrument, {})[order.oid] = order
    for position in book.all_positions():
        if position.qty:
            book.holders.setdefault(position.instrument, []).append(position)
    for name, account in book.truth.accounts.items():
        book.accounts_by_calendar.setdefault(book.spec.accounts[name].calendar, []).append(account)
