"""Looks on while a run goes and keeps, in bounded memory, what its report shows."""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from openbell.core import events as ev
from openbell.core.account import Account
from openbell.core.book import Book, external_of
from openbell.core.effects import Adjust, Effect
from openbell.core.order import Dealt
from openbell.core.position import Position
from openbell.core.spec import RunSpec
from openbell.core.types import ZERO
from openbell.report.days import Day, Days
from openbell.report.exposure import Gauge
from openbell.report.figures import code_label
from openbell.report.series import BarSeries, Curve, Point
from openbell.report.trades import MAX_TRADES, Ledger, Step, Totals, Trade

MAX_FILLS = 20_000
"""Fills kept one by one: the newest."""


class Execution(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fill as the report tells it.

    Attributes:
        time: Moment of the execution, ns.
        account, deployment, instrument: Where and whose; `external` for orders that are not ours.
        side: buy or sell. qty: Units, positive. px: Quote currency per unit. value: Their product, quote currency.
        fee: In `fee_currency`.
        reason: Printed reason code of the order. is_exit: True for orders that could only reduce.
        oid: Our client order id, empty for orders that are not ours. venue_order, exec_id: The venue's ids.
    """

    time: int
    account: str
    deployment: str
    instrument: str
    side: str
    qty: Decimal
    px: Decimal
    value: Decimal
    fee: Decimal
    fee_currency: str
    reason: str
    is_exit: bool
    oid: str = ""
    venue_order: str = ""
    exec_id: str = ""


class Recorder:
    """Equity curves, bars, fills and trades of one run, gathered event by event."""

    def __init__(self, spec: RunSpec, *, keeps_all: bool = False) -> None:
        """Get ready to watch a run of `spec`.

        From its first event or from wherever its book stands.

        Args:
            spec: The run.
            keeps_all: True to keep every fill and trade one by one, for an export; memory then grows with them.
        """
        self.spec = spec
        self.bars = {symbol: BarSeries(_interval(spec, symbol)) for symbol in spec.instruments}
        self.fills: deque[Execution] = deque(maxlen=None if keeps_all else MAX_FILLS)
        self.fills_seen = 0
        self.ledger = Ledger(None if keeps_all else MAX_TRADES)
        self._curves: dict[str, Curve] = {}
        self._all: tuple[Curve, ...] = ()
        self._days: dict[str, Days] = {}
        self._gauges: dict[str, Gauge] = {}
        self._ts = self._begun = 0

    @property
    def dropped_fills(self) -> int:
        """Fills that were seen and are no longer kept."""
        return self.fills_seen - len(self.fills)

    @property
    def trades(self) -> Sequence[Trade]:
        """Closed trades that are still kept, oldest first."""
        return self.ledger.trades

    @property
    def totals(self) -> dict[str, Totals]:
        """Sums over all closed trades by quote currency, those no longer kept included."""
        return self.ledger.totals

    def equity(self, account: str) -> list[Point]:
        """Return an account's equity curve in order of time; empty before the first event."""
        curve = self._curves.get(account)
        return curve.points(self._ts) if curve is not None else []

    def days(self, account: str) -> list[Day]:
        """Return an account's trading days, the one under way last.

        There are none before its first session.
        """
        days = self._days.get(account)
        return days.all(self._ts) if days is not None else []

    def gauge(self, account: Account) -> Gauge:
        """Return what an account had at work, up to the latest event: nothing before the first."""
        gauge = self._gauges.get(account.name) or Gauge(account, self._ts)
        gauge.wait(self._ts)
        return gauge

    def begin(self, book: Book) -> None:
        """Take over a book as it stands; what it did before is in its counts, not in the curves.

        `watch` does this by itself at the first event; call it before when the book comes from a snapshot.
        """
        ts, self._begun = book.truth.ts, book.truth.counts.events
        self._follow_accounts(book, ts)
        for position in book.all_positions():
            self.ledger.adopt(position, self.spec.instruments[position.instrument], 0)

    def watch(self, book: Book, event: ev.Event, effects: Sequence[Effect]) -> None:
        """Take one finished step: the event, its effects, and the book with both applied."""
        ts = self._ts = event.ts
        if not self._all:
            self._start(book, event)
        if type(event) is ev.Bar:
            series = self.bars.get(event.instrument)
            if series is not None:
                series.add(event)
            if event.instrument in self.ledger.held:
                self.ledger.watch(event)
        else:
            self._watch_other(book, event, effects)
        for curve in self._all:
            if curve.account.equity is not curve.equity:
                curve.add(ts)

    def _watch_other(self, book: Book, event: ev.Event, effects: Sequence[Effect]) -> None:
        if book.dealt and book.truth.counts.events != self._begun:
            self._deal(book, book.dealt)
        if type(event) is ev.Schedule:
            for name, days in self._days.items():
                days.turn(event.ts)
                self._gauges[name].read(book, event.ts)
        elif type(event) is ev.CorporateAction:
            self._rescale(book, event)
        elif type(event) in _ADJUSTING:
            for position in _adjusted(book, effects):
                self._follow(position, ZERO, ZERO, event.ts, "adjustment")

    def _start(self, book: Book, event: ev.Event) -> None:
        if book.truth.counts.events > 1 or type(event) is not ev.Fill:
            self.begin(book)
            return
        # The very first event of a state is a fill: everything before it was flat.
        self._follow_accounts(book, event.ts)

    def _follow_accounts(self, book: Book, ts: int) -> None:
        accounts = book.truth.accounts
        self._curves = {name: Curve(account, ts) for name, account in accounts.items()}
        self._all = tuple(self._curves.values())
        self._days = {name: Days(account) for name, account in accounts.items()}
        self._gauges = {name: Gauge(account, book.truth.first_ts) for name, account in accounts.items()}

    def _deal(self, book: Book, dealt: list[Dealt]) -> None:
        """Take what the executions of one step have changed."""
        for one in dealt:
            fill, gauge = one.fill, self._gauges[one.fill.account]
            currency = self.spec.instruments[fill.instrument].currency
            if one.old is not None:
                old = _drop(self.fills, fill)
                # What was let go of before is still counted; what came before this recorder is not.
                self.fills_seen -= old is not None or self.dropped_fills > 0
                gauge.trade(-abs(old.value) if old is not None else ZERO, currency)
            if one.is_new:
                told = execution(self.spec, book, one)
                self.fills_seen += 1
                self.fills.append(told)
                gauge.trade(abs(told.value), currency)
            gauge.read(book, fill.ts)
        # A correction takes one execution back and may bring another: only the position knows the sum of several.
        is_plain = len(dealt) == 1 and dealt[0].old is None
        if len(dealt) == 1 and (was := dealt[0].old) is not None:
            new = _booked(dealt[0]), dealt[0].fill.px
            self.ledger.restate(_position(book, dealt[0]), (was.qty, was.px), new)
        for one in {id(_position(book, one)): one for one in dealt}.values():
            qty = _booked(one) if is_plain else ZERO
            self._follow(_position(book, one), qty, one.fill.px, one.fill.time, _reason(one))

    def _follow(self, position: Position, qty: Decimal, px: Decimal, time: int, reason: str) -> None:
        symbol = position.instrument
        step = Step(
            position=position,
            instrument=self.spec.instruments[symbol],
            qty=qty,
            px=px,
            time=time,
            reason=reason,
            bars=self.bars[symbol].count,
        )
        self.ledger.take(step)

    def _rescale(self, book: Book, action: ev.CorporateAction) -> None:
        """Follow positions through a split."""
        if action.kind != "split" or book.truth.seen.get(f"action/{action.id}", 0) != 1:
            return
        for by_instrument in book.truth.positions.values():
            position = by_instrument.get(action.instrument)
            if position is not None:
                self.ledger.rescale(position, action.numerator, action.denominator)


_ADJUSTING = (ev.BrokerState, ev.Command)
"""Events in which the book may be changed without a trade."""


def _adjusted(book: Book, effects: Sequence[Effect]) -> list[Position]:
    """Return the positions that a step changed without a fill."""
    found = [e for e in effects if isinstance(e, Adjust) and e.instrument in book.spec.instruments]
    return [book.truth.positions[e.deployment or external_of(book, e.account)][e.instrument] for e in found]


def _interval(spec: RunSpec, symbol: str) -> int:
    """Return the shortest interval (ns) at which a deployment takes the instrument's bars.

    0 for none.
    """
    return min((d.interval for d in spec.deployments.values() if symbol in d.instruments), default=0)


def execution(spec: RunSpec, book: Book, dealt: Dealt) -> Execution:
    """Return an execution as the report tells it; of a bust, what it has taken back."""
    fill, order, old = dealt.fill, dealt.order, dealt.old
    if old is not None and not dealt.is_new:
        fill = replace(fill, qty=abs(old.qty), px=old.px, fee=old.fee, fee_currency=old.fee_currency)
    return Execution(
        time=fill.time,
        account=fill.account,
        deployment=_position(book, dealt).deployment,
        instrument=fill.instrument,
        side=str(fill.side),
        qty=fill.qty,
        px=fill.px,
        value=spec.instruments[fill.instrument].value(fill.qty, fill.px),
        fee=fill.fee,
        fee_currency=fill.fee_currency,
        reason=_reason(dealt),
        is_exit=order is not None and order.reduce_only,
        oid=fill.oid or (order.oid if order is not None else ""),
        venue_order=fill.venue_order,
        exec_id=fill.exec_id,
    )


def _drop(fills: deque[Execution], fill: ev.Fill) -> Execution | None:
    """Let go of the execution that `fill` takes back; None where it is not kept any more, or was never seen."""
    key = fill.account, fill.instrument, fill.supersedes
    for place in range(len(fills) - 1, -1, -1):
        old = fills[place]
        if (old.account, old.instrument, old.exec_id) == key:
            del fills[place]
            return old
    return None


def change_of(dealt: Dealt) -> Decimal:
    """Return by how many signed units an execution has changed what is held."""
    return _booked(dealt) - (dealt.old.qty if dealt.old is not None else ZERO)


def _booked(dealt: Dealt) -> Decimal:
    return dealt.fill.qty * dealt.fill.side.sign if dealt.is_new else ZERO


def word_of(dealt: Dealt) -> str:
    """Return what it is: an execution, the correction of one, or one taken back."""
    return "taken back" if not dealt.is_new else "correction" if dealt.fill.supersedes else "execution"


def _position(book: Book, dealt: Dealt) -> Position:
    order, account = dealt.order, dealt.fill.account
    return book.position(external_of(book, account) if order is None else order.deployment, dealt.fill.instrument)


def _reason(dealt: Dealt) -> str:
    return code_label(dealt.order.reason) if dealt.order is not None else "external"
