"""Protective orders: stop loss, take profit and trailing stop of every holding.

They are sized with every fill. Where a change is a second order they wait for the end of the entry with a small part.
"""

from decimal import Decimal

import msgspec

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Amend, Cancel
from openbell.core.execution import group
from openbell.core.exposure import Draft, account_net
from openbell.core.line import is_going
from openbell.core.order import Order
from openbell.core.position import Position
from openbell.core.room import unreserved
from openbell.core.spec import ExitSpec
from openbell.core.types import E8, ZERO, Instrument, OrderType, Rounding, Side, Status, Tif, div

MOST_OPEN = 10
"""One of so many parts of a holding that is still being entered may stay without protection."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One protective order as it should be.

    It has a type, prices in quote currency on the order tick, and a reason code.
    """

    type: OrderType
    reason: int
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None


def stop_distance(exits: ExitSpec, instrument: Instrument, px: Decimal, atr: Decimal) -> Decimal:
    """Return how far below (or above) an entry at `px` the nearest stop will stand.

    The distance is in quote currency, whole ticks as in `plans`; 0 for none.
    """
    if not exits.has_stop:
        return ZERO
    shares = (px * exits.stop_loss, px * exits.trail_frac)
    ranges = (atr * exits.stop_atr, atr * exits.trail_atr)
    nearest = min((away for away in (*shares, *ranges, exits.trail_amount) if away > 0), default=ZERO)
    return div(nearest, Decimal(1), instrument.tick_at(px), Rounding.CEIL) if nearest else ZERO


def is_protected(exits: ExitSpec, position: Position) -> bool:
    """Return True if a holding gets protective orders, of its deployment or of one order."""
    return exits.has_stop or bool(exits.take_profit) or any(position.bracket)


def bracketed(position: Position, instrument: Instrument) -> list[Plan]:
    """Return the protective orders at the prices that were given with an order."""
    away, passive = (Rounding.FLOOR, Rounding.CEIL) if position.qty > 0 else (Rounding.CEIL, Rounding.FLOOR)
    stop, target = (instrument.price(px, Rounding.HALF_EVEN) for px in position.bracket)
    found = (
        Plan(type=OrderType.STOP, reason=Code.STOP_LOSS, stop=instrument.order_price(stop, away)),
        Plan(type=OrderType.LIMIT, reason=Code.TAKE_PROFIT, limit=instrument.order_price(target, passive)),
    )
    return [plan for plan, px in zip(found, position.bracket, strict=True) if px]


def plans(exits: ExitSpec, instrument: Instrument, average: Decimal, atr: Decimal, *, is_long: bool) -> list[Plan]:
    """Return the protective orders of a holding.

    Stops are rounded away from the entry and targets to the passive side, so neither binds earlier than asked.

    Args:
        exits: What protection is asked for.
        instrument: Whose tick grid.
        average: Average entry price, quote currency.
        atr: Average true range, quote currency; 0 while unknown, which leaves out what needs it.
        is_long: False mirrors everything.
    """
    sign = 1 if is_long else -1
    away = Rounding.FLOOR if is_long else Rounding.CEIL
    passive = Rounding.CEIL if is_long else Rounding.FLOOR
    found = []
    distance = average * exits.stop_loss or atr * exits.stop_atr
    if distance:
        stop = instrument.order_price(average - sign * distance, away)
        found.append(Plan(type=OrderType.STOP, reason=Code.STOP_LOSS, stop=stop))
    trail = average * exits.trail_frac or exits.trail_amount or atr * exits.trail_atr
    if trail:
        trail = div(trail, Decimal(1), instrument.tick_at(average), Rounding.CEIL)
        stop = instrument.order_price(average - sign * trail, away)
        found.append(Plan(type=OrderType.TRAILING, reason=Code.TRAILING_STOP, stop=stop, trail=trail))
    if exits.take_profit:
        limit = instrument.order_price(average * (1 + sign * exits.take_profit), passive)
        found.append(Plan(type=OrderType.LIMIT, reason=Code.TAKE_PROFIT, limit=limit))
    return [plan for plan in found if (plan.stop or plan.limit or ZERO) > 0 or not instrument.positive]


def plans_of(book: Book, position: Position, atr: Decimal) -> list[Plan]:
    """Return the protective orders of a holding.

    Their prices were given with its order, or follow from what its deployment says of exits.
    """
    instrument, exits = book.instrument(position.instrument), book.spec.deployments[position.deployment].exits
    if any(position.bracket):
        return bracketed(position, instrument)
    return plans(exits, instrument, position.average(instrument), atr, is_long=position.qty > 0)


def lacks_stop(book: Book, position: Position, atr: Decimal) -> str:
    """Return why a holding cannot have the stop that is declared for it, empty where it can."""
    exits = book.spec.deployments[position.deployment].exits
    if exits.needs_atr and not atr:
        return "its average true range is not known yet"
    has_stop = not exits.has_stop or any(plan.stop for plan in plans_of(book, position, atr))
    return "" if has_stop else "no price is left for its stop"


def protect(
    book: Book, deployment: str, symbol: str, atr: Decimal, by: Order | None = None
) -> list[Draft | Amend | Cancel]:
    """Return what brings the protective orders of a holding to where they should be.

    Missing ones are drafted, ones that are too small or off their price are amended; a change that is still
    unanswered is waited for. What is left of a holding that is gone or has turned is cancelled, where the venue does
    not do it: it does unless the order `by`, just executed, closed the holding and stands in no group.
    """
    position = _covered(book, book.position(deployment, symbol))
    caps = book.account_spec(deployment).caps
    is_seen_to = caps.oco and position is book.position(deployment, symbol) and _is_ended_by_group(position, by)
    # What goes at the market ends with its holding, but not where that turns before it has gone.
    orders = [
        o for o in book.pair_orders(deployment, symbol)
        if o.oco and (o.type is not OrderType.MARKET or o.side.sign * position.qty > 0)
    ]  # fmt: skip
    left = [o for o in orders if o.side.sign * position.qty >= 0 and not is_going(book, o)]
    found: list[Draft | Amend | Cancel] = [
        Cancel(oid=order.oid, account=order.account, reason=Code.OCO) for order in left if not is_seen_to
    ]
    if not position.qty:
        return found
    exits, wanted = book.spec.deployments[deployment].exits, plans_of(book, position, atr)
    name = group(deployment, symbol, position.entries)
    if caps.reserves:
        # One order stands for a holding, as far as no other exit has it.
        position = unreserved(book, position, name)
        wanted = wanted[:1] if position.qty else []
    standing = [o for o in orders if o.oco == name]
    for plan in wanted:
        if plan.reason == Code.TAKE_PROFIT and position.is_watched:
            continue  # Asked again it would be refused again.
        # By its reason, too: an exit that goes at a limit stands in the same group.
        order = next((o for o in standing if (o.type, o.reason) == (plan.type, plan.reason)), None)
        # What rests instead keeps what this one would close: a target does while no price below is left for a stop.
        others = [o for o in standing if caps.reserves and o is not order]
        found += [
            Cancel(oid=o.oid, account=o.account, reason=Code.REPLACED_BY_SIGNAL)
            for o in others
            if not is_going(book, o)
        ]
        # Placed by the true range of its entry a stop neither follows the range nor gives way to it.
        is_placed = plan.type is OrderType.STOP and exits.stop_atr and order and order.leaves == abs(position.qty)
        step = _draft(position, plan) if order is None else _amend(book, position, order, plan)
        if step is not None and not others and not is_placed:
            found.append(step)
    return found


def _is_ended_by_group(position: Position, by: Order | None) -> bool:
    """Return True if no order outside its group has closed or turned a holding, as far as can be seen now."""
    if by is None:
        return bool(position.qty)
    done = [abs(one.qty) for one in by.executions.values()]
    # What was taken back has nothing left: a bust ends no group.
    return bool(by.oco) or (position.qty != 0 and all(done) and max(done, default=ZERO) <= abs(position.qty))


def _covered(book: Book, position: Position) -> Position:
    """Return a holding as far as its account still has it, in whole lots.

    What was sold by hand needs no stop, and must have none; a fee in units leaves what no order can sell.
    """
    left = abs(position.qty)
    if position.account in book.truth.contacts and not book.spec.accounts[position.account].netting:
        net = account_net(book, position.account, position.instrument)
        left = min(left, max(net if position.qty > 0 else -net, ZERO))
    left = book.instrument(position.instrument).order_qty(left)
    if left == abs(position.qty):
        return position
    cost = div(position.cost * left, abs(position.qty), E8)
    return msgspec.structs.replace(position, qty=left if position.qty > 0 else -left, cost=cost)


def _draft(position: Position, plan: Plan) -> Draft:
    return Draft(
        account=position.account, deployment=position.deployment, instrument=position.instrument,
        side=Side.SELL if position.qty > 0 else Side.BUY, qty=abs(position.qty), type=plan.type, tif=Tif.GTC,
        limit=plan.limit, stop=plan.stop, trail=plan.trail, reduce_only=True, parent=position.parent,
        oco=group(position.deployment, position.instrument, position.entries), reason=plan.reason,
    )  # fmt: skip


def may_wait(book: Book, position: Position, missing: Decimal) -> bool:
    """Return True if `missing` units may stay without protection until their entry has ended.

    Where a change is a second order, each execution of an entry would make one, and nothing protects between its two
    halves: protection grows there once the entry has ended, or more than a tenth of what it comes to is open.
    """
    orders = book.pair_orders(position.deployment, position.instrument)
    coming = sum((o.leaves for o in orders if not o.reduce_only), ZERO)
    is_costly = not book.spec.accounts[position.account].caps.in_place
    return is_costly and bool(coming) and 0 < missing * MOST_OPEN <= abs(position.qty) + coming


def _amend(book: Book, position: Position, order: Order, plan: Plan) -> Amend | None:
    caps = book.spec.accounts[position.account].caps
    # Where a change is a second order, what comes before the venue has the first comes with one change.
    if order.status not in (Status.WORKING, Status.PARTIAL, Status.SENT if caps.in_place else Status.WORKING):
        return None
    missing = abs(position.qty) - order.leaves
    # A trailing stop has moved on from its first price by itself, which may have left it beside the ticks.
    is_moved = plan.type is not OrderType.TRAILING and (order.stop, order.limit) != (plan.stop, plan.limit)
    if not is_moved and (missing == 0 or (missing < 0 and caps.oco)):
        return None
    # With the average moves what is worked out from it; a price that was given with an order has been moved by a wish.
    if not (is_moved and any(position.bracket)) and may_wait(book, position, missing):
        return None
    return Amend(
        oid=order.oid, account=order.account, qty=order.filled + abs(position.qty), limit=plan.limit,
        stop=plan.stop if plan.type is not OrderType.TRAILING else order.stop and book.instrument(
            order.instrument
        ).order_price(order.stop, Rounding.FLOOR if position.qty > 0 else Rounding.CEIL),
        trail=plan.trail, reason=plan.reason,
        is_pair=not caps.in_place,
    )  # fmt: skip
