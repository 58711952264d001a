"""What is told of orders, and of the positions that their fills open and close."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.events import Fill, OrderUpdate
from openbell.core.order import Dealt, Order
from openbell.core.types import NS, ZERO, Rounding, Status, div
from openbell.report.figures import amount, code_label, price, quantity, utc
from openbell.report.recorder import Recorder, word_of
from openbell.report.trades import Trade
from openbell.run.alerts.told import At, Told
from openbell.schema import format_decimal

GROUPED_NS = 60 * NS
"""Partial fills of one order are told together: when it has ended, or so long after the first."""
_STOPS = (Code.STOP_LOSS, Code.TRAILING_STOP)
_ENDED = {Status.CANCELLED: "order_cancelled", Status.EXPIRED: "order_cancelled", Status.REJECTED: "order_rejected"}


class Part(msgspec.Struct, kw_only=True):
    """Fills of one order that are not told yet.

    `before` is what was held, `since` the first one's instant (ns).
    """

    before: Decimal
    since: int
    qty: Decimal = ZERO
    value: Decimal = ZERO
    fee: Decimal = ZERO
    fills: int = 0


class Orders:
    """Follows the orders of a book, and gathers their fills."""

    def __init__(self, book: Book, recorder: Recorder, parts: dict[str, Part]) -> None:
        """Go on with the fills that are not told yet."""
        self._book, self._recorder, self._parts = book, recorder, parts

    def held(self, order: Order) -> Decimal:
        """Return the signed units that an order's deployment holds of its instrument."""
        position = self._book.truth.positions.get(order.deployment, {}).get(order.instrument)
        return position.qty if position is not None else ZERO

    def gather(self, at: At, dealt: Dealt, order: Order, before: Decimal) -> Iterator[Told]:
        """Take what an execution has changed, and yield what is told of it alone.

        `before` is what was held.
        """
        yield at.told("fill", self._executed(dealt, order), mark=f"fill-{_key(dealt.fill)}")
        part, old = self._parts.get(order.oid), dealt.old
        if old is not None:
            if part is None or part.qty < abs(old.qty):
                return  # That execution has been told with others, and so has been what corrects it, just now.
            self._count(part, order, -abs(old.qty), old.px, -old.fee)
        if dealt.is_new:
            fill = dealt.fill
            part = self._parts.setdefault(order.oid, Part(before=before, since=fill.ts))
            self._count(part, order, fill.qty, fill.px, fill.fee)
        elif part is not None and not part.qty:
            del self._parts[order.oid]

    def _count(self, part: Part, order: Order, qty: Decimal, px: Decimal, fee: Decimal) -> None:
        part.qty += qty
        part.value += self._book.instrument(order.instrument).value(qty, px)
        part.fee += fee
        part.fills += 1 if qty > 0 else -1

    def _executed(self, dealt: Dealt, order: Order) -> dict[str, str]:
        """Return an execution as programs read it: figures without signs and groups of digits."""
        instrument, fill = self._book.instrument(order.instrument), dealt.fill
        return _fields(order, fill.qty) | {
            "what": word_of(dealt), "execution": fill.exec_id, "corrects": fill.supersedes,
            "side": str(fill.side).upper(),
            "qty": format_decimal(fill.qty), "price": format_decimal(fill.px), "currency": instrument.currency,
            "fee": format_decimal(fill.fee), "fee_currency": fill.fee_currency, "time": utc(fill.time) or "",
        }  # fmt: skip

    def grouped(self, at: At) -> Iterator[Told]:
        """Yield what is told of fills whose order has ended, or that have waited long enough."""
        for oid, part in list(self._parts.items()):
            order = self._book.truth.orders.get(oid)
            if order is not None and order.is_open and at.ts - part.since < GROUPED_NS:
                continue
            del self._parts[oid]
            if order is not None:
                yield from self._filled(at, order, part)

    def _filled(self, at: At, order: Order, part: Part) -> Iterator[Told]:
        instrument, now = self._book.instrument(order.instrument), self.held(order)
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

    def _closed(self, at: At, order: Order, fields: dict[str, str]) -> Iterator[Told]:
        trade = self._last_trade(order)
        currency = self._book.instrument(order.instrument).currency
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

    def ended(self, at: At, order: Order, update: OrderUpdate) -> Iterator[Told]:
        """Yield what is told of an order that ends with an update that has been applied."""
        event = _ENDED.get(order.status)
        if event is None or update.code == Code.DRY_RUN:
            return
        fields = _fields(order, order.qty - order.filled) | {"text": update.text}
        if update.code:
            fields["reason"] = code_label(update.code)
        yield at.told(event, fields)

    def submitted(self, at: At, oid: str) -> Iterator[Told]:
        """Yield what is told of an order that goes out."""
        order = self._book.truth.orders.get(oid)
        if order is None:
            return
        instrument = self._book.instrument(order.instrument)
        px = order.limit if order.limit is not None else order.stop
        words = f" at {price(px, instrument)}" if px is not None else ""
        yield at.told("order_submitted", _fields(order, order.qty) | {"type": str(order.type), "at": words})


def _key(fill: Fill) -> str:
    """Return what an execution is recognised by, in letters that any header takes."""
    told = (fill.account, fill.instrument, fill.venue_order, fill.exec_id, fill.supersedes, str(fill.is_bust))
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:24]


def _fields(order: Order, qty: Decimal) -> dict[str, str]:
    return {
        "order": order.oid, "side": str(order.side).upper(), "qty": quantity(qty), "symbol": order.instrument,
        "account": order.account, "deployment": order.deployment, "reason": code_label(order.reason),
    }  # fmt: skip
