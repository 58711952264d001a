"""From the exchange's words to the books."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from openbell.core.effects import Amend, Cancel, Submit
from openbell.core.events import Bar, Event, Fill, OrderUpdate, Schedule
from openbell.core.types import ZERO, Instrument, OrderType, Rounding, Side, Tif, div
from openbell.parts.venue.exchange import FAR, Exchange
from openbell.parts.venue.options import VenueOptions
from openbell.wire.binance.books import Books, Record, Trade
from openbell.wire.binance.forms import PLACES
from openbell.wire.binance.herald import Herald
from openbell.wire.binance.ladder import Ladder
from openbell.wire.binance.listing import listing_of
from openbell.wire.binance.ticket import TRIGGERED
from openbell.wire.binance.till import Till
from openbell.wire.binance.trigger import follow, is_reached

ACCOUNT = "binance"
_PART = VenueOptions(participation=Decimal(1))
"""An order may take all that trades, no more."""
_ONE_OF_TWO = ("above", "below")


class Clerk:
    """An exchange and its books.

    Attributes:
        instruments, listings: What is traded. exchange, books: Where, and what happened. ladders: What stands in the
            book. marks: Last price by symbol. rate: Commission, share of what is received.
        till, herald: Its coins, and who tells the account's stream. halted: Symbols without trading.
        mean: Returns the average price of the last minutes; the last price where nobody knows better.
    """

    def __init__(self, instruments: dict[str, Instrument], coins: dict[str, Decimal], rate: Decimal) -> None:
        """Open with these coins; the market is always in session."""
        self.instruments = instruments
        self.listings = {symbol: listing_of(one) for symbol, one in instruments.items()}
        self.exchange = Exchange(ACCOUNT, instruments, _PART)
        self.books = Books(coins=coins)
        self.ladders = {symbol: Ladder(one.tick, one.step) for symbol, one in self.listings.items()}
        self.marks: dict[str, Decimal] = {}
        self.rate = rate
        self.till = Till(self.books, self.listings, self.marks)
        self.herald = Herald(self.till)
        self.halted: set[str] = set()
        self.mean: Callable[[str], Decimal] = self.mark
        self._is_taking = False
        for calendar in sorted({instrument.calendar for instrument in instruments.values()}):
            always = Schedule(ts=0, calendar=calendar, date="1970-01-01", open=0, close=FAR, is_open=True)
            self.exchange.heed(always)

    def mark(self, symbol: str) -> Decimal:
        """Return the last price of a symbol; 0 before the first."""
        return self.marks.get(symbol, ZERO)

    def play(self, bar: Bar) -> None:
        """Match what trades in a piece of a bar, and trigger what waited for it."""
        symbol = bar.instrument
        if symbol in self.halted:
            return
        for answers in self.exchange.work(bar):
            self.hear(answers, bar.ts)
        last = self.instruments[symbol].price(bar.close, Rounding.HALF_EVEN)
        self.marks[symbol] = last
        self.ladders[symbol].build(last, Decimal(str(bar.volume)))
        high, low = (self.instruments[symbol].price(px, Rounding.HALF_EVEN) for px in (bar.high, bar.low))
        for record in self.books.open_orders(symbol):
            if record.type in TRIGGERED and record.worked < 0 and record.status == "NEW":
                self._watch(record, (low, high), bar.ts)

    # --- orders ---------------------------------------------------------------------------------------------------

    def begin(self, record: Record, now: int) -> None:
        """Put an order to work and announce it as new; one with a trigger waits for it."""
        record.status, record.updated = "NEW", now
        if record.type in TRIGGERED:
            record.best = self.mark(record.symbol)
            self.herald.announce(record, "NEW", now)
            self.herald.tell_coins(record, now)
        else:
            record.worked = now
            self.herald.announce(record, "NEW", now)
            self._work(record, now)

    def _work(self, record: Record, now: int) -> None:
        """Take what stands in the book and leave the rest there, or let it expire."""
        ladder = self.ladders[record.symbol]
        if record.peg is not None and record.price is None:
            record.price = record.peg.price(ladder, record.side)
            if record.price is None:
                return self.end(record, "EXPIRED", now, "INSUFFICIENT_LIQUIDITY")
        limit = record.price
        is_brief = limit is None or record.tif != "GTC"
        self.exchange.take(_submit_of(record), now)
        record.is_live = True
        self.hear(self.exchange.speak(now), now)
        if record.tif != "FOK" or ladder.shown(record.side, limit) >= record.leaves:
            self._is_taking = True
            for px, qty in ladder.take(record.side, record.leaves, limit):
                self.hear(self.exchange.fill(record.oid, qty, px, now), now)
            self._is_taking = False
        if is_brief and record.is_open:
            word = {"FOK": "UNFILLED_FOK_ORDER_EXPIRED", "IOC": "UNFILLED_IOC_QUANTITY_EXPIRED"}.get(record.tif)
            self.end(record, "EXPIRED", now, word if limit is not None and word else "INSUFFICIENT_LIQUIDITY")
        else:
            self.herald.tell_coins(record, now)
        return None

    def _watch(self, record: Record, seen: tuple[Decimal, Decimal], now: int) -> None:
        """Look whether a piece with these extremes triggers an order.

        A trailing one follows the price.
        """
        low, high = seen
        follow(record, low, high, self.listings[record.symbol].tick)
        if not is_reached(record, low, high):
            return
        record.worked = record.updated = now
        self._expire_others(record, now)
        self._work(record, now)

    def take_back(self, record: Record, cancel: str, now: int) -> list[Record]:
        """Cancel an open order under the client's id of the cancel.

        All orders of a list end together.

        Returns:
            Those that were cancelled.
        """
        ended = [one for one in (record, *self.books.family(record)) if one.is_open]
        for one in ended:
            one.cancelled_by = cancel
        for one in ended:
            self.end(one, "CANCELED", now)
        return ended

    def shrink(self, record: Record, qty: Decimal, now: int) -> None:
        """Leave an open order's total at `qty` units, which is less than it was."""
        record.qty, record.updated = qty, now
        if record.is_live:
            self.exchange.take(Amend(oid=record.oid, account=ACCOUNT, qty=qty, limit=record.price), now)
            self.exchange.speak(now)
        self.herald.announce(record, "REPLACED", now)
        self.herald.tell_coins(record, now)

    # --- from the exchange ----------------------------------------------------------------------------------------

    def hear(self, answers: Iterable[Event], now: int) -> None:
        """Write down and announce what the exchange said."""
        for answer in answers:
            oid = getattr(answer, "oid", "")
            record = self.books.orders.get(int(oid)) if oid else None
            if record is None or not record.is_open:
                continue
            if isinstance(answer, Fill):
                self.book(record, answer)
            elif isinstance(answer, OrderUpdate) and answer.happening in ("cancelled", "reduced"):
                # One of two has executed: the other one is over, whole or not.
                self.end(record, "EXPIRED", now, "OCO_TRIGGER")

    def book(self, record: Record, fill: Fill) -> None:
        """Write an execution down, announce it, and let follow what was to follow on it."""
        books, listing, is_buy = self.books, self.listings[record.symbol], record.side == "BUY"
        value = fill.qty * fill.px
        record.filled += fill.qty
        record.value += value
        record.updated = fill.time
        record.status = "FILLED" if record.filled >= record.qty else "PARTIALLY_FILLED"
        coin, got = (listing.base, fill.qty) if is_buy else (listing.quote, value)
        fee = div(got * self.rate, Decimal(1), PLACES, Rounding.FLOOR)
        paid, spent = (listing.quote, value) if is_buy else (listing.base, fill.qty)
        books.coins[coin] = books.coins.get(coin, ZERO) + got - fee
        books.coins[paid] = books.coins.get(paid, ZERO) - spent
        is_allotted = record.is_sor and self._is_taking
        done = Trade(
            id=-1 if is_allotted else len(books.trades) + 1, order=record.id, list_id=record.list_id,
            symbol=record.symbol, px=fill.px, qty=fill.qty, commission=fee, asset=coin, time=fill.time,
            is_buyer=is_buy, is_maker=not self._is_taking, allotted=len(books.allotted) if is_allotted else -1,
        )  # fmt: skip
        (books.allotted if is_allotted else books.trades).append(done)
        self.herald.announce(record, "TRADE", fill.time, done)
        # The other order of two holds the same units: it ends before what is held is told.
        self._expire_others(record, fill.time)
        if not self._is_taking:
            self.herald.tell_coins(record, fill.time)
        if record.status == "FILLED":
            self._finish(record, fill.time)

    def _finish(self, record: Record, now: int) -> None:
        """Let what was to follow on an order that is whole follow, or tell that its list is done."""
        if record.role == "working":
            legs = [one for one in self.books.family(record) if one.status == "PENDING_NEW"]
            for leg in legs:
                self._measure(leg, record)
            need = max((self.till.need(one) for one in legs), default=ZERO)
            listing = self.listings[record.symbol]
            coin = listing.quote if legs and legs[0].side == "BUY" else listing.base
            is_there = need <= self.till.free(coin)
            for leg in legs:
                if is_there and leg.qty:
                    self.begin(leg, now)
                else:
                    self.end(leg, "EXPIRED", now, "REJECTED")
        self.herald.close_list(record, now)

    def _measure(self, leg: Record, record: Record) -> None:
        """Give an exit without a size what its entry brought: what was bought less the fee, in whole steps.

        It has none where that is less than the venue's least.
        """
        if not leg.is_rest:
            return
        listing = self.listings[leg.symbol]
        fees = sum((one.commission for one in self.books.trades_of(record.id) if one.asset == listing.base), ZERO)
        leg.qty = div(record.filled - fees, Decimal(1), listing.step, Rounding.FLOOR)
        if not listing.is_worth(leg.qty * (leg.price or leg.stop or self.mark(leg.symbol))):
            leg.qty = ZERO

    def _expire_others(self, record: Record, now: int) -> None:
        if record.role in _ONE_OF_TWO:
            for other in self.books.family(record):
                if other.is_open and other.role in _ONE_OF_TWO:
                    self.end(other, "EXPIRED", now, "OCO_TRIGGER")

    def end(self, record: Record, status: str, now: int, expiry: str = "") -> None:
        """End an order in a state, and announce that; `expiry` says why it expired."""
        record.status, record.updated, record.expiry = status, now, expiry
        self.withdraw(record, now)
        self.herald.announce(record, status, now)
        if record.role == "working" and status == "EXPIRED":
            for leg in self.books.family(record):
                if leg.status == "PENDING_NEW":
                    self.end(leg, "EXPIRED", now, "OTO_PHASE_ONE_EXPIRED")
        self.herald.tell_coins(record, now)
        self.herald.close_list(record, now)

    def withdraw(self, record: Record, now: int) -> None:
        """Take an order from the exchange without a word."""
        if record.is_live:
            self.exchange.take(Cancel(oid=record.oid, account=ACCOUNT), now)
            self.exchange.speak(now)


def _submit_of(record: Record) -> Submit:
    is_one_of_two = record.role in _ONE_OF_TWO
    return Submit(
        oid=record.oid, index=record.id, account=ACCOUNT, deployment="", instrument=record.symbol,
        side=Side(record.side.lower()), qty=record.qty, tif=Tif.GTC,
        type=OrderType.MARKET if record.price is None else OrderType.LIMIT, limit=record.price,
        oco=f"list {record.list_id}" if is_one_of_two else "",
    )  # fmt: skip
