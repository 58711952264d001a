"""The exchange in a box: a state machine.

It takes orders and bars and says what became of the orders. It reads no clock and draws no chance: the same events and
effects give the same answers, which is what recovery and replay stand on. One exchange serves one account.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from openbell.core.codes import Code
from openbell.core.effects import Amend, Cancel, Effect, Submit
from openbell.core.events import Bar, CorporateAction, Event, Schedule
from openbell.core.types import ZERO, Instrument, Rounding, Tif, div
from openbell.parts.venue.entry import amend_order, cancel_order, submit_order
from openbell.parts.venue.floor import ExchangeState, Floor
from openbell.parts.venue.matching import Match
from openbell.parts.venue.options import VenueOptions
from openbell.parts.venue.player import auction, capacity, execute, session_bar
from openbell.parts.venue.resting import Hours, Resting

FAR = (1 << 63) - 1
"""An instant that never comes: the due time of an exchange with nothing to say."""


class Exchange:
    """One simulated venue for one account."""

    def __init__(
        self, account: str, instruments: dict[str, Instrument], options: VenueOptions, *, netting: bool = False
    ) -> None:
        """Open an exchange on which `account` trades `instruments`.

        With `netting` it holds several deployments in one: what reduces one of them may grow the account's position.
        """
        self.floor = Floor(account, instruments, options, netting=netting)

    @property
    def due(self) -> int:
        """Next instant (ns) at which there is something to say, `FAR` for none."""
        due = self.floor.state.due
        return due[0][0] if due else FAR

    def speak(self, ts: int) -> list[Event]:
        """Return and forget every answer due at or before `ts` (ns)."""
        return list(self.floor.speak(ts))

    def is_touched(self, bar: Bar) -> bool:
        """Return True if `bar` could execute or change any order.

        False lets the caller pass over `work`.
        """
        live = self.floor.by_symbol[bar.instrument]
        return bool(live) and _is_any_touched(live, bar)

    def take(self, effect: Effect, ts: int) -> None:
        """Take an order, change or cancel decided at `ts` (ns); the answer comes through `speak`."""
        if isinstance(effect, Submit):
            submit_order(self.floor, effect, ts)
        elif isinstance(effect, Cancel):
            cancel_order(self.floor, effect, ts)
        elif isinstance(effect, Amend):
            amend_order(self.floor, effect, ts)

    def heed(self, event: Event) -> None:
        """Take note of a session's begin or end, or of a corporate action."""
        if isinstance(event, Schedule):
            self._schedule(event)
        elif isinstance(event, CorporateAction):
            self._act(event)

    def work(self, bar: Bar) -> Iterator[list[Event]]:
        """Play a bar and yield what happened in each phase.

        Orders taken in between are live in the next one.
        """
        floor, symbol = self.floor, bar.instrument
        hours = floor.state.hours.get(floor.instruments[symbol].calendar)
        if hours is None or not floor.by_symbol[symbol]:
            return
        open_ts = bar.open_ts
        is_auction = open_ts == hours.close
        if not is_auction and not hours.open <= open_ts < hours.close:
            return
        floor.playing, floor.room = symbol, capacity(floor, bar)
        if is_auction:
            yield auction(floor, bar)
        else:
            yield from session_bar(floor, bar, hours)
        floor.playing = ""

    def fill(self, oid: str, qty: Decimal, px: Decimal, ts: int) -> list[Event]:
        """Execute at most `qty` units of a live order at `px` by hand, outside any bar.

        Nothing happens to an order that is not live.

        Returns:
            The fill and what else was said.
        """
        floor, order = self.floor, self.floor.state.orders.get(oid)
        if order is None or qty <= 0:
            return []
        floor.room = qty
        return [*execute(floor, order, Match(px, 0.0, is_maker=True), (ts, ts)), *floor.speak(ts)]

    def snapshot(self) -> bytes:
        """Return the whole state as msgpack."""
        return msgspec.msgpack.encode(self.floor.state)

    def restore(self, stored: bytes) -> None:
        """Take over a state that `snapshot` returned."""
        self.floor.adopt(msgspec.msgpack.decode(stored, type=ExchangeState))

    def _act(self, event: CorporateAction) -> None:
        actions = self.floor.state.actions
        if event.instrument not in self.floor.instruments or event.id in actions:
            return
        actions[event.id] = event.ts
        if event.kind in ("split", "spinoff"):
            self._split(event)
        elif event.kind == "rename" and event.into in self.floor.instruments:
            self._rename(event)

    def _rename(self, event: CorporateAction) -> None:
        floor = self.floor
        for order in list(floor.by_symbol[event.instrument]):
            floor.end(order, "cancelled", Code.REPLACED_BY_SIGNAL, event.ts)
        held, floor.state.net[event.instrument] = floor.held(event.instrument), ZERO
        floor.state.net[event.into] = floor.held(event.into) + held

    def _split(self, event: CorporateAction) -> None:
        floor = self.floor
        for order in list(floor.by_symbol[event.instrument]):
            floor.end(order, "cancelled", Code.REPLACED_BY_SIGNAL, event.ts)
        held = floor.held(event.instrument)
        exact = abs(held) * event.numerator
        symbol = event.into if event.kind == "spinoff" else event.instrument
        if symbol not in floor.instruments:
            return
        whole = div(exact, Decimal(event.denominator), floor.instruments[symbol].lot, Rounding.FLOOR)
        before = floor.held(symbol) if event.kind == "spinoff" else ZERO
        floor.state.net[symbol] = before + (whole if held >= 0 else -whole)

    def _schedule(self, event: Schedule) -> None:
        floor = self.floor
        hours = floor.state.hours.setdefault(event.calendar, Hours())
        for order in list(floor.state.orders.values()):
            if floor.instruments[order.instrument].calendar != event.calendar:
                continue
            code = _over(order, event, hours)
            if code:
                floor.end(order, "expired", code, event.ts)
            elif order.cancel_at and order.cancel_at <= event.ts:
                floor.end(order, "cancelled", Code.OPERATOR, event.ts)
        if event.is_open or event.open >= hours.open:
            hours.open, hours.close, hours.is_open = event.open, event.close, event.is_open


def _is_any_touched(live: list[Resting], bar: Bar) -> bool:
    # The first bar of an order is played in any case: it is a maker from then on.
    return any(not order.has_rested or order.is_touched(bar.high, bar.low) for order in live)


def _over(order: Resting, event: Schedule, hours: Hours) -> int:
    """Return why a session's begin or end is the end of an order, 0 if it is not."""
    if event.is_open:
        # On-close orders of the session before found no auction row.
        return Code.NO_AUCTION if order.tif is Tif.CLS and order.since <= hours.close else 0
    return Code.SESSION_END if order.tif is Tif.DAY and order.since < event.close else 0
