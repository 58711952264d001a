"""The journal followed, and what is told of each of its records."""

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from openbell.core import events as ev
from openbell.core.apply import apply_record
from openbell.core.codes import Code
from openbell.core.effects import Alert, Decision, Effect, Submit
from openbell.core.order import Order
from openbell.core.record import decode_record
from openbell.core.types import NS, ZERO, Rounding, Status, div
from openbell.edges.journal import Entry as RawEntry
from openbell.edges.journal import Rewritten, Tail
from openbell.report.console import words_of
from openbell.report.figures import amount, code_label, price, quantity
from openbell.report.recorder import Recorder
from openbell.report.trades import Trade
from openbell.run import state as states
from openbell.run.alerts.days import Day, Ripe, due_at, ending, highest, summary, tally
from openbell.run.alerts.told import Told, of_alert, usual
from openbell.run.money import in_money
from openbell.run.reading import explained_names, from_checkpoint
from openbell.run.records import first_event, parse_spec

GROUPED_NS = 60 * NS
"""Partial fills of one order are told together: when it has ended, or so long after the first."""
_QUIET = (Code.ALREADY_DECIDED, Code.ALREADY_AT_TARGET, Code.WAITING_FOR_ORDER)
_STOPS = (Code.STOP_LOSS, Code.TRAILING_STOP)
_ENDED = {Status.CANCELLED: "order_cancelled", Status.EXPIRED: "order_cancelled", Status.REJECTED: "order_rejected"}


class Part(msgspec.Struct, kw_only=True):
    """Fills of one order that are not told yet; `before` is what was held, `since` the first one's instant (ns)."""

    before: Decimal
    since: int
    qty: Decimal = ZERO
    value: Decimal = ZERO
    fee: Decimal = ZERO
    fills: int = 0


class Kept(msgspec.Struct, kw_only=True):
    """What outlives the process: the record reached, fills not told yet, days under way, summaries not due yet."""

    seq: int = 0
    parts: dict[str, Part] = {}
    days: dict[str, Day] = {}
    ripe: list[Ripe] = []


class Watch:
    """One state's journal, read only.

    Attributes:
        kept: To be kept together with what was told. genesis: First event. book: Truth at `kept.seq`.
    """

    def __init__(self, folder: Path, kept: Kept, at: tuple[time, ZoneInfo] | None = None) -> None:
        """Go on behind the record reached.

        Args:
            folder: The state directory.
            kept: What was kept.
            at: When the summary of a day is due, by the market's clock; None for the end of its session.

        Raises:
            Unlike: The journal has no readable first record.
        """
        self.kept, self._when = kept, at
        self._journal = states.journal(folder)
        self.genesis = first_event(self._journal)
        self._spec = parse_spec(self.genesis)
        self._names = explained_names(folder, self._spec)
        self._begin()

    def _begin(self) -> None:
        with in_money():
            book, record, rest = from_checkpoint(self._journal, self._spec, self.kept.seq)
            self.book, self._recorder = book, Recorder(self._spec)
            if record is not None:
                self._recorder.begin(book)
            for raw in rest:
                if raw.seq > self.kept.seq:
                    break
                event, effects = decode_record(raw.payload)
                apply_record(book, event, effects)
                self._recorder.watch(book, event, effects)
                record = raw
        self.kept.seq = record.seq if record is not None else 0
        self._tail = Tail(self._journal, record)
        self._fills, self._trades = self._recorder.fills_seen, self._recorder.ledger.count

    def close(self) -> None:
        """Close the journal."""
        self._tail.close()

    def look(self, most: int) -> list[Told]:
        """Take what has come, `most` records at a time, and return what is told of it."""
        found: list[Told] = []
        try:
            with in_money():
                for raw in islice(self._tail.read(), most):
                    found += self._take(raw)
                    self.kept.seq = raw.seq
        except Rewritten:
            # What was read last was lost with the power: whatever took its place is told as well.
            self.close()
            self._begin()
        return found

    def _take(self, raw: RawEntry) -> Iterator[Told]:
        event, effects = decode_record(raw.payload)
        order = self._order(event)
        before = self._held(order) if order is not None else ZERO
        status = order.status if order is not None else None
        apply_record(self.book, event, effects)
        self._recorder.watch(self.book, event, effects)
        at = _At(raw.seq, event.ts)
        if isinstance(event, ev.Fill) and order is not None:
            self._gather(event, order, before)
        yield from self._grouped(at, order)
        if order is not None and order.status is not status and isinstance(event, ev.OrderUpdate):
            yield from self._ended(at, order, event)
        yield from self._of_effects(at, effects)
        yield from self._days(at, event)

    def _order(self, event: ev.Event) -> Order | None:
        oid = event.oid if isinstance(event, ev.Fill | ev.OrderUpdate) else ""
        return self.book.truth.orders.get(oid) if oid else None

    def _held(self, order: Order) -> Decimal:
        position = self.book.truth.positions.get(order.deployment, {}).get(order.instrument)
        return position.qty if position is not None else ZERO

    # --- fills ----------------------------------------------------------------------------------------------------

    def _gather(self, fill: ev.Fill, order: Order, before: Decimal) -> None:
        if self._recorder.fills_seen == self._fills:
            return  # Known already, or a correction: the position has it.
        self._fills = self._recorder.fills_seen
        part = self.kept.parts.setdefault(order.oid, Part(before=before, since=fill.ts))
        part.qty += fill.qty
        part.value += self.book.instrument(order.instrument).value(fill.qty, fill.px)
        part.fee += fill.fee
        part.fills += 1

    def _grouped(self, at: "_At", order: Order | None) -> Iterator[Told]:
        """Yield what is told of fills whose order has ended, or that have waited long enough."""
        for oid, part in list(self.kept.parts.items()):
            known = self.book.truth.orders.get(oid)
            if known is not None and known.is_open and at.ts - part.since < GROUPED_NS:
                continue
            del self.kept.parts[oid]
            if known is not None:
                yield from self._filled(at, known, part)

    def _filled(self, at: "_At", order: Order, part: Part) -> Iterator[Told]:
        instrument, now = self.book.instrument(order.instrument), self._held(order)
        px = div(part.value, part.qty * instrument.multiplier, instrument.quantum, Rounding.HALF_EVEN)
        fields = _fields(order, part.qty) | {
            "price": price(px, instrument), "total": amount(part.value, instrument.currency),
            "fee": amount(part.fee, instrument.currency), "parts": f", {part.fills} parts" if part.fills > 1 else "",
        }  # fmt: skip
        yield at.told("order_filled", fields)
        if not now:
            yield from self._closed(at, order, fields)
        elif not part.before or (part.before > 0) != (now > 0):
            held = {"action": "OPENED", "side": "LONG" if now > 0 else "SHORT", "qty": quantity(abs(now))}
            yield at.told("position_opened", fields | held)

    def _closed(self, at: "_At", order: Order, fields: dict[str, str]) -> Iterator[Told]:
        trade = self._last_trade(order)
        currency = self.book.instrument(order.instrument).currency
        said = {"action": "CLOSED", "result": "", "fees": ""}
        if trade is not None:
            said |= {
                "side": trade.side.upper(), "result": amount(trade.profit, currency, signed=True),
                "fees": amount(trade.fees, currency),
            }  # fmt: skip
        yield at.told("position_closed", fields | said)
        if order.reason in _STOPS:
            yield at.told("stop_loss_triggered", fields | said)

    def _last_trade(self, order: Order) -> Trade | None:
        same = (t for t in reversed(self._recorder.trades) if t.instrument == order.instrument)
        return next((trade for trade in same if trade.deployment == order.deployment), None)

    def _ended(self, at: "_At", order: Order, update: ev.OrderUpdate) -> Iterator[Told]:
        event = _ENDED.get(order.status)
        if event is None or update.code == Code.DRY_RUN:
            return
        fields = _fields(order, order.qty - order.filled) | {"text": update.text}
        if update.code:
            fields["reason"] = code_label(update.code)
        yield at.told(event, fields)

    # --- days -----------------------------------------------------------------------------------------------------

    def _days(self, at: "_At", event: ev.Event) -> Iterator[Told]:
        days = self.kept.days
        closed = None
        if self._recorder.ledger.count != self._trades:
            self._trades = self._recorder.ledger.count
            trade = self._recorder.trades[-1]
            closed = trade.deployment, trade.profit
        tally(days, self.book, event, closed)
        accounts = ending(self.book, event)
        if accounts:
            for mark, fields in highest(days, accounts):
                yield at.told("new_high", fields, mark=mark)
            fields = summary(days, self.book, accounts)
            name = f"day-{'-'.join(one.name for one in accounts)}-{fields['date']}"
            self.kept.ripe.append(Ripe(due=due_at(at.ts, self._when), mark=name, fields=fields))
        yield from self._ripe(at)

    def _ripe(self, at: "_At") -> Iterator[Told]:
        due = [one for one in self.kept.ripe if one.due <= at.ts]
        if due:
            self.kept.ripe = [one for one in self.kept.ripe if one.due > at.ts]
        for one in due:
            yield at.told("daily_summary", one.fields, mark=one.mark)

    def clock(self, now: int) -> list[Told]:
        """Return what is due by the clock alone (UTC ns): of a market that is as late as the wall clock says."""
        return list(self._ripe(_At(self.kept.seq, now)))

    # --- what the engine decided ----------------------------------------------------------------------------------

    def _of_effects(self, at: "_At", effects: list[Effect]) -> Iterator[Told]:
        # What was wanted comes before what was done about it, however the record has them.
        for effect in effects:
            if isinstance(effect, Decision) and 10 <= effect.signal < 20 and effect.code not in _QUIET:
                yield at.told("signal", self._signal(effect))
        for effect in effects:
            order = self.book.truth.orders.get(effect.oid) if isinstance(effect, Submit) else None
            if order is not None:
                yield at.told("order_submitted", self._submitted(order))
            if isinstance(effect, Alert):
                yield at.alert(effect)

    def _signal(self, decision: Decision) -> dict[str, str]:
        symbol, spec = decision.instrument, self.book.spec.deployments[decision.deployment]
        words = words_of(self.book, decision, self._names.get(decision.deployment, ()))
        mark = self.book.mark_px(symbol)
        size = abs(decision.target) if decision.target else 1.0
        return {
            "signal": words.action, "symbol": symbol, "deployment": decision.deployment, "strategy": spec.strategy,
            "price": price(mark, self.book.instrument(symbol)) if mark is not None else "an unknown price",
            "strength": "STRONG" if size >= 0.75 else "MODERATE" if size >= 0.4 else "WEAK",
            "reason": f"{words.reasoning}; {code_label(decision.code)}",
        }  # fmt: skip

    def _submitted(self, order: Order) -> dict[str, str]:
        instrument = self.book.instrument(order.instrument)
        px = order.limit if order.limit is not None else order.stop
        at = f" at {price(px, instrument)}" if px is not None else ""
        return _fields(order, order.qty) | {"type": str(order.type), "at": at}


class _At:
    """A record: where what is told of it comes from."""

    def __init__(self, seq: int, ts: int) -> None:
        self.seq, self.ts, self._count = seq, ts, 0

    def told(self, event: str, fields: dict[str, str], mark: str = "") -> Told:
        """Return one thing to be told; it never repeats."""
        self._count += 1
        return Told(
            event=event, level=usual(event), seq=self.seq, index=self._count, ts=self.ts, fields=fields, mark=mark
        )

    def alert(self, alert: Alert) -> Told:
        """Return what the engine itself says."""
        self._count += 1
        return of_alert(alert, self.seq, self._count, self.ts)


def _fields(order: Order, qty: Decimal) -> dict[str, str]:
    return {
        "order": order.oid, "side": str(order.side).upper(), "qty": quantity(qty), "symbol": order.instrument,
        "account": order.account, "deployment": order.deployment, "reason": code_label(order.reason),
    }  # fmt: skip
