"""What the line to an account outside the process changes in the truth.

Links, states told, doubts and their ends.
"""

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core import order as orders
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.contact import Pending, stray_key
from openbell.core.order import Happening, Order, Outcome
from openbell.core.types import Status

ORDERS = "orders"
"""The channel of `Link` that carries orders and what becomes of them."""
CLOCK = "clock"
"""The channel of `Link` that says whether the venue's clock agrees with ours."""
MOST_DISPUTES = 3
"""How often a venue may call an order ended while executions are missing before it is believed."""
MOST_QUESTIONS = 5
"""So many questions about one order may wait for an answer; those before them count as lost."""
UNANSWERED = frozenset({Status.SENT, Status.CANCELLING, Status.REPLACING})
"""Statuses in which a request of ours is on its way."""
_ENDINGS = frozenset({Happening.REJECTED, Happening.CANCELLED, Happening.EXPIRED})


def apply_link(book: Book, link: ev.Link) -> None:
    """Note that the order channel came up or went down, or whether the clocks agree.

    Whichever way the channel went, what we know has to be told anew.
    """
    contact, why = book.truth.contacts.get(link.account), "" if link.is_up else link.text
    if contact is not None and link.channel == CLOCK:
        contact.apart = why
    if contact is None or link.channel != ORDERS:
        return
    contact.is_up, contact.is_ready, contact.asked, contact.why = link.is_up, False, 0, why
    if link.is_up:
        contact.since = book.truth.ts


def apply_state(book: Book, state: ev.BrokerState) -> None:
    """Keep what an account's venue last told.

    Half an answer, and one older than the last, change nothing.
    """
    contact = book.truth.contacts.get(state.account)
    if contact is None or state.failed or state.as_of < contact.as_of:
        return
    contact.asked, contact.as_of, contact.positions = 0, state.as_of, dict(state.positions)
    contact.strays = {stray_key(listed): listed for listed in state.orders if ours(book, state.account, listed) is None}


def by_number(book: Book, account: str, symbol: str, number: str) -> Order | None:
    """Return the order that a venue means by its own id; None for none.

    In another account or instrument the same id may be another order's.
    """
    found = (o for o in book.truth.orders.values() if number and o.is_called(number))
    return next((o for o in found if (o.account, o.instrument) == (account, symbol)), None)


def ours(book: Book, account: str, listed: ev.VenueOrder) -> Order | None:
    """Return the open order that an account's venue lists.

    It is found by our id or, where the venue does not tell that, by its own.
    """
    order = book.truth.orders.get(listed.oid)
    if order is None and not listed.oid:
        order = by_number(book, account, listed.instrument, listed.venue_order)
    return order if order is not None and order.is_open else None


# --- orders -----------------------------------------------------------------------------------------------------


def hear(book: Book, order: Order, update: ev.OrderUpdate) -> Outcome:
    """Move an order of an outside account as its venue says.

    An ending is not believed while executions are missing.
    """
    pending, happening = book.truth.pending.get(order.oid), update.happening
    if pending is None:
        _see_again(book, order, update)
        return orders.apply_update(order, update)
    if _heard_too_late(pending, update):
        # Long under way, it would put back what the venue has changed, or said, since.
        return Outcome.SAME
    is_answer, is_early = bool(pending.asked), bool(pending.open) and pending.open[0] <= pending.changed
    if happening == Happening.ABSENT:
        _note_absent(book, order, pending, update.time)
    elif update.venue_order or happening not in (Happening.LOST, Happening.CANCEL_REFUSED):
        # A venue that refuses and calls the order by its own number has it.
        note_there(book, order)
    if happening != Happening.ACCEPTED or update.filled is not None:
        # A late acknowledgement answers no question.
        pending.asked = 0
    if update.filled is not None:
        # What an answer states is the newest: a bust makes it less. It answers the first question that is open.
        stated = update.filled if is_answer else max(pending.claimed, update.filled)
        pending.claimed, pending.open = stated, pending.open[1:]
    if happening not in orders.VENUE_WORDS:
        # Nobody has told us what this word means: it proves nothing.
        return orders.transition(order, Happening.LOST, update.ts)
    is_doubted = pending.claimed > order.filled or (update.filled is None and _has_twin(book, order))
    if happening in _ENDINGS and is_doubted and pending.disputes < MOST_DISPUTES:
        pending.disputes += 1
        return orders.transition(order, Happening.LOST, update.ts)
    # With a change on its way or in doubt an answer may be from before it, as one that was long under way is.
    is_stated = (
        is_answer
        and happening == Happening.ACCEPTED
        and order.status is not Status.REPLACING
        and not (is_early and order.wanted is not None)
        and update.time >= pending.told
    )
    outcome = orders.apply_update(order, update, is_answer=is_stated)
    if is_stated or happening in (Happening.REPLACED, Happening.REDUCED):
        pending.told = max(pending.told, update.time)
    settle(book, order)
    return outcome


def _heard_too_late(pending: Pending, update: ev.OrderUpdate) -> bool:
    """Keep in mind a refused change, and return True for a word about a change that has been overtaken.

    The venue has said something else since, by its own clock. A refusal that is told again, or behind an answer, is not
    of the change that was asked for upon those.
    """
    if update.happening != Happening.REPLACE_REFUSED:
        return update.happening in (Happening.REPLACED, Happening.REDUCED) and update.time < pending.told
    is_again = 0 < update.time <= pending.refused
    pending.refusals += not is_again
    pending.refused = max(pending.refused, update.time)
    return is_again or 0 < update.time < pending.told


def _note_absent(book: Book, order: Order, pending: Pending, time: int) -> None:
    """Note that the venue has not had an order at an instant of its own, ns.

    Our clock may have leapt since the order was sent: the venue's says how long it had to show it between two answers.
    """
    outside = book.spec.accounts[order.account].outside
    if outside is None or not pending.asked or pending.asked - pending.sent < outside.visibility:
        return
    if not pending.absent or time < pending.absent_told:
        pending.absent, pending.absent_told = pending.asked, time
    elif pending.asked - pending.absent >= outside.query_gap and time - pending.absent_told >= outside.visibility:
        # What it said of changes before that is of an order that it has not: sent anew, it is as it was.
        pending.is_absent, pending.told = True, max(pending.told, time)


def _see_again(book: Book, order: Order, update: ev.OrderUpdate) -> None:
    """Count an order that the venue did not have, twice, and has after all: it lives there and not here."""
    if update.happening != Happening.ACCEPTED or order.code != Code.ABSENT or order.status is not Status.REJECTED:
        return
    book.truth.contacts[order.account].strays[order.oid] = ev.VenueOrder(
        oid=order.oid, venue_order=update.venue_order, instrument=order.instrument, side=order.side, type=order.type,
        qty=order.qty, filled=order.filled, status=Status.WORKING, limit=order.limit, stop=order.stop,
    )  # fmt: skip


def is_in_doubt(book: Book, order: Order, pending: Pending) -> bool:
    """Return True while it is open where an order is, what it has executed, or whether twice."""
    return (
        order.status is Status.UNKNOWN
        or pending.claimed > order.filled
        or pending.disputes > 0
        or _has_twin(book, order)
    )


def is_going(book: Book, order: Order) -> bool:
    """Return True while a cancel is on its way or will be repeated, once its pause is over.

    Whoever wants it gone and hears the venue again and again must not send one with each word.
    """
    timers, pending = book.truth.timers, book.truth.pending.get(order.oid)
    return (
        order.status is Status.CANCELLING
        or f"/cancel/{order.oid}" in timers
        or (pending is not None and pending.is_unwanted and f"/query/{order.oid}" in timers)
    )


def _has_twin(book: Book, order: Order) -> bool:
    return any(fill.oid == order.oid for fill in book.truth.contacts[order.account].held)


def settle(book: Book, order: Order) -> None:
    """Forget what was waited for once the venue has said it: its timers go with it."""
    truth, pending = book.truth, book.truth.pending.get(order.oid)
    if pending is None or order.status in UNANSWERED:
        return
    if not order.is_open or not is_in_doubt(book, order, pending):
        pending.asks = 0
        truth.timers.pop(f"/query/{order.oid}", None)
    truth.timers.pop(f"/ack/{order.oid}", None)
    if not order.is_open:
        truth.timers.pop(f"/cancel/{order.oid}", None)
        del truth.pending[order.oid]


def apply_lose(book: Book, effect: fx.Lose, ts: int) -> None:
    """Make an order UNKNOWN."""
    order = book.truth.orders.get(effect.oid)
    if order is not None:
        orders.transition(order, Happening.LOSE, ts)
        settle(book, order)


def apply_resend(book: Book, effect: fx.Resend, ts: int) -> None:
    """Count an order that the venue never had as sent anew."""
    order, pending = book.truth.orders.get(effect.oid), book.truth.pending.get(effect.oid)
    if order is None or pending is None or orders.transition(order, Happening.RESEND, ts) is Outcome.ILLEGAL:
        book.truth.counts.illegal += 1
        return
    # What goes is the order as it was: a change of it that the venue never had is asked for anew.
    order.wanted = None
    note_sent(book, effect.account, effect.oid, ts)
    pending.resends += 1


def note_sent(book: Book, account: str, oid: str, ts: int) -> None:
    """Note that something about an order left for a venue outside the process."""
    if account not in book.truth.contacts:
        return
    pending = book.truth.pending.setdefault(oid, Pending(sent=ts))
    pending.sent = pending.changed = ts
    pending.asks, pending.asked, pending.absent, pending.is_absent = 0, 0, 0, False


def note_there(book: Book, order: Order | None) -> None:
    """Note that the venue has just had an order, of which it spoke or told an execution.

    An `absent` sooner than the venue's visibility after this proves nothing, whatever our clock did.
    """
    if order is not None and (pending := book.truth.pending.get(order.oid)) is not None:
        pending.asks, pending.absent, pending.is_absent, pending.sent = 0, 0, False, max(pending.sent, book.truth.ts)


def note_cancel(book: Book, cancel: fx.Cancel, ts: int) -> None:
    """Note that a cancel left for a venue outside the process.

    It makes no order appear there, so what proves that there is none goes on, however often it is repeated.
    """
    if cancel.account in book.truth.contacts:
        pending = book.truth.pending.setdefault(cancel.oid, Pending(sent=ts))
        pending.cancels += 1
        pending.is_unwanted = True


def apply_query(book: Book, query: fx.Query, ts: int) -> None:
    """Note what the venue was asked."""
    if query.oid:
        pending = book.truth.pending.get(query.oid)
        if pending is not None:
            pending.listed = pending.listed if pending.asked else ()
            pending.asks, pending.asked = pending.asks + 1, pending.asked or ts
            pending.open = (*pending.open, ts)[-MOST_QUESTIONS:]
        return
    contact = book.truth.contacts.get(query.account)
    if contact is not None and not contact.asked:
        contact.asked = ts


# --- what a comparison found -------------------------------------------------------------------------------------


def apply_compared(book: Book, effect: fx.Compared, ts: int) -> None:
    """Open or close an account's gate, and keep what has to be asked once more."""
    contact = book.truth.contacts[effect.account]
    contact.is_ready = effect.is_ready
    contact.suspects = dict(effect.suspects)
    if effect.as_of:
        contact.is_known = True


def apply_mismatch(book: Book, effect: fx.Mismatch, ts: int) -> None:
    """Note that an instrument disagrees with its venue, or agrees again."""
    key = f"{effect.account}/{effect.instrument}"
    if effect.is_on:
        book.truth.mismatched[key] = effect.why
    else:
        book.truth.mismatched.pop(key, None)


def apply_expose(book: Book, effect: fx.Expose, ts: int) -> None:
    """Note that a holding lacks protection, or no longer does."""
    key = f"{effect.deployment}/{effect.instrument}"
    if effect.is_on:
        book.truth.exposed.setdefault(key, ts)
    else:
        book.truth.exposed.pop(key, None)
        book.truth.timers.pop(f"/exposed/{key}", None)


def apply_freeze(book: Book, effect: fx.Freeze, ts: int) -> None:
    """Keep a deployment from trading, or let it trade again."""
    if effect.is_on:
        book.truth.frozen[effect.deployment] = effect.why
    else:
        book.truth.frozen.pop(effect.deployment, None)
