"""Limits that are a share of equity or an amount of money, as whole numbers."""

from decimal import Decimal

from openbell.core.risk import cents
from openbell.schema import Amount, format_amount, format_fraction


def limit_params(limit: Decimal | Amount) -> tuple[int, int, int]:
    """Return a limit as numerator and denominator of a share, and money in 1e-8.

    What it is not is 0.
    """
    if isinstance(limit, Amount):
        return 0, 1, cents(limit.value)
    return (*limit.as_integer_ratio(), 0)


def is_more(a: int, b: int, c: int, d: int) -> bool:
    """Return True if a * b > c * d.

    Money times a limit can pass 64 bits, so compiled code has an exact comparison of its own in the place of this.
    """
    return a * b > c * d


def passes(value: int, params: tuple[int, ...], equity: int) -> bool:
    """Return True if `value` (1e-8) is above a limit; exactly at it is allowed."""
    if params[2]:
        return value > params[2]
    return is_more(value, params[1], params[0], equity)


def stage_params(share: Decimal | None) -> tuple[int, int]:
    """Return a stage's share as numerator and denominator, 0 and 1 where the stage is off."""
    return (0, 1) if share is None else share.as_integer_ratio()


def reached(lost: int, whole: int, share: tuple[int, int]) -> bool:
    """Return True if `lost` is at least the share of `whole`.

    A share of 0 is off, and a gain reaches nothing.
    """
    return lost > 0 and share[0] > 0 and not is_more(share[0], whole, lost, share[1])


def in_words(limit: Decimal | Amount) -> str:
    """Return a limit in words."""
    return format_amount(limit) if isinstance(limit, Amount) else f"{format_fraction(limit)} of equity"
