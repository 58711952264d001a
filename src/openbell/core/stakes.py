"""What is at stake: worst case and result of every instrument.

Worked out anew only where something changed.

Adding up five hundred positions for every order would take milliseconds. So `apply` says which instruments an event
or effect has touched, and sums are brought up to date when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from openbell.core.events import VenueOrder
from openbell.core.position import Position
from openbell.core.types import ONE, ZERO, Side, money

if TYPE_CHECKING:
    from openbell.core.book import Book


class Swing:
    """Signed range that the quantity of one instrument in one account can reach.

    And who is in it.
    """

    __slots__ = ("_bounds", "buys", "net", "orders", "px", "reduce_buys", "reduce_sells", "sells", "units")

    def __init__(self, positions: Iterable[Position] = (), orders: Iterable[Any] = ()) -> None:
        """Count what is held and what is working."""
        self.net = self.buys = self.sells = self.reduce_buys = self.reduce_sells = self.px = ZERO
        self.units: dict[str, Decimal] = {}
        self.orders = 0
        self._bounds: tuple[Decimal, Decimal] | None = None
        for position in positions:
            self.net += position.qty
            self.units[position.deployment] = self.units.get(position.deployment, ZERO) + abs(position.qty)
        for order in orders:
            self.orders += 1
            self.add(order, order.leaves)

    def add(self, order: Any, leaves: Decimal) -> None:
        """Count an order (or one that somebody wants) that could still execute `leaves` units."""
        self._bounds = None
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
        self.units[order.deployment] = self.units.get(order.deployment, ZERO) + leaves

    def add_stray(self, order: VenueOrder) -> None:
        """Count an order that the venue lists and that is none of ours."""
        self._bounds = None
        self.orders += 1
        if order.side is Side.BUY:
            self.buys += order.qty - order.filled
        else:
            self.sells += order.qty - order.filled
        self.px = max(self.px, order.limit or ZERO, order.stop or ZERO)

    def bounds(self) -> tuple[Decimal, Decimal]:
        """Return the lowest and the highest signed quantity that can come of it, in units."""
        if self._bounds is None:
            # Reducing orders stop at zero: counting them beyond it would invent risk.
            upper = self.net + self.buys + min(self.reduce_buys, max(-self.net, ZERO))
            lower = self.net - self.sells - min(self.reduce_sells, max(self.net, ZERO))
            self._bounds = min(lower, self.net), max(upper, self.net)
        return self._bounds

    def worst(self) -> Decimal:
        """Return the largest absolute quantity that can come of it, in units."""
        lower, upper = self.bounds()
        return max(abs(lower), abs(upper))


class Terms(NamedTuple):
    """At what an instrument is valued in an account.

    Attributes:
        px: Mark, quote currency, None before the first. multiplier: Of the instrument.
        rate: Base currency per unit of the quote currency, 0 while unknown.
    """

    px: Decimal | None
    multiplier: Decimal
    rate: Decimal

    def value(self, units: Decimal, px: Decimal) -> Decimal:
        """Return the signed value of `units` at `px`, base currency, to 1e-8."""
        quoted = money(units * px * self.multiplier)
        return quoted if self.rate == ONE else money(quoted * self.rate)


class Stake:
    """Worst case in one instrument of one account, base currency, or the sum of several.

    Attributes:
        gross: Largest absolute value. upper, lower: Highest and lowest signed value.
        buys: Value of entries that could still buy. pairs: Number of deployments that hold it or are entering it.
        orders: Open orders. unpriced: How many of those summed up lack a mark or a rate.
        used: Value that each deployment holds or is entering.
    """

    __slots__ = ("buys", "gross", "lower", "orders", "pairs", "unpriced", "upper", "used")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.gross = self.upper = self.lower = self.buys = ZERO
        self.orders = self.pairs = self.unpriced = 0
        self.used: dict[str, Decimal] = {}

    def swap(self, old: Stake, new: Stake) -> None:
        """Count `new` where `old` was counted."""
        self.gross += new.gross - old.gross
        self.upper += new.upper - old.upper
        self.lower += new.lower - old.lower
        self.buys += new.buys - old.buys
        self.orders += new.orders - old.orders
        self.pairs += new.pairs - old.pairs
        self.unpriced += new.unpriced - old.unpriced
        for name, value in new.used.items():
            self.used[name] = self.used.get(name, ZERO) + value - old.used.get(name, ZERO)
        for name, value in old.used.items():
            if name not in new.used:
                self.used[name] = self.used.get(name, ZERO) - value


EMPTY = Stake()
"""What an account has at stake where it has nothing; it is never changed."""


def stake_of(swing: Swing, terms: Terms) -> Stake:
    """Return what a swing is worth."""
    stake = Stake()
    stake.pairs, stake.orders = len(swing.units), swing.orders
    if terms.px is None or not terms.rate:
        stake.unpriced = 1
        return stake
    px = max(terms.px, swing.px)
    lower, upper = swing.bounds()
    if upper:
        stake.upper = terms.value(upper, px)
    if lower:
        stake.lower = stake.upper if lower == upper else terms.value(lower, px)
    stake.gross = max(abs(stake.upper), abs(stake.lower))
    if swing.buys:
        stake.buys = terms.value(swing.buys, px)
    for name, units in swing.units.items():
        stake.used[name] = abs(stake.upper) if units == upper else terms.value(units, px)
    return stake


class Stakes:
    """The index of a book: stakes by instrument and account, results by deployment.

    And the sums of both.
    """

    def __init__(self, book: Book) -> None:
        """Begin with everything to be worked out."""
        self._book = book
        self._touched: set[str] = set(book.spec.instruments)
        self._moved: set[str] = set()
        self._swings: dict[str, dict[str, Swing]] = {}
        self._stakes: dict[str, dict[str, Stake]] = {}
        self._results: dict[str, dict[str, Decimal]] = {}
        self._totals: dict[str, Stake] = {name: Stake() for name in book.spec.accounts}
        self._sums: dict[str, Decimal] = {}
        self.move = self._moved.add
        """Say that an instrument's mark has changed."""

    def touch(self, symbol: str) -> None:
        """Say that orders, positions or prices of an instrument have changed.

        Empty for every instrument.
        """
        if symbol:
            self._touched.add(symbol)
        else:
            self._touched.update(self._book.spec.instruments)

    def total(self, account: str) -> Stake:
        """Return the sum of an account's stakes; it must not be changed."""
        self._refresh()
        return self._totals[account]

    def by_symbol(self, account: str) -> dict[str, Stake]:
        """Return the stakes of an account by instrument."""
        self._refresh()
        return {symbol: found[account] for symbol, found in self._stakes.items() if account in found}

    def of(self, account: str, symbol: str) -> Stake | None:
        """Return an account's stake in one instrument, None where it has none."""
        self._refresh()
        return self._stakes.get(symbol, {}).get(account)

    def result(self, deployment: str) -> Decimal:
        """Return the result of a deployment so far, base currency."""
        self._refresh()
        return self._sums.get(deployment, ZERO)

    def terms(self, account: str, symbol: str) -> Terms:
        """Return at what an instrument is valued in an account."""
        book = self._book
        return Terms(
            book.mark_px(symbol), book.instrument(symbol).multiplier, book.rate(book.truth.accounts[account], symbol)
        )

    def _refresh(self) -> None:
        if self._touched or self._moved:
            known = self._book.spec.instruments
            for symbol in self._touched | self._moved:
                if symbol in known:
                    self._work_out(symbol, is_touched=symbol in self._touched)
            self._touched.clear()
            self._moved.clear()

    def _work_out(self, symbol: str, *, is_touched: bool) -> None:
        if is_touched:
            self._swings[symbol] = self._count(symbol)
        swings, before = self._swings[symbol], self._stakes.get(symbol, {})
        if swings or before:
            stakes = {account: stake_of(swing, self.terms(account, symbol)) for account, swing in swings.items()}
            for account in {**before, **stakes}:
                self._totals[account].swap(before.get(account, EMPTY), stakes.get(account, EMPTY))
            self._stakes[symbol] = stakes
        for deployment, by_instrument in self._book.truth.positions.items():
            position = by_instrument.get(symbol)
            if position is not None and (is_touched or position.qty):
                self._note_result(deployment, symbol, position)

    def _count(self, symbol: str) -> dict[str, Swing]:
        book = self._book
        held, working = book.holders.get(symbol, ()), list(book.open_orders.get(symbol, {}).values())
        contacts = book.truth.contacts
        strays = [(name, o) for name, c in contacts.items() for o in c.strays.values() if o.instrument == symbol]
        found = {
            name: Swing((p for p in held if p.account == name), (o for o in working if o.account == name))
            for name in dict.fromkeys([*(p.account for p in held), *(o.account for o in working)])
        }
        for name, stray in strays:
            # Orders that are not ours can fill like any other.
            found.setdefault(name, Swing()).add_stray(stray)
        return found

    def _note_result(self, deployment: str, symbol: str, position: Position) -> None:
        result, book = ZERO, self._book
        account = book.truth.accounts[position.account]
        if position.realised or position.fees or position.qty or position.income:
            gained = position.realised + position.income - position.fees + position.value - position.cost
            result = gained * book.rate(account, symbol)
        for currency, fee in position.other_fees.items():
            # The fee's currency has its own rate, whose changes touch every instrument.
            result -= fee * book.rate_of(account, currency)
        known = self._results.setdefault(deployment, {})
        if result != (before := known.get(symbol, ZERO)):
            self._sums[deployment] = self._sums.get(deployment, ZERO) + result - before
            known[symbol] = result
