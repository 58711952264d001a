"""Holdings whose protection a venue outside the process has not confirmed.

A holding that was to have a stop has a confirmed one of at least its size (while it is entered, of what may not wait),
waits for the answer to one, or is EXPOSED, which is told each minute until it is over. It is never silently neither.
"""

from decimal import Decimal

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.desk import MOST_EXITS
from openbell.core.execution import collared, exit_draft, is_dust, unfilled_exits
from openbell.core.exposure import Draft
from openbell.core.kill import closing_orders
from openbell.core.ladder import CANCEL
from openbell.core.line import is_going
from openbell.core.order import Order
from openbell.core.position import Position
from openbell.core.protect import may_wait, plans_of
from openbell.core.room import is_protective, is_scarce, is_target
from openbell.core.traders import Traders
from openbell.core.types import MINUTE_NS, ZERO, OrderType, Status, Tif
from openbell.core.view import Pair

COLLAR = Decimal("0.03")
"""How far from the mark an exit may go that the venue did not take as a market order."""
STOPS = (OrderType.STOP, OrderType.TRAILING)
_CONFIRMED = (Status.WORKING, Status.PARTIAL, Status.REPLACING)
_ASKED = (Status.SENT, Status.REPLACING)


def look(traders: Traders) -> None:
    """Say of every holding that should have a stop whether it has one, where that has changed."""
    book = traders.desk.book
    for symbol in book.spec.instruments:
        for position in book.holders[symbol]:
            spec = book.spec.deployments.get(position.deployment)
            if spec is None or position.account not in book.truth.contacts:
                continue
            if is_dust(book, position):
                _tell(traders, position, is_on=False, why="what is left is dust")
            elif spec.exits.has_stop or position.bracket[0]:
                _judge(traders, position)
    for key in list(book.truth.exposed):
        deployment, _, symbol = key.partition("/")
        if not book.position(deployment, symbol).qty:
            _tell(traders, book.position(deployment, symbol), is_on=False, why="it is closed")


def _judge(traders: Traders, position: Position) -> None:
    book = traders.desk.book
    exits = [o for o in book.pair_orders(position.deployment, position.instrument) if o.reduce_only]
    stops = [o for o in exits if o.type in STOPS]
    size = book.instrument(position.instrument).order_qty(abs(position.qty))
    leaving = sum(o.leaves for o in exits if not is_protective(o) and o.status is not Status.UNKNOWN)
    is_making_room = position.leaving is not None and any(o.status is Status.CANCELLING for o in stops)
    is_bare = leaving < size
    if is_scarce(book, position):
        # What is on its way out needs no stop; what it leaves does, and is bare where there is none.
        size -= leaving
    covered = max((o.qty - o.filled for o in stops if o.status in _CONFIRMED), default=ZERO)
    # A stop that is on its way is followed by its change where that is a second order.
    is_pair = not book.account_spec(position.deployment).caps.in_place
    is_asked = any(o.status in _ASKED and (is_pair or o.leaves >= size) for o in stops)
    if covered >= size or (covered and may_wait(book, position, size - covered)):
        _tell(traders, position, is_on=False, why="its stop is confirmed" if size > 0 else "its exit is on its way")
    elif not is_making_room and not is_asked and is_bare:
        _tell(traders, position, is_on=True, why="it has no confirmed stop of its size")


def _tell(traders: Traders, position: Position, *, is_on: bool, why: str) -> None:
    desk = traders.desk
    key = f"{position.deployment}/{position.instrument}"
    if (key in desk.book.truth.exposed) == is_on:
        return
    desk.emit(fx.Expose(deployment=position.deployment, instrument=position.instrument, is_on=is_on, why=why))
    text = f"{position.deployment} {position.instrument} is {'EXPOSED' if is_on else 'no longer exposed'}: {why}"
    desk.emit(fx.Alert(level="critical" if is_on else "info", key=f"exposed/{key}", text=text))
    if is_on:
        desk.emit(fx.SetTimer(deployment="", name=f"exposed/{key}", at=desk.ts + MINUTE_NS))


def watch_targets(traders: Traders, symbol: str) -> None:
    """Leave a holding once the price has reached a target that cannot rest at its venue.

    It cannot beside a stop where one order keeps what it would sell, nor once the venue has refused it.
    """
    desk = traders.desk
    px = desk.book.mark_px(symbol)
    for position in list(desk.book.holders[symbol]):
        pair = traders.pair(position.deployment, symbol)
        is_kept = is_scarce(desk.book, position)
        if pair is None or px is None or position.leaving is not None or not (is_kept or position.is_watched):
            continue
        wanted = plans_of(desk.book, position, pair.atr)
        target = wanted[-1].limit if wanted[not position.is_watched :] else None
        is_reached = target is not None and (px - target) * position.qty >= 0
        if is_reached and desk.tier_over(pair) < CANCEL and unfilled_exits(desk.book, position) < MOST_EXITS:
            desk.leave(pair.name, symbol, None, Code.TAKE_PROFIT)


def chase(traders: Traders, symbol: str) -> None:
    """Give an exit that the market has left behind a price at which it can execute.

    Where it is, it may rest for ever. A target waits for its price, and a kill sees to what it closes with by itself.
    """
    desk, book = traders.desk, traders.desk.book
    limits = [o for o in book.open_orders[symbol].values() if o.reduce_only and o.type is OrderType.LIMIT]
    if not limits:
        return  # The way of nearly every quote.
    px, apart = book.mark_px(symbol), closing_orders(book)
    limits = [o for o in limits if o.oid not in apart]
    for order in [o for o in limits if px and o.limit and (px - o.limit) * o.side.sign > 0]:
        is_still = order.status in (Status.WORKING, Status.PARTIAL) and not is_going(book, order)
        is_exit = not is_target(order) or book.position(order.deployment, symbol).is_watched
        if is_still and is_exit:
            draft = Draft(
                account=order.account, deployment=order.deployment, instrument=symbol, side=order.side,
                qty=order.leaves, type=OrderType.MARKET, tif=order.tif, reduce_only=True, reason=order.reason,
            )  # fmt: skip
            limit = desk.priced(draft).limit or collared(book, symbol, order.side, COLLAR)
            desk.emit(
                fx.Amend(
                    oid=order.oid, account=order.account, qty=order.qty, limit=limit, reason=order.reason,
                    is_pair=not book.spec.accounts[order.account].caps.in_place,
                )
            )  # fmt: skip


def on_refused(traders: Traders, pair: Pair, order: Order, update: ev.OrderUpdate) -> None:
    """Say that a venue has refused an exit, and get out of what has lost its stop by that."""
    desk, name, symbol = traders.desk, pair.name, pair.symbol
    if is_target(order):
        # What is held is no less protected than before, and nobody has said that it should be sold.
        text = f"{name} {symbol}: its price is watched here, the venue rejected the target {order.oid} {update.text}"
        desk.emit(fx.Alert(level="warning", key=f"target/{order.oid}", text=text.strip()))
    elif is_protective(order):
        # Protection stands in its holding's group; what a kill closes with does not.
        desk.expose(pair, f"the venue rejected {order.oid} {update.text}".strip())
    else:
        text = f"{name} {symbol}: the venue rejected the exit {order.oid} {update.text}".strip()
        desk.emit(fx.Alert(level="critical", key=f"exit_rejected/{order.oid}", text=text))


def on_timer(traders: Traders, key: str) -> None:
    """Sound the alarm once more while a holding is exposed, and try to protect it again."""
    desk = traders.desk
    deployment, _, symbol = key.partition("/")
    pair = traders.pair(deployment, symbol)
    if key not in desk.book.truth.exposed or pair is None:
        return
    desk.warn_exposed(pair.name, pair.symbol, f"still, since {desk.book.truth.exposed[key]} ns")
    desk.guard(pair)
    desk.emit(fx.SetTimer(deployment="", name=f"exposed/{key}", at=desk.ts + MINUTE_NS))


def retreat(traders: Traders, pair: Pair, order: Order) -> None:
    """After a market exit was refused, try once with a limit at the collar.

    Then only the alarm is left.
    """
    desk, book = traders.desk, traders.desk.book
    is_protected = any(o.type in STOPS and o.reduce_only for o in book.pair_orders(pair.name, pair.symbol))
    is_gone = f"delisted/instrument:{pair.symbol}" in book.truth.latches
    if is_protected or is_gone or desk.tier_over(pair) >= CANCEL:
        return
    draft = exit_draft(book, pair.name, pair.symbol, order.qty, Code.EMERGENCY_STOP)
    limit = None if draft is None else collared(book, pair.symbol, draft.side, COLLAR)
    if draft is None or limit is None:
        return
    desk.send(msgspec.structs.replace(draft, type=OrderType.LIMIT, limit=limit, tif=Tif.DAY, oco=""))
