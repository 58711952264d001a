"""What the line to an account outside the process changes in the truth.

Links, states told, doubts and their ends.
"""

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core import order as orders
from openbell.core.book import Book
from openbell.core.contact import Pending, stray_key
from openbell.core.order import Happening, Outcome


def apply_link(book: Book, link: ev.Link) -> None:
    """Note that the order channel came up or went down.

    Either way what we know has to be told anew.
    """
    contact = book.truth.contacts.get(link.account)
    if contact is None or link.channel != ORDERS:
        return
    contact.is_up = link.is_up
    contact.is_ready = False
    contact.asked = 0
    if link.is_up:
        contact.since = link.ts


ORDERS = "orders"
"""The channel of `Link` that carries orders and what becomes of them."""


def apply_state(book: Book, state: ev.BrokerState) -> None:
    """Keep what an account's venue last told.

    Half an answer, and one older than the last, change nothing.
    """
    contact = book.truth.contacts.get(state.account)
    if contact is None or state.failed or state.as_of < contact.as_of:
        return
    contact.asked = 0
    contact.as_of = state.as_of
    contact.positions = dict(state.positions)
    contact.strays = {stray_key(listed): listed for listed in state.orders if not _is_open(book, listed.oid)}


def _is_open(book: Book, oid: str) -> bool:
    order = book.truth.orders.get(oid)
    return order is not None and order.is_open


def apply_lose(book: Book, effect: fx.Lose, ts: int) -> None:
    """Make an order UNKNOWN."""
    order = book.truth.orders.get(effect.oid)
    if order is not None:
        orders.transition(order, Happening.LOSE, ts)


def apply_resend(book: Book, effect: fx.Resend, ts: int) -> None:
    """Count an order that the venue never had as sent anew."""
    order = book.truth.orders.get(effect.oid)
    if order is None or orders.transition(order, Happening.RESEND, ts) is Outcome.ILLEGAL:
        book.truth.counts.illegal += 1
        return
    note_sent(book, effect.account, effect.oid, ts)


def note_sent(book: Book, account: str, oid: str, ts: int) -> None:
    """Note that something about an order left for a venue outside the process."""
    if account not in book.truth.contacts:
        return
    pending = book.truth.pending.get(oid)
    if pending is None:
        book.truth.pending[oid] = Pending(sent=ts)
    else:
        pending.sent, pending.asks, pending.absent = ts, 0, 0


def note_cancel(book: Book, cancel: fx.Cancel, ts: int) -> None:
    """Note that a cancel left for a venue outside the process."""
    note_sent(book, cancel.account, cancel.oid, ts)
    pending = book.truth.pending.get(cancel.oid)
    if pending is not None:
        pending.cancels += 1
        pending.is_unwanted = True


def apply_query(book: Book, query: fx.Query, ts: int) -> None:
    """Note what the venue was asked."""
    if query.oid:
        pending = book.truth.pending.get(query.oid)
        if pending is not None:
            pending.asks += 1
        return
    contact = book.truth.contacts.get(query.account)
    if contact is not None and not contact.asked:
        contact.asked = ts


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


def apply_freeze(book: Book, effect: fx.Freeze, ts: int) -> None:
    """Keep a deployment from trading, or let it trade again."""
    if effect.is_on:
        book.truth.frozen[effect.deployment] = effect.why
    else:
        book.truth.frozen.pop(effect.deployment, None)
