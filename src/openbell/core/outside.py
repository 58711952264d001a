"""Orders at a venue outside the process: when to doubt, what to ask, when to believe.

Silence never ends an order. A request that is not answered makes it UNKNOWN; it is asked after until the venue has
spoken; only two answers of "no such order", far enough apart, prove that there is none.
"""

from openbell.core import adopt, exposed, reconcile
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.contact import Pending
from openbell.core.ladder import CANCEL
from openbell.core.line import CLOCK, ORDERS, UNANSWERED, is_in_doubt
from openbell.core.order import VENUE_WORDS, Happening, Order
from openbell.core.owner import is_held, let_go, nameless, owner
from openbell.core.room import exits, is_protective
from openbell.core.traders import Traders
from openbell.core.types import OrderType, Status
from openbell.core.view import Pair

MOST_CANCELS = 3
"""Cancels sent for one order before a person is told that it cannot be cancelled."""
MOST_DOUBLINGS = 6
"""The pause before the next cancel of an order doubles so often; from then on it is repeated at that pace, for ever."""
MOST_RESENDS = 2
"""How often an exit is sent again under its id."""
MOST_REFUSALS = 3
"""Refused changes of one order before it is taken back, to be made anew."""
_REQUESTS = (fx.Submit, fx.Amend, fx.Cancel, fx.Resend)
_TOLD = {True: (Happening.ACCEPTED,), False: (Happening.ACCEPTED, Happening.REDUCED)}
"""Words that say that an order stands, while its deployment holds something and while it is flat."""


def follow(traders: Traders, event: ev.Event) -> None:
    """Set the timer of every request just made of a venue outside the process.

    Look at what the step has left without protection, too.
    """
    desk = traders.desk
    if isinstance(event, (ev.Bar, ev.Quote)):
        exposed.watch_targets(traders, event.instrument)
        exposed.chase(traders, event.instrument)
    else:
        exposed.look(traders)
    for effect in tuple(desk.out):
        if isinstance(effect, _REQUESTS):
            spec = desk.book.spec.accounts[effect.account].outside
            if spec is not None and effect.oid in desk.book.truth.pending:
                desk.emit(fx.SetTimer(deployment="", name=f"ack/{effect.oid}", at=desk.ts + spec.ack_timeout))


def on_timer(traders: Traders, timer: ev.Timer) -> None:
    """Take one of the engine's own timers.

    They are `ack/OID`, `query/OID`, `cancel/OID`, `reconcile/ACCOUNT` and `exposed/DEPLOYMENT/INSTRUMENT`.
    """
    kind, _, rest = timer.name.partition("/")
    if kind in ("reconcile", "exposed"):
        (reconcile if kind == "reconcile" else exposed).on_timer(traders, rest)
        return
    order = traders.desk.book.truth.orders.get(rest)
    pending = traders.desk.book.truth.pending.get(rest)
    if order is None or pending is None:
        return
    if kind == "ack" and order.status in UNANSWERED:
        _doubt(traders, order, "no answer")
    elif kind == "query" and is_in_doubt(traders.desk.book, order, pending):
        ask(traders, order)
    elif kind == "cancel" and order.status not in (Status.UNKNOWN, *UNANSWERED):
        traders.desk.emit(fx.Cancel(oid=order.oid, account=order.account, reason=Code.OPERATOR))


_WORDS = {
    (ORDERS, None): ("link", "the order line is closed:"),
    (ORDERS, True): ("link", "the order line is up"),
    (ORDERS, False): ("link", "the order line is DOWN: entries are refused until the venue has been heard again:"),
    (CLOCK, True): ("clock", "the clocks agree again, entries may pass:"),
    (CLOCK, False): ("clock", "entries are refused until the clocks agree:"),
}


def on_link(traders: Traders, link: ev.Link) -> None:
    """Tell a person of the line and the clocks, and doubt every request on its way.

    With the line up, ask for all of them and for the whole account.
    """
    desk, told = traders.desk, _WORDS.get((link.channel, None if link.is_meant else link.is_up))
    if link.account not in desk.book.truth.contacts or told is None:
        return
    level, text = "info" if link.is_up or link.is_meant else "error", f"{link.account}: {told[1]} {link.text}"
    desk.emit(fx.Alert(level=level, key=f"{told[0]}/{link.account}", text=text.strip(" :")))
    for order in [
        o
        for found in desk.book.open_orders.values()
        for o in found.values()
        if o.account == link.account and link.channel == ORDERS
    ]:
        if order.status in UNANSWERED:
            desk.emit(fx.Lose(oid=order.oid, account=order.account, why="its answer may have been lost with the line"))
        if order.status is Status.UNKNOWN and link.is_up:
            ask(traders, order)
    if link.is_up and link.channel == ORDERS:
        reconcile.ask(traders, link.account)


def _doubt(traders: Traders, order: Order, why: str) -> None:
    """Own up to not knowing an order's fate, and ask."""
    desk = traders.desk
    desk.emit(fx.Lose(oid=order.oid, account=order.account, why=why))
    text = f"{order.oid} ({order.side} {order.qty:f} {order.instrument}) is UNKNOWN: {why}"
    desk.emit(fx.Alert(level="warning", key=f"unknown/{order.oid}", text=text))
    ask(traders, order)


def ask(traders: Traders, order: Order) -> None:
    """Ask what became of an order, again and more and more rarely while nothing is answered.

    Nothing is asked while the line is down.
    """
    desk = traders.desk
    spec, contact = desk.book.spec.accounts[order.account].outside, desk.book.truth.contacts.get(order.account)
    pending = desk.book.truth.pending.get(order.oid)
    if spec is None or contact is None or pending is None or not contact.is_up:
        return  # Asked as soon as the line is up.
    wait = spec.query_gap * min(1 << min(pending.asks, 8), SLOWEST)
    desk.emit(fx.Query(account=order.account, oid=order.oid))
    desk.emit(fx.SetTimer(deployment="", name=f"query/{order.oid}", at=desk.ts + wait))


SLOWEST = 3
"""Longest wait between two questions about one order, in gaps: an order must not stay unknown for a minute."""


# --- what the venue says -----------------------------------------------------------------------------------------


def on_update(traders: Traders, order: Order, update: ev.OrderUpdate) -> None:
    """Ask on, try again or give up, after the venue (or the edge) has spoken of an order."""
    desk = traders.desk
    pending = desk.book.truth.pending.get(order.oid)
    pair = traders.pair(order.deployment, order.instrument)
    is_exit = order.reduce_only and order.type is OrderType.MARKET
    if order.reduce_only and not order.is_open:
        leave_rests(traders, order)
    is_refused = desk.book.is_end and order.status is Status.REJECTED and is_exit
    if is_refused and pair is not None and pair.position.qty:
        exposed.retreat(traders, pair, order)
    if pending is None:
        _lay_to_rest(traders, order, update)
        return
    is_asking = f"/query/{order.oid}" in desk.book.truth.timers
    is_lost = update.happening == Happening.LOST or update.happening not in VENUE_WORDS
    if update.happening == Happening.CANCEL_REFUSED or (is_lost and not is_asking):
        _doubt(traders, order, f"{update.happening} {update.text}".strip().replace("_", " "))
    elif pending.is_absent and order.status is Status.UNKNOWN:
        _give_up(traders, order, pending)
    elif is_in_doubt(desk.book, order, pending) and not is_asking:
        # Also where an old "no such order" comes behind the venue's yes: nothing stays in doubt without a question.
        ask(traders, order)
    elif order.status in (Status.WORKING, Status.PARTIAL) and pending.is_unwanted:
        _cancel_again(traders, order, pending)
    elif pair is not None and not is_exit and update.happening in _TOLD[bool(pair.position.qty)]:
        # What was to be changed while it was in doubt, or was held by a fill without a name, is protected now, and
        # what stands although its holding is gone is taken back.
        desk.guard(pair)


def is_stuck(traders: Traders, order: Order, update: ev.OrderUpdate) -> bool:
    """Return True if the change of an order was refused, and would be again.

    In the process too late means for good; outside a refusal may be a mood of the line.
    """
    pending = traders.desk.book.truth.pending.get(order.oid)
    is_final = update.code == Code.TOO_LATE if pending is None else pending.refusals >= MOST_REFUSALS
    return is_final and order.is_open and update.happening == Happening.REPLACE_REFUSED


def leave_rests(traders: Traders, order: Order) -> None:
    """Let other deployments leave what they could not beside an exit that has ended."""
    for position in list(traders.desk.book.holders[order.instrument]):
        pair = traders.pair(position.deployment, order.instrument)
        if pair is not None and position.account == order.account and position.deployment != order.deployment:
            traders.desk.leave_unwanted(pair)


def leave_waiting(traders: Traders, pair: Pair, ended: Order) -> None:
    """Leave what is not wanted any more where that has waited for the end of an exit.

    A kill takes back what was on its way when it came. While another exit stands, one that protected may have ended
    because that one was executed, which is told later.
    """
    desk = traders.desk
    is_alone = not is_protective(ended) or not exits(desk.book, pair.position)
    if is_alone and desk.tier_over(pair, ended.index) < CANCEL:
        desk.leave_unwanted(pair)


def on_fill(traders: Traders, fill: ev.Fill) -> None:
    """Ask whose a fill is that waits for a name.

    Look at what one that is not ours leaves to our deployments. Nothing is told twice of one that is no news.
    """
    desk, truth = traders.desk, traders.desk.book.truth
    order = owner(desk.book, fill)
    if is_held(truth.contacts[fill.account], fill):
        for one in [order] if order is not None else nameless(desk.book, fill):
            if f"/query/{one.oid}" not in truth.timers:
                _ask_about(traders, one)
        return
    late = let_go(desk.book, fill)
    if fill.instrument in desk.book.spec.instruments:
        # Also where our own fill, early or late, meets what was traded by hand before it.
        adopt.freeze_outsold(traders, fill.account, fill.instrument, "traded by hand")
    if late is not None and (pair := traders.pair(late.deployment, late.instrument)) is not None:
        oid = late.oid or fill.oid
        text = f"late fill of {oid}, long ended: {fill.side} {fill.qty:f} {fill.instrument} at {fill.px:f}"
        if desk.book.is_news:
            desk.emit(fx.Alert(level="error", key=f"late fill/{oid}", text=text))
        desk.guard(pair)
        desk.leave_unwanted(pair)
    elif order is not None and order.overfill and order.deployment not in truth.frozen:
        desk.emit(
            fx.Freeze(
                deployment=order.deployment, is_on=True, why=f"{order.oid} executed {order.filled:f} of {order.total:f}"
            )
        )


def _ask_about(traders: Traders, order: Order) -> None:
    """Ask whose an execution is that looks like one of an order.

    One that was dropped before is told again with every answer: what it is may have changed, but not by the next word.
    """
    desk, pending = traders.desk, traders.desk.book.truth.pending.get(order.oid)
    spec = desk.book.spec.accounts[order.account].outside
    if spec is None or pending is None or not pending.drops:
        ask(traders, order)
    else:
        wait = spec.query_gap * min(pending.drops, SLOWEST)
        desk.emit(fx.SetTimer(deployment="", name=f"query/{order.oid}", at=desk.ts + wait))


def _lay_to_rest(traders: Traders, order: Order, update: ev.OrderUpdate) -> None:
    """Cancel an order that lives at the venue although we had its word that there is none."""
    desk = traders.desk
    if order.oid in desk.book.truth.contacts[order.account].strays and update.happening == Happening.ACCEPTED:
        desk.emit(
            fx.Alert(
                level="error",
                key=f"stray/{order.oid}",
                text=f"{order.oid} lives at the venue, which had twice not known it; it is cancelled",
            )
        )
        desk.emit(fx.Cancel(oid=order.oid, account=order.account, reason=Code.ABSENT))


def _cancel_again(traders: Traders, order: Order, pending: Pending) -> None:
    """Cancel an order once more that lives on, after a pause that grows; a person is told of one that will not go."""
    desk, spec = traders.desk, traders.desk.book.spec.accounts[order.account].outside
    if spec is not None and f"/cancel/{order.oid}" not in desk.book.truth.timers:
        wait = spec.query_gap << min(pending.cancels - 1, MOST_DOUBLINGS)
        desk.emit(fx.SetTimer(deployment="", name=f"cancel/{order.oid}", at=desk.ts + wait))
        if pending.cancels >= MOST_CANCELS:
            text = f"{order.oid} ({order.side} {order.qty:f} {order.instrument}) lives after {pending.cancels} cancels"
            desk.emit(fx.Alert(level="critical", key=f"cancel/{order.oid}", text=text))


def _give_up(traders: Traders, order: Order, pending: Pending) -> None:
    """Send an exit again that the venue never had, or end the order and let the guard make another."""
    desk, spec = traders.desk, traders.desk.book.spec.accounts[order.account].outside
    can_repeat = spec is not None and spec.dedupes and not order.venue_order and not pending.is_unwanted
    is_needed = order.leaves <= -order.side.sign * desk.book.position(order.deployment, order.instrument).qty
    if can_repeat and order.reduce_only and pending.resends < MOST_RESENDS and is_needed:
        desk.emit(fx.Resend(oid=order.oid, account=order.account))
        return
    desk.emit(fx.Bury(oid=order.oid, account=order.account))
    text = f"{order.oid} ({order.side} {order.qty:f} {order.instrument}) is not at the venue: asked twice"
    desk.emit(fx.Alert(level="warning", key=f"absent/{order.oid}", text=text))
    pair = traders.pair(order.deployment, order.instrument)
    if pair is None:
        return
    is_exit = order.reduce_only and order.type is OrderType.MARKET and bool(pair.position.qty)
    if is_exit and not pending.is_unwanted:
        desk.leave(order.deployment, order.instrument, order.qty, order.reason)
    desk.guard(pair)
    if order.reduce_only and pending.is_unwanted:
        leave_waiting(traders, pair, order)
    elif not order.reduce_only:
        desk.fulfil(pair)
