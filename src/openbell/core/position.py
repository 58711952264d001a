"""Positions: quantity, total cost, realised profit, fees, value at the mark, extremes.

The extremes are those since a position was opened.
"""

from decimal import Decimal

import msgspec

from openbell.core.effects import Intent
from openbell.core.types import E8, ZERO, Instrument, Rounding, as_float, changing, div, require, rescale


@changing
class Position(msgspec.Struct, kw_only=True):
    """Holding of one deployment in one instrument of one account.

    It is kept when flat, and changed by `apply_*` alone.

    Attributes:
        account, deployment, instrument: Whose, what.
        qty: Signed units. cost: Signed total cost, quote currency (average cost is never stored).
        realised: Profit of closed parts before fees, quote currency.
        fees: Paid in the quote currency. other_fees: Paid in other currencies.
        value: `qty` at the last mark, quote currency, to 1e-8.
        opened_ts: Since when it has not been flat, ns; 0 while flat.
        high, low: Highest and lowest price seen since then (market data, so float); 0.0 while flat.
        decided: Last target acted on; None before the first.
        code: Reason code of the last evaluation. code_ts: When, ns.
        entries: How many times it went from flat to not flat.
        parent: Index of the entry order that filled last, 0 before the first.
        income: Dividends, quote currency. before: `realised` when it was opened.
        wish: What is to be done once the entry orders in its way are gone.
        days: Sessions of its calendar that have begun since it was opened.
        bracket: Prices of stop and target that were given with an order, quote currency; 0.0 for none.
        leaving: Units (0 for all) that leave once nothing rests for it any more, and the reason; None where none wait.
        is_watched: True once its venue has refused its target: the price is watched here instead.
    """

    account: str
    deployment: str
    instrument: str
    qty: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    other_fees: dict[str, Decimal] = {}
    value: Decimal = ZERO
    opened_ts: int = 0
    high: float = 0.0
    low: float = 0.0
    decided: float | None = None
    code: int = 0
    code_ts: int = 0
    entries: int = 0
    parent: int = 0
    income: Decimal = ZERO
    before: Decimal = ZERO
    wish: Intent | None = None
    days: int = 0
    bracket: tuple[float, float] = (0.0, 0.0)
    leaving: tuple[Decimal, int] | None = None
    is_watched: bool = False

    @property
    def unrealised(self) -> Decimal:
        """Profit at the last mark before fees, quote currency."""
        return self.value - self.cost

    def average(self, instrument: Instrument) -> Decimal:
        """Return the average entry price in quote currency; 0 when flat.

        It is rounded half-even to the price quantum.
        """
        units = self.qty * instrument.multiplier
        return div(self.cost, units, instrument.quantum, Rounding.HALF_EVEN) if units else ZERO


def apply_trade(position: Position, instrument: Instrument, qty: Decimal, px: Decimal, ts: int) -> Decimal:
    """Change `position` by one execution; crossing zero closes, then opens at `px`.

    Args:
        position: Changed in place; its value is left to `mark`.
        instrument: Of the position.
        qty: Signed units, not zero.
        px: Quote currency per unit.
        ts: Instant, ns.

    Returns:
        Signed value of the trade in quote currency: what leaves the cash.

    Raises:
        InvariantError: `qty` is zero or the instruments differ.
    """
    require(qty != 0 and position.instrument == instrument.symbol, "trade of nothing or of another instrument")
    held = position.qty
    total = instrument.value(qty, px)
    if held == 0 or (held > 0) == (qty > 0):
        position.cost += total
    else:
        closed = min(abs(held), abs(qty))
        whole = closed == abs(held)
        cost = position.cost if whole else div(position.cost * closed, abs(held), E8)
        proceeds = total if closed == abs(qty) else instrument.value(closed if qty > 0 else -closed, px)
        position.realised -= proceeds + cost
        position.cost += total - proceeds - cost
    position.qty = held + qty
    if position.qty == 0:
        close(position)
    elif held == 0 or (held > 0) != (position.qty > 0):
        _open(position, ts)
        position.high = position.low = as_float(px)
    return total


def _open(position: Position, ts: int) -> None:
    """Begin to count anew what belongs to one holding."""
    position.opened_ts, position.before = ts, position.realised
    position.days, position.entries, position.leaving, position.is_watched = 0, position.entries + 1, None, False


def resume(position: Position, was: Position) -> None:
    """Go on with the holding there was before an execution of it was corrected.

    It was opened once: what was corrected is taken back and booked anew, which may leave nothing in between. A holding
    that has turned is another one.
    """
    if position.qty:
        position.leaving = position.leaving or was.leaving
    if position.qty * was.qty > 0:
        position.opened_ts, position.before = was.opened_ts, was.before
        position.days, position.entries, position.is_watched = was.days, was.entries, was.is_watched


def close(position: Position) -> None:
    """Forget what only an open position has."""
    position.opened_ts, position.high, position.low, position.leaving, position.is_watched = 0, 0.0, 0.0, None, False


def mark(position: Position, instrument: Instrument, px: Decimal) -> Decimal:
    """Value the position at `px` (quote currency) and return by how much its value changed."""
    value = instrument.value(position.qty, px) if position.qty else ZERO
    change = value - position.value
    position.value = value
    return change


def watch(position: Position, high: float, low: float) -> None:
    """Widen the extremes of an open position by a bar's high and low (quote currency)."""
    if high > position.high:
        position.high = high
    if low < position.low:
        position.low = low


def apply_split(position: Position, instrument: Instrument, numerator: int, denominator: int) -> Decimal:
    """Multiply the quantity by new/old units.

    Returns the signed units lost to rounding down to whole lots. The caller pays the lost fraction in cash, with
    `apply_payout`.
    """
    exact = abs(position.qty) * numerator
    magnitude = div(exact, Decimal(denominator), instrument.lot, Rounding.FLOOR)
    # Lost units are exact only on a finer grid than lots.
    lost = div(exact, Decimal(denominator), E8, Rounding.FLOOR) - magnitude
    sign = 1 if position.qty >= 0 else -1
    position.qty = sign * magnitude
    position.high = rescale(position.high, denominator, numerator)
    position.low = rescale(position.low, denominator, numerator)
    stop, target = position.bracket
    position.bracket = (rescale(stop, denominator, numerator), rescale(target, denominator, numerator))
    return sign * lost


def apply_grant(position: Position, qty: Decimal, cost: Decimal, ts: int) -> None:
    """Book signed units that came with a `cost` (quote currency) and were not traded."""
    if not position.qty and qty:
        _open(position, ts)
    position.qty += qty
    position.cost += cost


def apply_payout(position: Position, lost: Decimal, paid: Decimal) -> None:
    """Book `lost` units (signed) as sold for `paid` (quote currency).

    What is left keeps its share of the cost.
    """
    cost = position.cost if not position.qty else div(position.cost * abs(lost), abs(position.qty) + abs(lost), E8)
    position.realised += paid - cost
    position.cost -= cost
    if not position.qty:
        close(position)
