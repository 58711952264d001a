"""From the exchange's words to the books, and to what the account's stream is told."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from openbell.core.effects import Cancel, Submit
from openbell.core.events import Bar, Event, Fill, OrderUpdate, Schedule
from openbell.core.types import ZERO, Instrument, OrderType, Rounding, Side, Tif, div
from openbell.parts.venue.exchange import FAR, Exchange
from openbell.parts.venue.options import VenueOptions
from openbell.wire.alpaca.books import Books, Execution, Record
from openbell.wire.alpaca.forms import Json, identity
from openbell.wire.alpaca.views import Flags, order_view, update_view

ENDINGS = {"cancelled": "canceled", "expired": "expired", "rejected": "rejected"}
AUCTIONS = ("opg", "cls")
"""Orders that wait for the opening or the closing auction: the exchange knows none, so they lie here until then."""
_AT_ONCE = ("ioc", "fok")
"""Orders of which the exchange takes back what it cannot carry out at once."""
EXITS = ("take_profit", "stop_loss")
"""Parts of an order with legs that only reduce."""
_ACCOUNT = "alpaca"
_PERCENT = Decimal(100)
_CENT = Decimal("0.01")


class Clerk:
    """An exchange and its books.

    Attributes:
        instruments, exchange, books: What is traded, where, what happened. marks: Last price by symbol, USD.
        tell: Called with each announcement of the account's stream. halted: Symbols without trading.
        flags: What the list says of a symbol, where it is not the usual.
    """

    def __init__(self, instruments: dict[str, Instrument], options: VenueOptions, cash: Decimal) -> None:
        """Open with nothing but cash (USD); the market is always in session."""
        self.instruments = instruments
        self.exchange = Exchange(_ACCOUNT, instruments, options)
        self.books = Books(cash=cash)
        self.marks: dict[str, Decimal] = {}
        self.halted: set[str] = set()
        self.flags: dict[str, Flags] = {}
        self.tell: Callable[[Json], None] = lambda _: None
        for calendar in sorted({instrument.calendar for instrument in instruments.values()}):
            always = Schedule(ts=0, calendar=calendar, date="1970-01-01", open=0, close=FAR, is_open=True)
            self.exchange.heed(always)

    def mark(self, symbol: str) -> Decimal:
        """Return the last price of a symbol, USD; 0 before the first."""
        return self.marks.get(symbol, ZERO)

    def listed(self, symbol: str) -> Flags:
        """Return what the list says of a symbol."""
        return self.flags.get(symbol, Flags())

    def play(self, bar: Bar) -> None:
        """Match what trades in a bar."""
        if bar.instrument not in self.halted:
            for answers in self.exchange.work(bar):
                self.hear(answers, bar.ts)
        self.marks[bar.instrument] = self.instruments[bar.instrument].price(bar.close, Rounding.HALF_EVEN)

    def fill(self, record: Record, qty: Decimal, px: Decimal, now: int) -> None:
        """Execute some of a live order at once."""
        self.hear(self.exchange.fill(record.id, qty, px, now), now)

    # --- to the exchange ----------------------------------------------------------------------------------------

    def work(self, record: Record, now: int) -> None:
        """Put an order to work and announce it as new; its legs follow when it has filled."""
        if record.tif not in AUCTIONS:
            self.exchange.take(self._submit_of(record), now)
        record.status, record.updated = "new", now
        self.announce("new", record, now)
        self.hear(self.exchange.speak(now), now)

    def take_back(self, record: Record, now: int) -> None:
        """Cancel an open order; the legs of a group go together."""
        if record.status == "held" or record.tif in AUCTIONS:
            self.end(record, "canceled", now)
        else:
            self.exchange.take(Cancel(oid=record.id, account=_ACCOUNT), now)
            self.hear(self.exchange.speak(now), now)

    def supersede(self, old: Record, new: Record, now: int) -> None:
        """Put `new` to work in the place of `old`."""
        was_held = old.status == "held"
        old.status, old.replaced_at, old.updated, old.replaced_by = "replaced", now, now, new.id
        if not was_held:
            self.exchange.take(Cancel(oid=old.id, account=_ACCOUNT), now)
            self.exchange.speak(now)
        parent = self.books.orders.get(new.parent)
        if parent is not None:
            parent.legs = [new.id if leg == old.id else leg for leg in parent.legs]
        self.announce("replaced", old, now)
        if was_held:
            new.status = "held"
        else:
            self.work(new, now)

    def announce(self, event: str, record: Record, now: int, done: Execution | None = None) -> None:
        """Tell the account's stream what happened to an order."""
        held = self.books.held(record.symbol)
        self.tell(update_view(event, order_view(record), now, done, held))

    def _submit_of(self, record: Record) -> Submit:
        kind = OrderType.TRAILING if record.type == "trailing_stop" else OrderType(record.type)
        stop, trail = record.stop, record.trail_price
        if kind is OrderType.TRAILING:
            mark = self.mark(record.symbol)
            if trail is None:
                trail = div(mark * (record.trail_percent or ZERO), _PERCENT, _CENT, Rounding.CEIL)
            record.hwm = mark
            stop = max(mark - trail if record.side == "sell" else mark + trail, _CENT)
            record.stop = div(stop, Decimal(1), _CENT, Rounding.HALF_EVEN)
            stop = record.stop
        is_exit = record.role in EXITS
        return Submit(
            oid=record.id, index=len(self.books.orders), account=_ACCOUNT, deployment="", instrument=record.symbol,
            side=Side(record.side), qty=record.size, type=kind, tif=Tif(record.tif), limit=record.limit,
            stop=stop, trail=trail, reduce_only=is_exit, oco=record.group if is_exit else "",
        )  # fmt: skip

    # --- from the exchange --------------------------------------------------------------------------------------

    def hear(self, answers: Iterable[Event], now: int) -> None:
        """Write down and announce what the exchange said."""
        for answer in answers:
            record = self.books.orders.get(getattr(answer, "oid", ""))
            if record is None:
                continue
            if isinstance(answer, Fill):
                self.book(record, answer)
            elif isinstance(answer, OrderUpdate):
                self._updated(record, answer, now)

    def book(self, record: Record, fill: Fill) -> None:
        """Write an execution down, announce it, and put the legs of a whole entry to work."""
        books = self.books
        record.filled += fill.qty
        record.value += fill.qty * fill.px
        record.worked += fill.qty
        record.updated = fill.time
        is_last = record.worked >= record.size
        record.status = "filled" if is_last else "partially_filled"
        record.filled_at = fill.time if is_last else 0
        books.trade(record.symbol, fill.qty * fill.side.sign, fill.px)
        done = Execution(
            id=identity("execution", record.id, fill.exec_id), order=record.id, symbol=record.symbol,
            side=record.side, qty=fill.qty, px=fill.px, total=record.filled, leaves=record.size - record.worked,
            time=fill.time, held=books.held(record.symbol), is_last=is_last,
        )  # fmt: skip
        books.executions.append(done)
        self.announce("fill" if is_last else "partial_fill", record, fill.time, done)
        if is_last and record.role in ("", "entry"):
            for leg in books.family(record):
                if leg.status == "held":
                    self.work(leg, fill.time)

    def _updated(self, record: Record, update: OrderUpdate, now: int) -> None:
        if update.happening == "reduced" and update.qty is not None:
            # One leg has filled in part: the other stands for what is left.
            record.size = update.qty
            record.qty = record.filled + record.leaves
        elif update.happening in ENDINGS and record.is_open:
            is_brief = update.happening == "expired" and record.tif in _AT_ONCE
            self.end(record, "canceled" if is_brief else ENDINGS[update.happening], now)

    def end(self, record: Record, status: str, now: int) -> None:
        """End an order in a state, announce it, and take the rest of its group back."""
        record.status, record.updated = status, now
        if status == "canceled":
            record.canceled_at = now
        elif status == "expired":
            record.expired_at = now
        else:
            record.failed_at = now
        self.announce(status, record, now)
        for other in self.books.family(record):
            if other.is_open and other.role != "entry":
                self.take_back(other, now)
