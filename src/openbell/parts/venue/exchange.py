"""The exchange in a box: a state machine that takes orders and bars and says what became of the orders.

It reads no clock and draws no chance: the same events and effects give the same answers, which is what recovery and
replay stand on. One exchange serves one account.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from openbell.core.codes import Code
from openbell.core.effects import Amend, Cancel, Effect, Submit
from openbell.core.events import Bar, CorporateAction, Event, Fill, OrderUpdate, Schedule
from openbell.core.types import ZERO, Instrument, OrderType, Rounding, Side, Tif, as_float, div
from openbell.parts.venue.matching import Match, match
from openbell.parts.venue.options import VenueOptions, fee
from openbell.parts.venue.path import is_low_first, legs
from openbell.parts.venue.resting import Hours, Leg, Resting

REMEMBERED_IDS = 10_000
"""Client order ids kept to recognise a second order under the same one."""
FAR = (1 << 63) - 1
"""An instant that never comes: the due time of an exchange with nothing to say."""


class ExchangeState(msgspec.Struct, kw_only=True):
    """Everything an exchange remembers, for snapshots.

    Attributes:
        orders: Live orders by client order id, oldest first. given: Venue order numbers given so far.
        net: Signed units held per instrument. hours: By calendar. seen: Client order ids taken, for duplicates.
        due: (instant in ns, number, answer) still to be delivered, in order. numbered: Answers made so far.
    """

    orders: dict[str, Resting] = {}
    given: int = 0
    net: dict[str, Decimal] = {}
    hours: dict[str, Hours] = {}
    seen: dict[str, int] = {}
    due: list[tuple[int, int, OrderUpdate]] = []
    numbered: int = 0


class Exchange:
    """One simulated venue for one account."""

    def __init__(self, account: str, instruments: dict[str, Instrument], options: VenueOptions) -> None:
        """Open an exchange on which `account` trades `instruments`."""
        self.account = account
        self.instruments = instruments
        self.options = options
        self.state = ExchangeState()
        self.by_symbol: dict[str, list[Resting]] = {symbol: [] for symbol in instruments}
        self._half_spread = as_float(options.spread / 2)
        self._bar: Bar | None = None
        self._room: Decimal | None = None

    # --- the port -----------------------------------------------------------------------------------------------

    @property
    def due(self) -> int:
        """Next instant (ns) at which there is something to say, `FAR` for none."""
        return self.state.due[0][0] if self.state.due else FAR

    def speak(self, ts: int) -> list[Event]:
        """Return and forget every answer due at or before `ts` (ns)."""
        due = self.state.due
        count = next((place for place, item in enumerate(due) if item[0] > ts), len(due))
        found, self.state.due = due[:count], due[count:]
        return [event for _, _, event in found]

    def has_orders(self, symbol: str) -> bool:
        """Return True if a bar of `symbol` could execute something."""
        return bool(self.by_symbol[symbol])

    def take(self, effect: Effect, ts: int) -> None:
        """Take an order, change or cancel decided at `ts` (ns); the answer comes through `speak`."""
        if isinstance(effect, Submit):
            self._submit(effect, ts)
        elif isinstance(effect, Cancel):
            self._cancel(effect, ts)
        elif isinstance(effect, Amend):
            self._amend(effect, ts)

    def heed(self, event: Event) -> None:
        """Take note of a session's begin or end, or of a split."""
        if isinstance(event, Schedule):
            self._schedule(event)
        elif isinstance(event, CorporateAction) and event.kind == "split":
            for order in list(self.by_symbol.get(event.instrument, ())):
                self._end(order, "cancelled", Code.REPLACED_BY_SIGNAL, event.ts)
            held = self.state.net.get(event.instrument, ZERO)
            lot = self.instruments[event.instrument].lot
            whole = div(abs(held) * event.numerator, Decimal(event.denominator), lot, Rounding.FLOOR)
            self.state.net[event.instrument] = whole if held >= 0 else -whole

    def work(self, bar: Bar) -> Iterator[list[Event]]:
        """Play a bar: yield what happened in each phase; orders taken in between are live in the next one."""
        symbol = bar.instrument
        hours = self.state.hours.get(self.instruments[symbol].calendar)
        if hours is None or not self.by_symbol[symbol]:
            return
        is_auction = bar.open_ts == hours.close
        if not is_auction and not hours.open <= bar.open_ts < hours.close:
            return
        self._bar, self._room = bar, self._capacity(bar)
        if is_auction:
            yield self._auction(bar)
        else:
            yield from self._session_bar(bar, hours)
        self._bar = None

    def snapshot(self) -> bytes:
        """Return the whole state as msgpack."""
        return msgspec.msgpack.encode(self.state, order="deterministic")

    def restore(self, stored: bytes) -> None:
        """Take over a state that `snapshot` returned."""
        self.state = msgspec.msgpack.decode(stored, type=ExchangeState)
        self.by_symbol = {symbol: [] for symbol in self.instruments}
        # Insertion order is arrival order; a decoded map keeps what the encoder sorted, so sort by number.
        for order in sorted(self.state.orders.values(), key=lambda order: int(order.venue_order[1:])):
            self.by_symbol[order.instrument].append(order)

    # --- orders -------------------------------------------------------------------------------------------------

    def _submit(self, submit: Submit, ts: int) -> None:
        state = self.state
        if submit.oid in state.seen:
            return self._say(ts, submit.oid, "rejected", Code.DUPLICATE_ID)
        state.seen[submit.oid] = ts
        if len(state.seen) > REMEMBERED_IDS:
            del state.seen[next(iter(state.seen))]
        code = self._refusal(submit)
        if code:
            return self._say(ts, submit.oid, "rejected", code)
        state.given += 1
        is_inside = self._bar is not None and self._bar.instrument == submit.instrument
        order = Resting(
            oid=submit.oid,
            venue_order=f"V{state.given}",
            instrument=submit.instrument,
            side=submit.side,
            qty=submit.qty,
            type=submit.type,
            tif=submit.tif,
            limit=submit.limit,
            stop=submit.stop,
            trail=submit.trail,
            reduce_only=submit.reduce_only,
            oco=submit.oco,
            since=0 if is_inside else ts,
        )
        state.orders[order.oid] = order
        self.by_symbol[order.instrument].append(order)
        return self._say(ts, order.oid, "accepted", 0, order.venue_order)

    def _refusal(self, submit: Submit) -> int:
        instrument = self.instruments.get(submit.instrument)
        if instrument is None:
            return Code.UNKNOWN_ORDER
        if submit.qty <= 0 or instrument.order_qty(submit.qty) != submit.qty:
            return Code.OFF_LOT
        prices = [px for px in (submit.limit, submit.stop) if px is not None]
        return Code.OK if all(instrument.is_on_tick(px) for px in prices) else Code.OFF_TICK

    def _cancel(self, cancel: Cancel, ts: int) -> None:
        order = self.state.orders.get(cancel.oid)
        if order is None:
            self._say(ts, cancel.oid, "cancel_refused", Code.TOO_LATE)
        elif self.options.latency:
            order.cancel_at = ts + self.options.latency
        else:
            self._end(order, "cancelled", cancel.reason, ts)

    def _amend(self, amend: Amend, ts: int) -> None:
        order = self.state.orders.get(amend.oid)
        if order is None:
            self._say(ts, amend.oid, "replace_refused", Code.TOO_LATE)
        elif self.options.latency:
            order.amend, order.amend_at = amend, ts + self.options.latency
        else:
            self._change(order, amend, ts)

    def _change(self, order: Resting, amend: Amend, ts: int) -> None:
        order.amend = None
        if amend.qty <= order.filled:
            return self._say(ts, order.oid, "replace_refused", Code.TOO_LATE)
        order.qty = amend.qty
        order.limit = amend.limit
        if order.type is not OrderType.TRAILING:
            # A trailing stop has moved on by itself; a change of its size must not loosen it.
            order.stop = amend.stop
        order.trail = amend.trail
        update = self._update(ts, order.oid, "replaced", 0, order.venue_order)
        self._queue(msgspec.structs.replace(update, qty=order.qty, limit=order.limit, stop=order.stop))
        return None

    def _end(self, order: Resting, happening: str, code: int, ts: int) -> None:
        self._remove(order)
        self._say(ts, order.oid, happening, code, order.venue_order)

    def _remove(self, order: Resting) -> None:
        self.state.orders.pop(order.oid, None)
        live = self.by_symbol[order.instrument]
        if order in live:
            live.remove(order)

    def _say(self, ts: int, oid: str, happening: str, code: int, venue_order: str = "") -> None:
        delay = self.options.latency if self._bar is None else 0
        self._queue(self._update(ts + delay, oid, happening, code, venue_order))

    def _update(self, ts: int, oid: str, happening: str, code: int, venue_order: str) -> OrderUpdate:
        return OrderUpdate(
            ts=ts,
            account=self.account,
            oid=oid,
            happening=happening,
            time=ts,
            venue_order=venue_order,
            code=code,
        )

    def _queue(self, update: OrderUpdate) -> None:
        state = self.state
        state.numbered += 1
        state.due.append((update.ts, state.numbered, update))
        if len(state.due) > 1 and state.due[-2][0] > update.ts:
            state.due.sort(key=lambda item: item[:2])

    # --- bars ---------------------------------------------------------------------------------------------------

    def _capacity(self, bar: Bar) -> Decimal | None:
        """Units that this bar's volume lets us fill; None for no bound."""
        if not self.options.participation:
            return None
        volume = bar.volume if bar.volume == bar.volume else 0.0
        instrument = self.instruments[bar.instrument]
        return div(Decimal(volume) * self.options.participation, Decimal(1), instrument.lot, Rounding.FLOOR)

    def _session_bar(self, bar: Bar, hours: Hours) -> Iterator[list[Event]]:
        live = self.by_symbol[bar.instrument]
        self._due_changes(live, bar.open_ts, bar.ts)
        net = self.state.net.get(bar.instrument, ZERO)
        sign = (net > 0) - (net < 0)
        low_first = is_low_first(self.options.path, sign, live)
        # Whoever opens a position at the open is asked again before the extremes: the path is against him too.
        first = legs(bar, low_first, self._half_spread)
        yield self._phase(bar, first[0], hours)
        net = self.state.net.get(bar.instrument, ZERO)
        sign = (net > 0) - (net < 0)
        low_first = is_low_first(self.options.path, sign, live)
        for leg in legs(bar, low_first, self._half_spread)[1:]:
            yield self._phase(bar, leg, hours)

    def _phase(self, bar: Bar, leg: Leg, hours: Hours) -> list[Event]:
        """Execute what can execute on one piece of the path, nearest first, and return all that was said."""
        instrument = self.instruments[bar.instrument]
        found = self.speak(bar.ts)
        while True:
            best: tuple[float, Resting, Match] | None = None
            for order in self.by_symbol[bar.instrument]:
                if not self._takes_part(order, bar, leg, hours):
                    continue
                hit = match(order, leg, instrument, self.options)
                if hit is not None and (best is None or hit.way < best[0]):
                    best = (hit.way, order, hit)
            if best is None:
                break
            found += self._execute(best[1], best[2], bar, leg.moment)
        for order in list(self.by_symbol[bar.instrument]):
            order.has_rested = True
            self._after_phase(order, bar, leg, hours)
        return found + self.speak(bar.ts)

    def _takes_part(self, order: Resting, bar: Bar, leg: Leg, hours: Hours) -> bool:
        if order.since > bar.open_ts or order.tif is Tif.CLS:
            return False
        if order.tif is Tif.OPG:
            return leg.is_open and bar.open_ts == hours.open
        if self._room is None:
            return True
        least = order.leaves if order.tif is Tif.FOK else self.instruments[order.instrument].lot
        return self._room >= least

    def _after_phase(self, order: Resting, bar: Bar, leg: Leg, hours: Hours) -> None:
        if order.since > bar.open_ts:
            return
        if order.cancel_at and order.cancel_at <= bar.ts and leg.is_open:
            self._end(order, "cancelled", Code.OPERATOR, bar.ts)
        elif order.tif in (Tif.IOC, Tif.FOK) or (order.tif is Tif.OPG and bar.open_ts >= hours.open):
            self._end(order, "expired", Code.NO_LIQUIDITY, bar.ts)
        elif order.amend is not None and order.amend_at <= bar.ts and leg.is_open:
            self._change(order, order.amend, bar.ts)

    def _due_changes(self, live: list[Resting], open_ts: int, ts: int) -> None:
        """Carry out cancels and changes that were in force before the bar opened."""
        for order in list(live):
            if order.cancel_at and order.cancel_at <= open_ts:
                self._end(order, "cancelled", Code.OPERATOR, ts)
            elif order.amend is not None and order.amend_at <= open_ts:
                self._change(order, order.amend, ts)

    def _execute(self, order: Resting, hit: Match, bar: Bar, moment: int) -> list[Event]:
        qty = order.leaves
        if order.reduce_only:
            net = self.state.net.get(order.instrument, ZERO)
            held = -net if order.side is Side.BUY else net
            if held <= 0:
                self._end(order, "cancelled", Code.WOULD_INCREASE, bar.ts)
                return []
            qty = min(qty, held)
        if self._room is not None:
            qty = min(qty, self._room)
            self._room -= qty
        order.filled += qty
        order.executions += 1
        net = self.state.net.get(order.instrument, ZERO)
        self.state.net[order.instrument] = net + qty * order.side.sign
        instrument = self.instruments[order.instrument]
        value = abs(instrument.value(qty, hit.px))
        fill = Fill(
            ts=bar.ts,
            account=self.account,
            instrument=order.instrument,
            oid=order.oid,
            venue_order=order.venue_order,
            exec_id=f"{order.venue_order}-{order.executions}",
            side=order.side,
            qty=qty,
            px=hit.px,
            fee=fee(self.options.fees, qty, value, hit.is_maker),
            fee_currency=instrument.currency,
            time=moment,
            is_maker=hit.is_maker,
        )
        if order.leaves == 0:
            self._remove(order)
        elif order.reduce_only and not self.state.net[order.instrument]:
            self._end(order, "cancelled", Code.WOULD_INCREASE, bar.ts)
        self._shrink_group(order, qty, bar.ts)
        return [fill]

    def _shrink_group(self, done: Resting, qty: Decimal, ts: int) -> None:
        """One fill of a group shrinks the others by as much; what shrinks to nothing is cancelled."""
        if not done.oco:
            return
        for order in list(self.by_symbol[done.instrument]):
            if order.oco != done.oco or order is done:
                continue
            if order.leaves <= qty:
                self._end(order, "cancelled", Code.OCO, ts)
            else:
                order.qty -= qty
                update = self._update(ts, order.oid, "reduced", Code.OCO, order.venue_order)
                self._queue(msgspec.structs.replace(update, qty=order.qty))

    def _auction(self, bar: Bar) -> list[Event]:
        """The closing auction: on-close orders execute at its price."""
        found: list[Event] = []
        instrument = self.instruments[bar.instrument]
        for order in list(self.by_symbol[bar.instrument]):
            if order.tif is not Tif.CLS or order.since > bar.open_ts:
                continue
            is_buy = order.side is Side.BUY
            px = instrument.price(bar.close, Rounding.CEIL if is_buy else Rounding.FLOOR)
            is_out = order.limit is not None and (px > order.limit if is_buy else px < order.limit)
            if is_out:
                self._end(order, "expired", Code.NO_AUCTION, bar.ts)
            else:
                found += self._execute(order, Match(px, 0.0, False), bar, bar.ts)
        return [*found, *self.speak(bar.ts)]

    # --- sessions -----------------------------------------------------------------------------------------------

    def _schedule(self, event: Schedule) -> None:
        hours = self.state.hours.setdefault(event.calendar, Hours())
        for order in list(self.state.orders.values()):
            if self.instruments[order.instrument].calendar != event.calendar:
                continue
            if event.is_open:
                # On-close orders of the session before found no auction row.
                is_over = order.tif is Tif.CLS and order.since <= hours.close
            else:
                is_over = order.tif is Tif.DAY and order.since < event.close
            if is_over:
                code = Code.NO_AUCTION if event.is_open else Code.SESSION_END
                self._end(order, "expired", code, event.ts)
            elif order.cancel_at and order.cancel_at <= event.ts:
                self._end(order, "cancelled", Code.OPERATOR, event.ts)
        hours.open, hours.close, hours.is_open = event.open, event.close, event.is_open

