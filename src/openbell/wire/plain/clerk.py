"""The venue's clerk: it lets orders match and writes down what came of it.

It also says what is to be announced.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from openbell.core.effects import Cancel
from openbell.core.events import Bar, Event, Fill, OrderUpdate, Schedule
from openbell.core.types import ZERO, Instrument
from openbell.parts.venue.exchange import FAR, Exchange
from openbell.parts.venue.options import VenueOptions
from openbell.wire.plain.books import Books, Done, Record, execution_frame, order_frame, word

ENDINGS = {"cancelled": "cancelled", "expired": "expired"}
_Names = tuple[str, str, str, str]
"""Ids of a trade that no matching made: order, execution, client id, what it corrects."""
_UNSEEN_PX = 100.0
"""Price of a trade by hand before the first bar."""


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """Something to announce. `stream` is orders, executions, bars, quotes or status."""

    stream: str
    body: dict[str, Any]
    symbol: str = ""
    cid: str = ""


class Clerk:
    """An exchange and its books.

    Attributes:
        instruments, exchange, books: What is traded, where, what happened. halted: Symbols without trading.
        marks: Last price by symbol. note: Called with everything that is booked, as it happens.
    """

    def __init__(self, account: str, instruments: dict[str, Instrument], options: VenueOptions) -> None:
        """Open with empty books; the market is always in session."""
        self.instruments = instruments
        self.exchange = Exchange(account, instruments, options)
        self.books = Books()
        self.halted: set[str] = set()
        self.marks: dict[str, float] = {}
        self.note: Callable[[dict[str, Any]], None] = lambda _: None
        for calendar in sorted({instrument.calendar for instrument in instruments.values()}):
            always = Schedule(ts=0, calendar=calendar, date="1970-01-01", open=0, close=FAR, is_open=True)
            self.exchange.heed(always)

    def play(self, bar: Bar) -> list[Push]:
        """Match a bar and return what is to be announced."""
        self.marks[bar.instrument] = bar.close
        pushes: list[Push] = []
        if bar.instrument not in self.halted:
            for answers in self.exchange.work(bar):
                pushes += self.told(answers, bar.ts)
        return pushes

    def fill(self, cid: str, qty: Decimal, now: int) -> list[Push]:
        """Execute some of a live order at once, at its own price or the last one."""
        record = self.books.orders.get(cid)
        if record is None:
            return []
        return self.told(self.exchange.fill(cid, qty, self._px(record), now), now)

    def fill_beyond(self, cid: str, qty: Decimal, now: int) -> list[Push]:
        """Execute units of an order that are not live any more.

        Behind its cancel, or beyond its quantity.
        """
        record = self.books.orders.get(cid)
        if record is None or qty <= 0:
            return []
        record.filled += qty
        count = sum(done.order == record.order for done in self.books.executions) + 1
        trade = (record.order, f"{record.order}-x{count}", cid, "")
        return [self._booked(record.symbol, record.side, (qty, self._px(record)), now, trade)]

    def trade(self, symbol: str, side: str, qty: Decimal, now: int) -> list[Push]:
        """Trade by hand, as a person would in the broker's own window."""
        count = len(self.books.executions) + 1
        px = Decimal(str(self.marks.get(symbol, _UNSEEN_PX)))
        return [self._booked(symbol, side, (qty, px), now, (f"M{count}", f"M{count}-1", "", ""))]

    def reject(self, cid: str, now: int) -> list[Push]:
        """Turn an order that was taken down after all.

        Venues that check behind their own door do so.
        """
        record = self.books.orders.get(cid)
        if record is None or not record.is_open:
            return []
        self.exchange.take(Cancel(oid=cid, account=self.exchange.floor.account), now)
        self.exchange.speak(now)
        record.state, record.code, record.changed = "rejected", "credit", now
        return [self.push_order(record, "rejected")]

    def correct(self, exec_id: str, px: Decimal | None, now: int) -> list[Push]:
        """Correct an execution to another price, or take it back where `px` is None."""
        old = self.books.latest(exec_id)
        if old is None:
            return []
        instrument, sign = self.instruments[old.symbol], 1 if old.side == "buy" else -1
        self.books.move(old.symbol, -sign * old.qty)
        self._net(old.symbol)
        self.books.cash[old.currency] += sign * instrument.value(old.qty, old.px) + old.fee
        count = len(self.books.executions) + 1
        if px is None:
            bust = msgspec.structs.replace(
                old, n=count, exec=f"{exec_id}.bust", qty=ZERO, fee=ZERO, time=now, corrects=old.exec, is_bust=True
            )
            self.books.executions.append(bust)
            record = self.books.orders.get(old.cid)
            if record is not None:
                record.filled -= old.qty
            return [self._push("execution", execution_frame(bust))]
        names = (old.order, f"{exec_id}.{count}", old.cid, old.exec)
        return [self._booked(old.symbol, old.side, (old.qty, px), now, names)]

    # --- from the exchange's words to the books -----------------------------------------------------------------

    def told(self, answers: Iterable[Event], now: int) -> list[Push]:
        """Write down what the exchange said and return what is to be announced."""
        pushes = []
        for answer in answers:
            if isinstance(answer, Fill):
                pushes += self._filled(answer)
            elif isinstance(answer, OrderUpdate) and answer.oid in self.books.orders:
                pushes.append(self._updated(self.books.orders[answer.oid], answer, now))
        return pushes

    def _filled(self, fill: Fill) -> list[Push]:
        record = self.books.orders[fill.oid]
        record.filled += fill.qty
        record.state, record.changed = ("partial" if record.filled < record.qty else "filled"), fill.time
        done = Done(
            n=len(self.books.executions) + 1, exec=fill.exec_id, order=fill.venue_order, cid=fill.oid,
            symbol=fill.instrument, side=str(fill.side), qty=fill.qty, px=fill.px, fee=fill.fee,
            currency=fill.fee_currency, time=fill.time, is_maker=fill.is_maker,
        )  # fmt: skip
        self.books.book(done, self.instruments[fill.instrument].value(fill.qty * fill.side.sign, fill.px))
        push = self._push("execution", execution_frame(done))
        return [push, self.push_order(record, record.state)]

    def _updated(self, record: Record, update: OrderUpdate, now: int) -> Push:
        record.changed = now
        record.code = word(update.code) if update.happening in ENDINGS else record.code
        record.state = ENDINGS.get(update.happening, record.state)
        if update.qty is not None:
            record.qty = update.qty
        if update.happening == "replaced":
            record.limit, record.stop, record.amends = update.limit, update.stop, record.amends + 1
        if record.is_open and record.filled >= record.qty:
            record.state = "filled"
        return self.push_order(record, update.happening)

    def push_order(self, record: Record, what: str) -> Push:
        """Return the announcement of what happened to an order."""
        body = order_frame(record) | {"what": what}
        return self._push("order", body)

    def _push(self, kind: str, body: dict[str, Any]) -> Push:
        """Note what was booked, whoever will be told of it, and return its announcement."""
        self.note({"ev": kind, **body})
        return Push(stream=f"{kind}s", body=body, symbol=body["symbol"], cid=body["cid"])

    def _booked(self, symbol: str, side: str, deal: tuple[Decimal, Decimal], now: int, names: _Names) -> Push:
        """Book a trade that no matching made; `deal` is its quantity and price."""
        qty, px = deal
        order, exec_id, cid, corrects = names
        instrument, sign = self.instruments[symbol], 1 if side == "buy" else -1
        done = Done(
            n=len(self.books.executions) + 1, exec=exec_id, order=order, cid=cid, symbol=symbol, side=side, qty=qty,
            px=px, fee=ZERO, currency=instrument.currency, time=now, corrects=corrects,
        )  # fmt: skip
        self.books.book(done, instrument.value(qty * sign, px))
        self._net(symbol)
        return self._push("execution", execution_frame(done))

    def _net(self, symbol: str) -> None:
        """Let the exchange know of a position that it did not make, for reduce-only orders."""
        self.exchange.floor.state.net[symbol] = self.books.positions.get(symbol, ZERO)

    def _px(self, record: Record) -> Decimal:
        if record.limit is not None:
            mark = Decimal(str(self.marks.get(record.symbol, record.limit)))
            return min(record.limit, mark) if record.side == "buy" else max(record.limit, mark)
        return record.stop if record.stop is not None else Decimal(str(self.marks.get(record.symbol, _UNSEEN_PX)))
