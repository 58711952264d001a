"""Worst-case exposure: what we would hold if all in flight filled in the worst order.

Orders whose fate is UNKNOWN are in flight too.
"""

from collections.abc import Iterable
from copy import copy
from decimal import Decimal

import msgspec

from openbell.core.book import Book
from openbell.core.order import Order
from openbell.core.position import Position
from openbell.core.stakes import EMPTY, Stake, Swing, stake_of
from openbell.core.types import ZERO, OrderType, Side, Tif


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An order somebody wants, before any check. Fields as in `effects.Submit`.

    `moves` names the working order that this one would replace; what it could still execute is not counted twice.
    `risk` is the distance to its declared stop, quote currency, 0 for none; `is_confirmed` is True once a person has
    confirmed it; `held` are the signed units that were held at the question. `past` names a kind of gate that is closed
    until this order has shown that it may be opened.
    """

    account: str
    deployment: str
    instrument: str
    side: Side
    qty: Decimal
    type: OrderType
    tif: Tif
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    reduce_only: bool = False
    parent: int = 0
    oco: str = ""
    reason: int = 0
    moves: str = ""
    risk: Decimal = ZERO
    is_confirmed: bool = False
    held: Decimal = ZERO
    past: str = ""


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """Worst case of one account, including a draft.

    Attributes:
        gross: Sum over instruments of the worst absolute value, base currency.
        instrument: Worst absolute value in the draft's instrument, base currency. units: The same in units.
        order, quoted: Value of the draft itself, base currency and quote currency.
        positions: Deployment-instrument pairs held or being entered.
        used: Value the draft's deployment holds or is entering, base currency.
        has_opposite: True when another deployment holds or enters the other side of the instrument.
        is_priced: False when an instrument in play has no mark or no exchange rate yet.
        upper, lower: Sums over instruments of the highest and the lowest signed value, base currency.
        buys: Value of all entries that could still buy, base currency.
        orders, orders_here: Open orders of the account and of the instrument.
    """

    gross: Decimal
    instrument: Decimal
    units: Decimal
    order: Decimal
    quoted: Decimal
    positions: int
    used: Decimal
    has_opposite: bool
    is_priced: bool
    upper: Decimal
    lower: Decimal
    buys: Decimal
    orders: int
    orders_here: int


def measure(book: Book, draft: Draft) -> Exposure:
    """Return the worst-case exposure of the draft's account as if the draft had been sent."""
    symbol, stakes = draft.instrument, book.stakes
    total, before = stakes.total(draft.account), stakes.of(draft.account, symbol)
    held = [p for p in book.holders[symbol] if p.account == draft.account]
    orders = book.open_orders[symbol].values()
    swing = Swing(held, (o for o in orders if o.account == draft.account and o.oid != draft.moves))
    contact = book.truth.contacts.get(draft.account)
    for stray in contact.strays.values() if contact is not None else ():
        if stray.instrument == symbol:
            swing.add_stray(stray)
    swing.add(draft, draft.qty)
    terms = stakes.terms(draft.account, symbol)
    stake = stake_of(swing, terms)
    # What the account has without this instrument, and with the instrument as it would be.
    rest = stake if before is None else _without(stake, before)
    px = max(terms.px or ZERO, draft.limit or ZERO, draft.stop or ZERO)
    return Exposure(
        gross=total.gross + rest.gross, instrument=stake.gross, units=swing.worst(), order=terms.value(draft.qty, px),
        quoted=book.instrument(symbol).value(draft.qty, px), positions=total.pairs + rest.pairs,
        used=total.used.get(draft.deployment, ZERO) + rest.used.get(draft.deployment, ZERO),
        has_opposite=_has_opposite(book, draft), is_priced=total.unpriced + rest.unpriced == 0,
        upper=total.upper + rest.upper, lower=total.lower + rest.lower, buys=total.buys + rest.buys,
        orders=total.orders + rest.orders + 1, orders_here=stake.orders + 1,
    )  # fmt: skip


def _without(stake: Stake, before: Stake) -> Stake:
    """Return by how much a stake is more than it was."""
    stake = copy(stake)
    stake.used = dict(stake.used)
    stake.swap(before, EMPTY)
    return stake


def _has_opposite(book: Book, draft: Draft) -> bool:
    others: list[Position | Order] = [p for p in book.holders[draft.instrument] if p.qty * draft.side.sign < 0]
    entries = (o for o in book.open_orders[draft.instrument].values() if not o.reduce_only)
    others += [o for o in entries if o.side is not draft.side]
    return any(one.account == draft.account and one.deployment != draft.deployment for one in others)


def reducible(book: Book, draft: Draft) -> Decimal:
    """Return the units by which the draft's side may still reduce its deployment's position.

    Exits in flight count, except those that shrink together with the draft because they share its group. What was sold
    by hand, or is on its way out for others, cannot be sold again.
    """
    held = book.position(draft.deployment, draft.instrument).qty * -draft.side.sign
    if held <= 0:
        return ZERO
    orders = book.open_orders[draft.instrument].values()
    exits = [o for o in orders if (o.account, o.side) == (draft.account, draft.side) and o.reduce_only]
    own = (o for o in exits if o.deployment == draft.deployment and not (o.oco and o.oco == draft.oco))
    room = max(held - _in_flight(own), ZERO)
    if draft.account not in book.truth.contacts or book.spec.accounts[draft.account].netting:
        return room
    net = account_net(book, draft.account, draft.instrument) * -draft.side.sign
    return min(room, max(net - _in_flight(o for o in exits if o.deployment != draft.deployment), ZERO))


def _in_flight(exits: Iterable[Order]) -> Decimal:
    """Return the units that exits could still execute; those of one group shrink together."""
    groups: dict[str, Decimal] = {}
    for order in exits:
        key = order.oco or order.oid
        groups[key] = max(groups.get(key, ZERO), order.leaves)
    return sum(groups.values(), ZERO)


def account_net(book: Book, account: str, symbol: str) -> Decimal:
    """Return the signed units an account holds.

    Where book and venue disagree it is the venue's word.
    """
    contact = book.truth.contacts.get(account)
    if contact is not None and f"{account}/{symbol}" in book.truth.mismatched:
        return contact.positions.get(symbol, ZERO)
    return book_qty(book, account, symbol)


def book_qty(book: Book, account: str, symbol: str) -> Decimal:
    """Return the signed units the book holds of an instrument in an account.

    Deployments and `external` together.
    """
    return sum((p.qty for p in book.holders[symbol] if p.account == account), ZERO)


def outside_part(book: Book, account: str, symbol: str) -> Decimal:
    """Return the signed units of an account that no deployment thinks it holds."""
    ours = (p.qty for p in book.holders[symbol] if p.account == account and p.deployment in book.spec.deployments)
    return account_net(book, account, symbol) - sum(ours, ZERO)
