"""From the exchange's words to the books, and to what the account's stream is told."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from openbell.core.effects import Amend, Cancel, Submit
from openbell.core.events import Bar, Event, Fill, OrderUpdate, Schedule
from openbell.core.types import ZERO, Instrument, OrderType, Rounding, Side, Tif, div
from openbell.parts.venue.exchange import FAR, Exchange
from openbell.parts.venue.options import VenueOptions
from openbell.wire.binance.books import Books, OrderList, Record, Trade
from openbell.wire.binance.events import balances, list_status, report
from openbell.wire.binance.forms import PLACES, Json
from openbell.wire.binance.ladder import Ladder
from openbell.wire.binance.listing import listing_of
from openbell.wire.binance.ticket import TRIGGERED

_ACCOUNT = "binance"
_BASIS = Decimal(10_000)
_PART = VenueOptions(participation=Decimal(1))
"""An order may take all that trades, no more."""
_ONE_OF_TWO = ("above", "below")


class Clerk:
    """An exchange and its books.

    Attributes:
        instruments, listings: What is traded. exchange, books: Where, and what happened. ladders: What stands in the
            book. marks: Last price by symbol. rate: Commission, share of what is received.
        tell: Called with each event of the account's stream.
    """

    def __init__(self, instruments: dict[str, Instrument], coins: dict[str, Decimal], rate: Decimal) -> None:
        """Open with these coins; the market is always in session."""
        self.instruments = instruments
        self.listings = {symbol: listing_of(one) for symbol, one in instruments.items()}
        self.exchange = Exchange(_ACCOUNT, instruments, _PART)
        self.books = Books(coins=coins)
        self.ladders = {symbol: Ladder(one.tick, one.step) for symbol, one in self.listings.items()}
        self.marks: dict[str, Decimal] = {}
        self.rate = rate
        self.tell: Callable[[Json], None] = lambda _: None
        self._told = 0
        self._is_taking = False
        for calendar in sorted({instrument.calendar for instrument in instruments.values()}):
            always = Schedule(ts=0, calendar=calendar, date="1970-01-01", open=0, close=FAR, is_open=True)
            self.exchange.heed(always)

    def mark(self, symbol: str) -> Decimal:
        """Return the last price of a symbol; 0 before the first."""
        return self.marks.get(symbol, ZERO)

    def play(self, bar: Bar) -> None:
        """Match what trades in a piece of a bar, stand the book around its end, and trigger what waits for it."""
        symbol = bar.instrument
        for answers in self.exchange.work(bar):
            self.hear(answers, bar.ts)
        last = self.instruments[symbol].price(bar.close, Rounding.HALF_EVEN)
        self.marks[symbol] = last
        self.ladders[symbol].build(last, Decimal(str(bar.volume)))
        high, low = (self.instruments[symbol].price(px, Rounding.HALF_EVEN) for px in (bar.high, bar.low))
        for record in self.books.open_orders(symbol):
            if record.type in TRIGGERED and record.worked < 0 and record.status == "NEW":
                self._watch(record, (low, high), bar.ts)

    # --- coins ----------------------------------------------------------------------------------------------------

    def locked(self, coin: str) -> Decimal:
        """Return the units of a coin that open orders hold; the orders of a list hold the same."""
        groups: dict[str, Decimal] = {}
        for one in self.books.open_orders():
            listing = self.listings[one.symbol]
            if one.status == "PENDING_NEW" or coin != (listing.quote if one.side == "BUY" else listing.base):
                continue
            key = f"list {one.list_id}" if one.list_id >= 0 else one.oid
            groups[key] = max(groups.get(key, ZERO), self.need(one))
        return sum(groups.values(), ZERO)

    def need(self, order: Record) -> Decimal:
        """Return the coins that the rest of an order may cost: quote currency to buy, units to sell."""
        if order.side == "SELL":
            return order.leaves
        return order.leaves * (order.price or order.stop or self.mark(order.symbol))

    def free(self, coin: str) -> Decimal:
        """Return the units of a coin that no order holds."""
        return self.books.coins.get(coin, ZERO) - self.locked(coin)

    # --- orders ---------------------------------------------------------------------------------------------------

    def begin(self, record: Record, now: int) -> None:
        """Put an order to work and announce it as new; one with a trigger waits for it."""
        record.status, record.updated = "NEW", now
        if record.type in TRIGGERED:
            record.best = self.mark(record.symbol)
            self._announce(record, "NEW", now)
            self._tell_coins(record, now)
        else:
            record.worked = now
            self._announce(record, "NEW", now)
            self._work(record, now)

    def _work(self, record: Record, now: int) -> None:
        """Take what stands in the book and leave the rest there, or let it expire."""
        ladder, limit = self.ladders[record.symbol], record.price
        is_brief = limit is None or record.tif != "GTC"
        self.exchange.take(self._submit_of(record), now)
        record.is_live = True
        self.hear(self.exchange.speak(now), now)
        if record.tif != "FOK" or ladder.shown(record.side, limit) >= record.leaves:
            self._is_taking = True
            for px, qty in ladder.take(record.side, record.leaves, limit):
                self.hear(self.exchange.fill(record.oid, qty, px, now), now)
            self._is_taking = False
        if is_brief and record.is_open:
            word = {"FOK": "UNFILLED_FOK_ORDER_EXPIRED", "IOC": "UNFILLED_IOC_QUANTITY_EXPIRED"}.get(record.tif)
            self._end(record, "EXPIRED", now, word if limit is not None and word else "INSUFFICIENT_LIQUIDITY")
        else:
            self._tell_coins(record, now)

    def _submit_of(self, record: Record) -> Submit:
        is_one_of_two = record.role in _ONE_OF_TWO
        return Submit(
            oid=record.oid, index=record.id, account=_ACCOUNT, deployment="", instrument=record.symbol,
            side=Side(record.side.lower()), qty=record.qty, tif=Tif.GTC,
            type=OrderType.MARKET if record.price is None else OrderType.LIMIT, limit=record.price,
            oco=f"list {record.list_id}" if is_one_of_two else "",
        )  # fmt: skip

    def _watch(self, record: Record, seen: tuple[Decimal, Decimal], now: int) -> None:
        """Look whether a piece with these extremes triggers an order; a trailing one follows the price."""
        low, high = seen
        is_above = (record.side == "BUY") == record.type.startswith("STOP_LOSS")
        if record.trail is not None:
            self._follow(record, low if is_above else high)
        if record.stop is None or (high < record.stop if is_above else low > record.stop):
            return
        record.worked = record.updated = now
        self._expire_others(record, now)
        self._work(record, now)

    def _follow(self, record: Record, px: Decimal) -> None:
        """Keep a trailing order's trigger its distance behind the best price; it only ever comes nearer."""
        is_above = (record.side == "BUY") == record.type.startswith("STOP_LOSS")
        best = record.best or px
        record.best = min(best, px) if is_above else max(best, px)
        distance = div(record.best * (record.trail or 0), _BASIS, self.listings[record.symbol].tick)
        moved = record.best + distance if is_above else record.best - distance
        record.stop = moved if record.stop is None else (min if is_above else max)(record.stop, moved)

    def take_back(self, record: Record, cancel: str, now: int) -> list[Record]:
        """Cancel an open order under the client's id of the cancel; all orders of a list end together.

        Returns:
            Those that were cancelled.
        """
        ended = [one for one in (record, *self.books.family(record)) if one.is_open]
        for one in ended:
            one.cancelled_by = cancel
        for one in ended:
            self._end(one, "CANCELED", now)
        return ended

    def shrink(self, record: Record, qty: Decimal, now: int) -> None:
        """Leave an open order's total at `qty` units, which is less than it was."""
        record.qty, record.updated = qty, now
        if record.is_live:
            self.exchange.take(Amend(oid=record.oid, account=_ACCOUNT, qty=qty, limit=record.price), now)
            self.exchange.speak(now)
        self._announce(record, "REPLACED", now)
        self._tell_coins(record, now)

    # --- from the exchange ----------------------------------------------------------------------------------------

    def hear(self, answers: Iterable[Event], now: int) -> None:
        """Write down and announce what the exchange said."""
        for answer in answers:
            oid = getattr(answer, "oid", "")
            record = self.books.orders.get(int(oid)) if oid else None
            if record is None or not record.is_open:
                continue
            if isinstance(answer, Fill):
                self._filled(record, answer)
            elif isinstance(answer, OrderUpdate) and answer.happening in ("cancelled", "reduced"):
                # One of two has executed: the other one is over, whole or not.
                self._end(record, "EXPIRED", now, "OCO_TRIGGER")

    def _filled(self, record: Record, fill: Fill) -> None:
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
        done = Trade(
            id=len(books.trades) + 1, order=record.id, list_id=record.list_id, symbol=record.symbol, px=fill.px,
            qty=fill.qty, commission=fee, asset=coin, time=fill.time, is_buyer=is_buy, is_maker=not self._is_taking,
        )  # fmt: skip
        books.trades.append(done)
        self._announce(record, "TRADE", fill.time, done)
        # The other order of two holds the same units: it ends before what is held is told.
        self._expire_others(record, fill.time)
        if not self._is_taking:
            self._tell_coins(record, fill.time)
        if record.status == "FILLED":
            self._finish(record, fill.time)

    def _finish(self, record: Record, now: int) -> None:
        """Let what was to follow on an order that is whole follow, or tell that its list is done."""
        if record.role == "working":
            legs = [one for one in self.books.family(record) if one.status == "PENDING_NEW"]
            need = max((self.need(one) for one in legs), default=ZERO)
            listing = self.listings[record.symbol]
            coin = listing.quote if legs and legs[0].side == "BUY" else listing.base
            is_there = need <= self.free(coin)
            for leg in legs:
                if is_there:
                    self.begin(leg, now)
                else:
                    self._end(leg, "EXPIRED", now, "REJECTED")
        self._close_list(record, now)

    def _expire_others(self, record: Record, now: int) -> None:
        if record.role in _ONE_OF_TWO:
            for other in self.books.family(record):
                if other.is_open and other.role in _ONE_OF_TWO:
                    self._end(other, "EXPIRED", now, "OCO_TRIGGER")

    def _end(self, record: Record, status: str, now: int, expiry: str = "") -> None:
        record.status, record.updated, record.expiry = status, now, expiry
        if record.is_live:
            self.exchange.take(Cancel(oid=record.oid, account=_ACCOUNT), now)
            self.exchange.speak(now)
        self._announce(record, status, now)
        if record.role == "working" and status == "EXPIRED":
            for leg in self.books.family(record):
                if leg.status == "PENDING_NEW":
                    self._end(leg, "EXPIRED", now, "OTO_PHASE_ONE_EXPIRED")
        self._tell_coins(record, now)
        self._close_list(record, now)

    def _close_list(self, record: Record, now: int) -> None:
        found = self.books.lists.get(record.list_id)
        if found is None or found.is_done or any(self.books.orders[name].is_open for name in found.orders):
            return
        found.is_done, found.time = True, now
        self.tell_list(found, now)

    def tell_list(self, found: OrderList, now: int) -> None:
        """Tell how a list stands."""
        self.tell(list_status(found, [self.books.orders[name] for name in found.orders], now))

    # --- to the account's stream ----------------------------------------------------------------------------------

    def _announce(self, record: Record, kind: str, now: int, done: Trade | None = None) -> None:
        self._told += 1
        self.tell(report(record, kind, self._told, now, done))

    def _tell_coins(self, record: Record, now: int) -> None:
        listing = self.listings[record.symbol]
        rows = []
        for coin in (listing.base, listing.quote):
            locked = self.locked(coin)
            rows.append((coin, self.books.coins.get(coin, ZERO) - locked, locked))
        self.tell(balances(rows, now))
