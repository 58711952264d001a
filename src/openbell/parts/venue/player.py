"""Plays bars against the floor.

Which orders execute on each piece of the path, and what follows from it.
"""

import math
from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from openbell.core.codes import Code
from openbell.core.events import Bar, Event, Fill
from openbell.core.types import ZERO, OrderType, Rounding, Side, Tif, round_ratio
from openbell.parts.venue.entry import change, refuse_change
from openbell.parts.venue.floor import Floor
from openbell.parts.venue.matching import Match, match, rest
from openbell.parts.venue.options import fee
from openbell.parts.venue.path import is_low_first, legs, open_leg
from openbell.parts.venue.resting import Hours, Leg, Resting


def session_bar(floor: Floor, bar: Bar, hours: Hours) -> Iterator[list[Event]]:
    """Play a bar of the session and yield what happened in each phase."""
    orders = floor.by_symbol[bar.instrument]
    _due_changes(floor, orders, bar.open_ts, bar.ts)
    # The open is the same either way. The extremes are put in order behind it: their path is also against a position
    # that the open has made.
    yield _phase(floor, bar, open_leg(bar, floor.half_spread), hours)
    if not orders and floor.is_silent(bar.ts):
        return
    net = floor.held(bar.instrument)
    low_first = is_low_first(floor.options.path, (net > 0) - (net < 0), orders)
    for leg in legs(bar, floor.half_spread, low_first=low_first)[1:]:
        if not orders and floor.is_silent(bar.ts):
            return
        yield _phase(floor, bar, leg, hours)


def _phase(floor: Floor, bar: Bar, leg: Leg, hours: Hours) -> list[Event]:
    """Execute what can execute on one piece of the path, nearest first, and return all that was said."""
    instrument = floor.instruments[bar.instrument]
    found: list[Event] = [*floor.speak(bar.ts)]
    while True:
        best: tuple[float, Resting, Match] | None = None
        for order in floor.by_symbol[bar.instrument]:
            if not (_takes_part(order, bar, leg, hours) and _has_room(floor, order)):
                continue
            hit = match(order, leg, instrument, floor.options)
            if hit is not None and (best is None or hit.way < best[0]):
                best = (hit.way, order, hit)
        if best is None:
            break
        found += execute(floor, best[1], best[2], (bar.ts, leg.moment))
    for order in list(floor.by_symbol[bar.instrument]):
        if _takes_part(order, bar, leg, hours):
            rest(order, leg, instrument)
        _after_phase(floor, order, bar, leg, hours)
    return [*found, *floor.speak(bar.ts)]


def _takes_part(order: Resting, bar: Bar, leg: Leg, hours: Hours) -> bool:
    if order.since > bar.open_ts or order.tif is Tif.CLS:
        return False
    return order.tif is not Tif.OPG or (leg.is_open and bar.open_ts == hours.open)


def _has_room(floor: Floor, order: Resting) -> bool:
    """Return True if the bar's volume lets the order fill: any of it, or all of it for fill-or-kill."""
    if floor.room is None:
        return True
    least = order.leaves if order.tif is Tif.FOK else floor.instruments[order.instrument].lot
    return floor.room >= least


def _after_phase(floor: Floor, order: Resting, bar: Bar, leg: Leg, hours: Hours) -> None:
    if order.since > bar.open_ts:
        return
    if order.cancel_at and order.cancel_at <= bar.ts and leg.is_open:
        floor.end(order, "cancelled", Code.OPERATOR, bar.ts)
    elif order.tif in (Tif.IOC, Tif.FOK) or (order.tif is Tif.OPG and bar.open_ts >= hours.open):
        floor.end(order, "expired", Code.NO_LIQUIDITY, bar.ts)
    elif order.amend is not None and order.amend_at <= bar.ts and leg.is_open:
        change(floor, order, order.amend, bar.ts)


def _due_changes(floor: Floor, orders: list[Resting], open_ts: int, ts: int) -> None:
    """Carry out cancels and changes that were in force before the bar opened."""
    for order in list(orders):
        if order.cancel_at and order.cancel_at <= open_ts:
            floor.end(order, "cancelled", Code.OPERATOR, ts)
        elif order.amend is not None and order.amend_at <= open_ts:
            change(floor, order, order.amend, ts)


def execute(floor: Floor, order: Resting, hit: Match, at: tuple[int, int]) -> list[Event]:
    """Execute an order as far as the floor has room, and return its fill, if there is one.

    Args:
        floor: Where the order lives.
        order: Live there.
        hit: The price.
        at: When it is said, and when it happened, ns.
    """
    ts, moment = at
    qty = order.leaves
    is_clamped = order.reduce_only and not floor.netting
    if is_clamped:
        net = floor.held(order.instrument)
        held = -net if order.side is Side.BUY else net
        if held <= 0:
            floor.end(order, "cancelled", Code.WOULD_INCREASE, ts)
            return []
        qty = min(qty, held)
    if floor.room is not None:
        qty = min(qty, floor.room)
        floor.room -= qty
    order.filled += qty
    order.executions += 1
    net = floor.held(order.instrument)
    floor.state.net[order.instrument] = net + qty * order.side.sign
    instrument = floor.instruments[order.instrument]
    value = abs(instrument.value(qty, hit.px))
    fill = Fill(
        ts=ts,
        account=floor.account,
        instrument=order.instrument,
        oid=order.oid,
        venue_order=order.venue_order,
        exec_id=f"{order.venue_order}-{order.executions}",
        side=order.side,
        qty=qty,
        px=hit.px,
        fee=fee(floor.options.fees, qty, value, is_maker=hit.is_maker),
        fee_currency=instrument.currency,
        time=moment,
        is_maker=hit.is_maker,
    )
    if order.leaves == 0:
        floor.remove(order)
        refuse_change(floor, order, ts)
    elif is_clamped and not floor.state.net[order.instrument]:
        floor.end(order, "cancelled", Code.WOULD_INCREASE, ts)
    _shrink_group(floor, order, qty, ts)
    return [fill]


def _shrink_group(floor: Floor, done: Resting, qty: Decimal, ts: int) -> None:
    """One fill of a group shrinks the others to what is left; what shrinks to nothing is cancelled.

    The resting orders of a group all stand for the same units, each of its market orders for units of its own.
    """
    if not done.oco:
        return
    others = [order for order in floor.by_symbol[done.instrument] if order.oco == done.oco and order is not done]
    group = [(order.type is OrderType.MARKET, order.leaves) for order in others]
    group.append((done.type is OrderType.MARKET, done.leaves + qty))
    at_market = sum((leaves for is_market, leaves in group if is_market), ZERO)
    left = max(at_market, *(leaves for _, leaves in group)) - qty
    free = left - done.leaves if done.type is OrderType.MARKET else left
    for order in others:
        if order.type is OrderType.MARKET:
            free -= _shrink(floor, order, free, ts)
        else:
            _shrink(floor, order, left, ts)


def _shrink(floor: Floor, order: Resting, most: Decimal, ts: int) -> Decimal:
    """Leave an order of a group at most so many units and return how many it keeps."""
    if most <= 0:
        floor.end(order, "cancelled", Code.OCO, ts)
        return ZERO
    if order.leaves > most:
        order.qty = order.filled + most
        update = floor.update(ts, order.oid, "reduced", Code.OCO, order.venue_order)
        floor.queue(replace(update, qty=order.qty))
    return order.leaves


def auction(floor: Floor, bar: Bar) -> list[Event]:
    """The closing auction: on-close orders execute at its price."""
    found: list[Event] = []
    instrument = floor.instruments[bar.instrument]
    for order in list(floor.by_symbol[bar.instrument]):
        if order.tif is not Tif.CLS or order.since > bar.open_ts or not _has_room(floor, order):
            continue
        is_buy = order.side is Side.BUY
        px = instrument.price(bar.close, Rounding.CEIL if is_buy else Rounding.FLOOR)
        is_out = order.limit is not None and (px > order.limit if is_buy else px < order.limit)
        if is_out:
            floor.end(order, "expired", Code.NO_AUCTION, bar.ts)
        else:
            found += execute(floor, order, Match(px, 0.0, is_maker=False), (bar.ts, bar.ts))
    return [*found, *floor.speak(bar.ts)]


def capacity(floor: Floor, bar: Bar) -> Decimal | None:
    """Units that this bar's volume lets us fill; None for no bound."""
    if not floor.options.participation or bar.volume == math.inf:
        return None
    volume = 0.0 if math.isnan(bar.volume) else bar.volume
    lot = floor.instruments[bar.instrument].lot
    # On integers: the digits of a float can be more than the context of money holds.
    (vn, vd), (pn, pd), (ln, ld) = (x.as_integer_ratio() for x in (volume, floor.options.participation, lot))
    return Decimal(round_ratio(vn * pn * ld, vd * pd * ln, Rounding.FLOOR)) * lot
