"""The order desk of the exchange: what it takes, changes and cancels, and what it refuses."""

from itertools import islice

from msgspec.structs import replace

from openbell.core.codes import Code
from openbell.core.effects import Amend, Cancel, Submit
from openbell.core.types import OrderType
from openbell.parts.venue.floor import REMEMBERED_IDS, Floor
from openbell.parts.venue.resting import Resting


def submit_order(floor: Floor, submit: Submit, ts: int) -> None:
    """Take an order decided at `ts` (ns), or refuse it."""
    state = floor.state
    if submit.oid in state.seen:
        return floor.say(ts, submit.oid, "rejected", Code.DUPLICATE_ID)
    state.seen[submit.oid] = ts
    if len(state.seen) > 2 * REMEMBERED_IDS:
        # Seldom and many at once: to find the first of a dictionary that lost its first ones takes longer each time.
        for oid in list(islice(state.seen, REMEMBERED_IDS)):
            del state.seen[oid]
    code = _refusal(floor, submit)
    if code:
        return floor.say(ts, submit.oid, "rejected", code)
    state.given += 1
    is_inside = floor.playing == submit.instrument
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
    order.set_edges()
    state.orders[order.oid] = order
    floor.by_symbol[order.instrument].append(order)
    return floor.say(ts, order.oid, "accepted", 0, order.venue_order)


def _refusal(floor: Floor, submit: Submit) -> int:
    instrument = floor.instruments.get(submit.instrument)
    if instrument is None:
        return Code.UNKNOWN_ORDER
    if submit.qty <= 0 or instrument.order_qty(submit.qty) != submit.qty:
        return Code.OFF_LOT
    prices = [px for px in (submit.limit, submit.stop) if px is not None]
    return Code.OK if all(instrument.is_on_tick(px) for px in prices) else Code.OFF_TICK


def cancel_order(floor: Floor, cancel: Cancel, ts: int) -> None:
    """Take an order back, at once or once the latency has passed."""
    order = floor.state.orders.get(cancel.oid)
    if order is None:
        floor.say(ts, cancel.oid, "cancel_refused", Code.TOO_LATE)
    elif floor.options.latency:
        order.cancel_at = ts + floor.options.latency
    else:
        floor.end(order, "cancelled", cancel.reason, ts)


def amend_order(floor: Floor, amend: Amend, ts: int) -> None:
    """Change a live order, at once or once the latency has passed."""
    order = floor.state.orders.get(amend.oid)
    if order is None:
        floor.say(ts, amend.oid, "replace_refused", Code.TOO_LATE)
    elif floor.options.latency:
        order.amend, order.amend_at = amend, ts + floor.options.latency
    else:
        change(floor, order, amend, ts)


def change(floor: Floor, order: Resting, amend: Amend, ts: int) -> None:
    """Carry a change out at `ts` (ns); one that leaves nothing to execute is refused."""
    order.amend = None
    if amend.qty <= order.filled:
        return floor.say(ts, order.oid, "replace_refused", Code.TOO_LATE)
    order.qty = amend.qty
    order.limit = amend.limit
    if order.type is not OrderType.TRAILING:
        # A trailing stop has moved on by itself; a change of its size must not loosen it.
        order.stop = amend.stop
    order.trail = amend.trail
    order.set_edges()
    update = floor.update(ts, order.oid, "replaced", 0, order.venue_order)
    floor.queue(replace(update, qty=order.qty, limit=order.limit, stop=order.stop))
    return None


def refuse_change(floor: Floor, order: Resting, ts: int) -> None:
    """Answer the change that an order executed whole at `ts` (ns) was still to meet."""
    if order.amend is not None:
        update = floor.update(max(ts, order.amend_at), order.oid, "replace_refused", Code.TOO_LATE, order.venue_order)
        floor.queue(update)
