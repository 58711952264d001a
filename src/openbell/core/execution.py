"""From an approved order to the effect that sends it.

The exits that need no approval of risk are sent from here too.
"""

from decimal import Decimal

import msgspec

from openbell.core.book import Book
from openbell.core.effects import Submit
from openbell.core.exposure import Draft, reducible
from openbell.core.position import Position
from openbell.core.risk import Approved
from openbell.core.room import is_leaving
from openbell.core.types import ZERO, OrderType, Rounding, Side, Tif, client_order_id, require


def submit(book: Book, approved: Approved) -> Submit:
    """Return the effect that sends an approved order, under the next client order id.

    Raises:
        InvariantError: It is no verdict of the gate, or the instance has no tag yet, so no id would be ours.
    """
    require(type(approved) is Approved and len(book.truth.instance) == 6, "no verdict of the gate, or no tag")
    truth, draft = book.truth, approved.draft
    index = truth.counter + 1
    return Submit(
        oid=client_order_id(truth.instance, index), index=index, account=draft.account, deployment=draft.deployment,
        instrument=draft.instrument, side=draft.side, qty=draft.qty, type=draft.type, tif=draft.tif,
        limit=draft.limit, stop=draft.stop, trail=draft.trail, reduce_only=draft.reduce_only, parent=draft.parent,
        oco=draft.oco, reason=draft.reason, passed=approved.passed, seen=approved.seen,
    )  # fmt: skip


def exit_draft(book: Book, deployment: str, symbol: str, qty: Decimal | None, reason: int) -> Draft | None:
    """Return the market order that reduces a position by `qty` units (None for all of it).

    It joins the group of the position's protective orders, so that they shrink as it fills, and is clamped to what
    is held and not already being sold. None when nothing is left to reduce.
    """
    position = book.position(deployment, symbol)
    if not position.qty:
        return None
    draft = Draft(
        account=position.account, deployment=deployment, instrument=symbol,
        side=Side.SELL if position.qty > 0 else Side.BUY, qty=abs(position.qty), type=OrderType.MARKET, tif=Tif.GTC,
        reduce_only=True, oco=group(deployment, symbol, position.entries), reason=reason,
    )  # fmt: skip
    orders = (o for o in book.pair_orders(deployment, symbol) if o.reduce_only and o.type is OrderType.MARKET)
    # Units already on their way out through market orders of the same group are no room.
    room = reducible(book, draft) - sum(o.leaves for o in orders if o.oco == draft.oco)
    wanted = room if qty is None else min(qty, room)
    wanted = book.instrument(symbol).order_qty(max(wanted, ZERO))
    return msgspec.structs.replace(draft, qty=wanted) if wanted else None


def collared(book: Book, symbol: str, side: Side, collar: Decimal) -> Decimal | None:
    """Return the worst price of an exit, which may be worse than the mark by a share of it.

    It lies on the tick grid, at one tick or above where prices are positive; None before the first price. `collar` is
    the share, 0.03 for 3 %.
    """
    instrument, px = book.instrument(symbol), book.mark_px(symbol)
    if px is None:
        return None
    away = Rounding.CEIL if side is Side.BUY else Rounding.FLOOR
    limit = instrument.order_price(px + side.sign * abs(px) * collar, away)
    return limit if limit > 0 or not instrument.positive else instrument.tick_at(px)


def is_dust(book: Book, position: Position) -> bool:
    """Return True for a holding so small that a venue outside takes no order of it."""
    instrument, px = book.instrument(position.instrument), book.mark_px(position.instrument)
    if not position.qty or px is None or position.account not in book.truth.contacts:
        return False
    return abs(position.qty) < instrument.min_qty or instrument.value(abs(position.qty), px) < instrument.min_notional


def unfilled_exits(book: Book, position: Position) -> int:
    """Return how many exits of a holding ended without an execution since its opening.

    Protection does not count.
    """
    exits = (o for o in book.truth.orders.values() if is_leaving(o))
    ended = (o for o in exits if not o.is_open and not o.filled and o.sent_ts >= position.opened_ts)
    return sum((o.deployment, o.instrument) == (position.deployment, position.instrument) for o in ended)


def group(deployment: str, symbol: str, entries: int) -> str:
    """Return the name of the group in which all exits of one holding stand."""
    return f"{deployment}/{symbol}/{entries}"
