"""From a target to a quantity: how large a full position is.

Quantities are rounded down to what can be ordered.
"""

from decimal import Decimal

from openbell.core.book import Book
from openbell.core.protect import stop_distance
from openbell.core.spec import SizeSpec
from openbell.core.types import ZERO, Instrument, Rounding, div
from openbell.core.view import Pair


def full_qty(size: SizeSpec, equity: Decimal, instrument: Instrument, px: Decimal, distance: Decimal) -> Decimal:
    """Return the units of a full position, never negative, a whole number of lots.

    Args:
        size: How large.
        equity: Of the deployment, in the quote currency.
        instrument: What is bought.
        px: Price expected, quote currency, above zero.
        distance: Distance of the protective stop, quote currency; needed by the kind `risk` only.

    Returns:
        0 when equity is used up, the price is not above zero, or `risk` has no stop to measure by.
    """
    unit = px * instrument.multiplier
    if unit <= 0 or equity <= 0:
        return ZERO
    if size.kind == "quantity":
        return instrument.order_qty(size.value)
    if size.kind == "notional":
        return div(size.value, unit, instrument.lot, Rounding.FLOOR)
    if size.kind == "weight":
        return div(equity * size.value, unit, instrument.lot, Rounding.FLOOR)
    # Both orders are taken to cost what the dearer price of the two asks, in whole quanta.
    away = distance + div((px + distance) * size.costs.share, Decimal(1), instrument.quantum, Rounding.CEIL)
    money, lost = equity * size.value - size.costs.fixed, away * instrument.multiplier + size.costs.unit
    return div(money, lost, instrument.lot, Rounding.FLOOR) if distance > 0 and money > 0 else ZERO


def whole(book: Book, pair: Pair, instrument: Instrument, px: Decimal) -> Decimal:
    """Return the units of a pair's full position at `px` (quote currency)."""
    account = book.truth.accounts[pair.spec.account]
    size = pair.spec.size
    if size.kind in ("quantity", "notional"):
        return full_qty(size, Decimal(1), instrument, px, ZERO)
    rate = book.rate(account, pair.symbol)
    if not rate:
        return ZERO
    equity = book.deployment_equity(pair.spec.name)
    if rate != 1:
        equity = div(equity, rate, instrument.quantum, Rounding.FLOOR)
    return full_qty(size, equity, instrument, px, stop_distance(pair.spec.exits, instrument, px, pair.atr))


def affordable(book: Book, pair: Pair, instrument: Instrument, px: Decimal) -> Decimal:
    """Return the units that the deployment's unused capital still pays for at `px`."""
    account = book.truth.accounts[pair.spec.account]
    free = book.deployment_equity(pair.spec.name) - book.deployment_used(pair.spec.name)
    unit = px * instrument.multiplier * book.rate(account, pair.symbol)
    return div(free, unit, instrument.lot, Rounding.FLOOR) if free > 0 and unit > 0 else ZERO


def part_of(full: Decimal, target: float, instrument: Instrument) -> Decimal:
    """Return the signed units of `target` (share of a full position).

    They are rounded towards zero to whole lots.
    """
    if target == 1.0:
        return full
    if target == -1.0:
        return -full
    magnitude = instrument.order_qty(full * div(Decimal(target).copy_abs(), Decimal(1), _STEP))
    return magnitude if target > 0 else -magnitude


_STEP = Decimal("0.000001")
"""Targets are taken to a millionth: finer differences come from float noise, not from intent."""
