"""Worst-case exposure: what we would hold if all in flight filled in the worst order.

Orders whose fate is UNKNOWN are in flight too.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from openbell.core.book import Book
from openbell.core.events import VenueOrder
from openbell.core.order import Order
from openbell.core.position import Position
from openbell.core.types import ZERO, OrderType, Side, Tif, money


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An order somebody wants, before any check. Fields as in `effects.Submit`.

    `moves` names the working order that this one would replace; what it could still execute is not counted twice.
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


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """Worst case of one account, including a draft.

    Attributes:
        gross: Sum over instruments of the worst absolute value, base currency.
        instrument: Worst absolute value in the draft's instrument, base currency.
        order, quoted: Value of the draft itself, base currency and quote currency.
        positions: Deployment-instrument pairs held or being entered.
        used: Value the draft's deployment holds or is entering, base currency.
        has_opposite: True when another deployment holds or enters the other side of the instrument.
        is_priced: False when an instrument in play has no mark or no exchange rate yet.
    """

    gross: Decimal
    instrument: Decimal
    order: Decimal
    quoted: Decimal
    positions: int
    used: Decimal
    has_opposite: bool
    is_priced: bool


class _Swing:
    """Signed range that one instrument's quantity can reach."""

    __slots__ = ("buys", "net", "px", "reduce_buys", "reduce_sells", "sells")

    def __init__(self, px: Decimal) -> None:
        self.net = self.buys = self.sells = self.reduce_buys = self.reduce_sells = ZERO
        self.px = px

    def add(self, order: Order | Draft, leaves: Decimal) -> None:
        """Count an order that could still execute `leaves` units."""
        is_buy = order.side is Side.BUY
        if order.reduce_only:
            if is_buy:
                self.reduce_buys += leaves
            else:
                self.reduce_sells += leaves
            return
        if is_buy:
            self.buys += leaves
        else:
            self.sells += leaves
        self.px = max(self.px, order.limit or ZERO, order.stop or ZERO)

    def stray(self, order: VenueOrder) -> None:
        """Count an order that lives at the venue and is not ours to reduce with."""
        leaves = max(order.qty - order.filled, ZERO)
        if order.side is Side.BUY:
            self.buys += leaves
        else:
            self.sells += leaves
        self.px = max(self.px, order.limit or ZERO, order.stop or ZERO)

    def worst(self) -> Decimal:
        """Return the largest absolute quantity that can come of it, in units."""
        # Reducing orders stop at zero: counting them beyond it would invent risk.
        upper = self.net + self.buys + min(self.reduce_buys, max(-self.net, ZERO))
        lower = self.net - self.sells - min(self.reduce_sells, max(self.net, ZERO))
        return max(abs(upper), abs(lower), abs(self.net))


def measure(book: Book, draft: Draft) -> Exposure:
    """Return the worst-case exposure of the draft's account as if the draft had been sent."""
    account = book.truth.accounts[draft.account]
    gross = instrument = order = quoted = ZERO
    used, pairs, is_priced = ZERO, 0, True
    for symbol in book.spec.instruments:
        held = [p for p in book.holders[symbol] if p.account == draft.account]
        orders = book.open_orders[symbol].values()
        working = [o for o in orders if o.account == draft.account and o.oid != draft.moves]
        is_drafted = symbol == draft.instrument
        strays = _strays(book, draft.account, symbol)
        if not (held or working or strays or is_drafted):
            continue
        px, rate = book.mark_px(symbol), book.rate(account, symbol)
        if px is None or not rate:
            is_priced = False
            continue
        swing = _swing(px, held, working, draft if is_drafted else None)
        for stray in strays:
            swing.stray(stray)
        value = book.instrument(symbol).value
        worst = money(value(swing.worst(), swing.px) * rate)
        gross += worst
        if is_drafted:
            instrument = worst
            quoted = value(draft.qty, max(px, draft.limit or ZERO, draft.stop or ZERO))
            order = money(quoted * rate)
        pairs += len(_pairs(held, working, draft if is_drafted else None))
        used += money(value(_used(held, working, draft, is_drafted=is_drafted), swing.px) * rate)
    return Exposure(
        gross=gross,
        instrument=instrument,
        order=order,
        quoted=quoted,
        positions=pairs,
        used=used,
        has_opposite=_has_opposite(book, draft),
        is_priced=is_priced,
    )


def _strays(book: Book, account: str, symbol: str) -> list[VenueOrder]:
    contact = book.truth.contacts.get(account)
    return [one for one in contact.strays.values() if one.instrument == symbol] if contact is not None else []


def _swing(px: Decimal, held: list[Position], working: list[Order], draft: Draft | None) -> _Swing:
    swing = _Swing(px)
    for position in held:
        swing.net += position.qty
    for order in working:
        swing.add(order, order.leaves)
    if draft is not None:
        swing.add(draft, draft.qty)
    return swing


def _pairs(held: list[Position], working: list[Order], draft: Draft | None) -> set[str]:
    pairs = {position.deployment for position in held}
    pairs.update(order.deployment for order in working if not order.reduce_only)
    if draft is not None and not draft.reduce_only:
        pairs.add(draft.deployment)
    return pairs


def _used(held: list[Position], working: list[Order], draft: Draft, *, is_drafted: bool) -> Decimal:
    units = sum((abs(p.qty) for p in held if p.deployment == draft.deployment), ZERO)
    entries = (o for o in working if o.deployment == draft.deployment and not o.reduce_only)
    units += sum((o.leaves for o in entries), ZERO)
    return units + draft.qty if is_drafted and not draft.reduce_only else units


def _has_opposite(book: Book, draft: Draft) -> bool:
    sign = draft.side.sign
    others: Iterable[Position] = book.holders[draft.instrument]
    if any(p.account == draft.account and p.deployment != draft.deployment and p.qty * sign < 0 for p in others):
        return True
    return any(
        o.account == draft.account
        and o.deployment != draft.deployment
        and not o.reduce_only
        and o.side is not draft.side
        for o in book.open_orders[draft.instrument].values()
    )


def reducible(book: Book, draft: Draft) -> Decimal:
    """Return the units by which the draft's side may still reduce its deployment's position.

    Exits in flight count, except those that shrink together with the draft because they share its group.
    """
    position = book.position(draft.deployment, draft.instrument)
    held = -position.qty if draft.side is Side.BUY else position.qty
    if held <= 0:
        return ZERO
    groups: dict[str, Decimal] = {}
    for order in book.open_orders[draft.instrument].values():
        if order.deployment != draft.deployment or order.side is not draft.side or not order.reduce_only:
            continue
        if order.oco and order.oco == draft.oco:
            continue
        key = order.oco or order.oid
        groups[key] = max(groups.get(key, ZERO), order.leaves)
    room = max(held - sum(groups.values(), ZERO), ZERO)
    return min(room, _left_in_account(book, draft)) if draft.account in book.truth.contacts else room


def _left_in_account(book: Book, draft: Draft) -> Decimal:
    """Units by which the account itself may still be reduced: what was sold by hand cannot be sold again."""
    if book.spec.accounts[draft.account].netting:
        return abs(book.position(draft.deployment, draft.instrument).qty)
    net = account_net(book, draft.account, draft.instrument) * -draft.side.sign
    groups: dict[str, Decimal] = {}
    for order in book.open_orders[draft.instrument].values():
        is_exit = order.account == draft.account and order.reduce_only and order.side is draft.side
        if is_exit and order.deployment != draft.deployment:
            key = order.oco or order.oid
            groups[key] = max(groups.get(key, ZERO), order.leaves)
    return max(net - sum(groups.values(), ZERO), ZERO)


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
