"""Whose an execution at a venue outside the process is, and what its word changes.

Executions may come before the venue has named our order, twice under two ids, long after the order has ended, or of
orders that are not ours. Each changes a position exactly once; none is dropped.
"""

from decimal import Decimal

from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core import ledger, line
from openbell.core.book import Book, count
from openbell.core.codes import Code
from openbell.core.contact import Contact, Ended
from openbell.core.order import Happening, Order, Outcome, execution_key, loose_ends, transition
from openbell.core.types import ZERO, OrderType, Status, Tif

MOST_HELD = 1000
"""Fills that may wait for a name at once; more are booked as not ours, and moved by a person."""


def apply_fill(book: Book, fill: ev.Fill) -> None:
    """Book an execution, of any account, on whose it is."""
    contact = book.truth.contacts.get(fill.account)
    book.is_news, book.booked = is_news(book, fill), []
    if contact is None:
        if book.is_news:
            book.booked.append((fill, book.truth.orders.get(fill.oid)))
        ledger.apply_fill(book, fill)
    elif fill.qty <= 0 and not fill.is_bust:
        book.truth.counts.illegal += 1
    else:
        _find_owner(book, contact, fill)
        _release_held(book, contact)


def apply_bury(book: Book, effect: fx.Bury, ts: int) -> None:
    """End an order that its venue has twice not known.

    What might have been its executions is somebody else's.
    """
    order, pending = book.truth.orders.get(effect.oid), book.truth.pending.get(effect.oid)
    if order is None or pending is None or not pending.is_absent:
        book.truth.counts.illegal += 1
        return
    transition(order, Happening.CANCELLED if order.filled else Happening.REJECTED, ts)
    order.code = Code.ABSENT
    count(book.truth.counts.rejected, Code.ABSENT)
    line.settle(book, order)
    ledger.shelve(book, order)
    _release_held(book, book.truth.contacts[effect.account])


def _find_owner(book: Book, contact: Contact, fill: ev.Fill) -> None:
    truth = book.truth
    order = owner(book, fill)
    if order is not None:
        pending, key, alike = truth.pending.get(order.oid), execution_key(fill, fill.exec_id), twins(order, fill)
        is_full = order.filled + fill.qty > order.total
        if pending is not None and pending.asked:
            # One that there is no room for is another one's other name. It waits and is listed by its own, once: told
            # again by the same answer, it is not two.
            is_other = is_full and bool(alike) and not fill.supersedes
            names = [key] if key in order.executions or is_held(contact, fill) or is_other else []
            # What was listed before a correction of something never told may be what that stands for by now.
            pending.listed = (
                () if fill.supersedes and alike and not names else tuple(dict.fromkeys((*pending.listed, *names)))
            )
        # Room alone proves nothing: more may have executed than was ordered. Where nobody is left to ask, a correction
        # of the size of all that stands is of that; one made before that was is an older link of its chain.
        stood = [order.executions[key] for key in alike]
        is_clear = is_full and pending is None and bool(fill.supersedes) and [abs(o.qty) for o in stood] == [fill.qty]
        is_older = is_clear and stood[0].time > fill.time
        if not alike or (is_clear and not is_older):
            _stand_in(order, fill, alike)
            _book(book, contact, fill, order)
        elif len(contact.held) < MOST_HELD and not is_older and (fill.supersedes or pending is not None):
            # A correction waits for what it corrects, which may be told behind it, though the order has ended.
            _hold(contact, replace(fill, oid=order.oid))
        else:
            truth.counts.duplicates += 1
        return
    old = let_go(book, fill)
    if old is not None and twins(old, fill):
        truth.counts.duplicates += 1
    elif old is not None and old.instrument == fill.instrument and old.side is fill.side:
        _book_late(book, contact, fill, old)
    elif old is None and (not fill.oid or ledger.is_forgotten(book, fill.oid)) and fill.time <= truth.ended_until:
        # So old that nobody remembers: what was not booked then was found by a comparison long ago.
        truth.counts.duplicates += 1
    elif nameless(book, fill) and len(contact.held) < MOST_HELD:
        _hold(contact, fill)
    else:
        _book(book, contact, fill, None)


def owner(book: Book, fill: ev.Fill) -> Order | None:
    """Return the order that a fill names, by our id or else by the venue's.

    None where it does not fit.
    """
    order = book.truth.orders.get(fill.oid)
    if not fill.oid:
        order = line.by_number(book, fill.account, fill.instrument, fill.venue_order)
    if order is None or (order.account, order.instrument) != (fill.account, fill.instrument):
        return None
    return order if order.side is fill.side else None


def let_go(book: Book, fill: ev.Fill) -> Ended | None:
    """Return the order that a fill names and the book has let go of.

    Another system's order may have its number; its side tells them apart.
    """
    if fill.oid or not fill.venue_order or owner(book, fill) is not None:
        return book.truth.ended.get(fill.oid)
    known, key = book.spec.deployments, (fill.account, fill.instrument, fill.side)
    found = (o for o in book.truth.ended.values() if fill.venue_order in o.numbers and o.deployment in known)
    return next((o for o in found if (known[o.deployment].account, o.instrument, o.side) == key), None)


def is_news(book: Book, fill: ev.Fill) -> bool:
    """Return True for an execution, or the end of one, that has not been told before.

    A venue lists its executions again with every answer.
    """
    truth, order = book.truth, owner(book, fill)
    ours = order if order is not None else let_go(book, fill)
    known = truth.executions if ours is None else ours.executions
    before = f"{fill.account}/{fill.instrument}/" if ours is None else ""
    if fill.is_bust:
        old = known.get(before + execution_key(fill, fill.supersedes))
        return old is None or bool(old.qty)
    return before + execution_key(fill, fill.exec_id) not in known


def twins(order: Order | Ended, fill: ev.Fill) -> list[str]:
    """Return the keys of an order's executions that a fill may be once more.

    They have the same moment, price and quantity under another id. Or it corrects one that was never told: then each
    that stands may be what was corrected in between; told behind such a one, an execution may be where its chain began.
    """
    if not {execution_key(fill, fill.exec_id), execution_key(fill, fill.supersedes)}.isdisjoint(order.executions):
        return []
    if fill.supersedes:
        return [] if fill.is_bust else [key for key, done in order.executions.items() if done.qty]
    alike, loose = (fill.qty * fill.side.sign, fill.px, fill.time), loose_ends(order.executions, fill.time)
    return [key for key, done in order.executions.items() if (done.qty, done.px, done.time) == alike or key in loose]


def _stand_in(order: Order, fill: ev.Fill, keys: list[str]) -> None:
    """Take the executions that a correction is meant to stand for, if any, for the one that it names."""
    for key in keys:
        old, named = order.executions[key], execution_key(fill, fill.supersedes)
        order.executions = order.executions | {key: replace(old, qty=ZERO, fee=ZERO, time=0), named: old}


def _meant(order: Order, fill: ev.Fill, lacks: list[str], others: list[ev.Fill]) -> list[str]:
    """Return which of the executions that an answer `lacks` a correction that it lists stands for, at most one.

    The one that it is closest to, by size and then by price, unless one of the `others` that wait is closer; where
    these are fewer than what is lacking, it is one of that in any case.
    """
    rivals = [fill, *(one for one in others if one.supersedes and twins(order, one))]

    def apart(key: str, one: ev.Fill) -> tuple[Decimal, Decimal]:
        done = order.executions[key]
        return abs(abs(done.qty) - one.qty), abs(done.px - one.px)

    closest = [key for key in lacks if min(rivals, key=lambda one: apart(key, one)) is fill]
    return sorted(closest or (lacks if len(rivals) <= len(lacks) else []), key=lambda key: apart(key, fill))[:1]


def nameless(book: Book, fill: ev.Fill) -> list[Order]:
    """Return the orders without a known venue id to which a fill could belong.

    An order that becomes another one at its venue gets another id there.
    """
    found = book.open_orders.get(fill.instrument, {}).values() if fill.venue_order and not fill.oid else ()
    new = (o for o in found if not o.venue_order or (o.wanted is not None and o.wanted.is_pair))
    return [o for o in new if o.account == fill.account and o.side is fill.side]


def _hold(contact: Contact, fill: ev.Fill) -> None:
    if not is_held(contact, fill):
        contact.held = [*contact.held, fill]


def is_held(contact: Contact, fill: ev.Fill) -> bool:
    """Return True for an execution that waits for a name, listed again or not."""
    key = (fill.instrument, execution_key(fill, fill.exec_id))
    return any((other.instrument, execution_key(other, other.exec_id)) == key for other in contact.held)


def _book(book: Book, contact: Contact, fill: ev.Fill, order: Order | None) -> None:
    if is_news(book, fill):
        book.booked.append((fill, order))
        line.note_there(book, order)
    before = _held(book, fill)
    ledger.book_fill(book, fill, order)
    # A venue lists its executions again before every state: what changes nothing must not put the comparison off.
    change = _held(book, fill) - before
    if change:
        contact.touched[fill.instrument] = book.truth.ts
        there = contact.positions.get(fill.instrument, ZERO)
        if fill.time > contact.as_of or (fill.is_bust and _held(book, fill) != there):
            # The venue told its positions before this happened there. A bust does not say when it did: where it brings
            # the book to what was told, that was told behind it.
            contact.positions[fill.instrument] = there + change
    if order is not None:
        line.settle(book, order)


def _held(book: Book, fill: ev.Fill) -> Decimal:
    """Return the signed units that all of the account hold of a fill's instrument."""
    return sum((p.qty for p in book.holders.get(fill.instrument, ()) if p.account == fill.account), ZERO)


def _book_late(book: Book, contact: Contact, fill: ev.Fill, old: Ended) -> None:
    """Book an execution of an order that the book has let go of."""
    stand_in = Order(
        oid=old.oid or fill.oid, index=old.index, account=fill.account, deployment=old.deployment,
        instrument=old.instrument, side=old.side, qty=ZERO, type=OrderType.MARKET, tif=Tif.GTC, limit=None,
        stop=None, trail=None, reduce_only=old.is_exit, parent=0, oco="", reason=0, status=Status.CANCELLED,
        sent_ts=old.ts, changed_ts=old.ts, executions=old.executions,
    )  # fmt: skip
    _book(book, contact, fill, stand_in)
    old.executions = stand_in.executions


def apply_update(book: Book, update: ev.OrderUpdate) -> None:
    """Move an order, of any account, as its venue says, and book what waited for that."""
    contact, order = book.truth.contacts.get(update.account), named(book, update)
    book.is_news, book.booked = True, []
    was_open = order is not None and order.is_open
    if contact is None:
        ledger.apply_order_update(book, update)
    elif order is None:
        book.truth.counts.illegal += 1
    else:
        _hear(book, contact, order, update)
    book.is_end = was_open and order is not None and not order.is_open
    if book.is_end and order is not None:
        ledger.note_end(book, order, update.code)


def _hear(book: Book, contact: Contact, order: Order, update: ev.OrderUpdate) -> None:
    """Move an order at a venue outside the process."""
    pending = book.truth.pending.get(order.oid)
    book.truth.counts.illegal += line.hear(book, order, update) is Outcome.ILLEGAL
    ledger.shelve(book, order)
    # What an answer lists counts also where the end that it brings is believed, and nothing is pending any more. A sum
    # from before the newest execution knows nothing of that: neither room nor its want is proven by it.
    newest = max((*(done.time for done in order.executions.values()), *(one.time for one in contact.held)), default=0)
    _release_held(
        book, contact, order, None if 0 < update.time < newest else update.filled, pending.listed if pending else ()
    )
    # The question about what waited ends with it, or goes on.
    line.settle(book, order)


def named(book: Book, update: ev.OrderUpdate) -> Order | None:
    """Return the order that an update speaks of.

    It is found by our id, or else by the venue's where that can be one only.
    """
    found = [book.truth.orders.get(update.oid)]
    if not update.oid and update.venue_order:
        found = [o for o in book.truth.orders.values() if o.is_called(update.venue_order)]
    found = [o for o in found if o is not None and o.account == update.account]
    return found[0] if len(found) == 1 else None


def _release_held(
    book: Book,
    contact: Contact,
    order: Order | None = None,
    filled: Decimal | None = None,
    listed: tuple[str, ...] = (),
) -> None:
    """Book what need not wait any more.

    Something has changed, or an `order` was spoken of, with `filled` units and `listed` executions. A sum alone proves
    no twin: what it counts may be an execution that was lost. Where what is listed makes up the sum, that is all there
    is: a correction stands for one that is not in the list, a twin of one that is not is that one, and what is not
    listed counts no more. What nobody can tell stays out, and the comparison of positions speaks of it. One that has
    been corrected by another one of those that wait was listed before that: it is in no list any more.
    """
    gone = {execution_key(one, one.supersedes) for one in contact.held if owner(book, one) is order}
    listed, count = tuple(key for key in listed if key not in gone), -1
    while len(contact.held) != count:
        # What is booked may be what another one waits for.
        count = len(contact.held)
        is_whole = order is not None and filled == _listed(book, order, contact.held, listed)
        certain = listed if is_whole else ()
        for fill in sorted(contact.held, key=lambda one: _place(book, one, certain)):
            contact.held = [other for other in contact.held if other is not fill]
            listed = _release(book, contact, fill, order, filled, listed)


def _release(
    book: Book, contact: Contact, fill: ev.Fill, order: Order | None, filled: Decimal | None, listed: tuple[str, ...]
) -> tuple[str, ...]:
    """Book an execution that waits, drop it, or let it wait on; return what else an answer is known to list.

    One that is dropped as the twin of another was that one's other name: no second one is dropped for it.
    """
    found, key = owner(book, fill), execution_key(fill, fill.exec_id)
    alike = twins(found, fill) if found is not None else []
    is_whole = found is not None and found is order and filled == _listed(book, found, [fill, *contact.held], listed)
    if found is None or fill.is_bust or (not is_whole and (not alike or found.oid not in book.truth.pending)):
        # The end of an execution counts whatever an answer lists: the execution itself may be told behind it.
        _find_owner(book, contact, fill)
        return listed
    lacks = [one for one in alike if one not in listed]
    others = [one for one in contact.held if execution_key(one, one.exec_id) in listed]
    meant = _meant(found, fill, lacks, others) if is_whole and fill.supersedes else []
    if is_whole and (meant or (key in listed and (fill.supersedes or not lacks))):
        # One that is not listed has been taken back since: its end, told behind it, is that of what it stands for.
        _stand_in(found, fill, meant)
        _book(book, contact, fill, found)
    elif is_whole or (
        found is order and filled is not None and filled < found.filled + fill.qty and not fill.supersedes
    ):
        book.truth.counts.duplicates += 1
        if found.oid in book.truth.pending:
            book.truth.pending[found.oid].drops += 1
        if is_whole and key in listed:
            return (*(one for one in listed if one != key), *lacks[:1])
    else:
        contact.held = [*contact.held, fill]
    return listed


def _place(book: Book, fill: ev.Fill, certain: tuple[str, ...]) -> int:
    """Return when a fill that waits has its turn.

    First corrections of what has been told, then those that are `certain` to count: what they stand for is no twin's
    any more. Last those of what has not been told: what they stand for may wait, too.
    """
    if not fill.supersedes:
        return 2
    order, named = owner(book, fill), replace(fill, exec_id=fill.supersedes)
    is_told = order is not None and execution_key(fill, fill.supersedes) in order.executions
    if is_told or is_held(book.truth.contacts[fill.account], named):
        return 0
    return 1 if execution_key(fill, fill.exec_id) in certain else 3


def _listed(book: Book, order: Order, held: list[ev.Fill], listed: tuple[str, ...]) -> Decimal:
    """Return the units of an order's executions, booked or not, that an answer has listed."""
    booked = sum((abs(done.qty) for key, done in order.executions.items() if key in listed), ZERO)
    return booked + sum(
        (f.qty for f in held if execution_key(f, f.exec_id) in listed and owner(book, f) is order), ZERO
    )
