"""What a vendor says of an instrument, in the words of our own files. Pure."""

from decimal import Decimal

import msgspec

from openbell.core.types import E8, ZERO

Word = str | bool
LEAST = E8
"""Finest step that money and quantities have here."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument as its vendor lists it.

    Attributes:
        fields: As in an entry of `instruments:`, decimals as text; what the vendor does not say is missing.
        halted: Why nothing can be ordered in it, empty where it trades.
        flags: What else is said of it, in words.
    """

    fields: dict[str, Word]
    halted: str = ""
    flags: tuple[str, ...] = ()


def plain(number: Decimal) -> str:
    """Return a number as text, without exponent and trailing zeros."""
    return f"{number.normalize():f}"


def step(number: Decimal) -> Decimal:
    """Return a step that we can keep: one finer than 0.00000001 is made so coarse."""
    return LEAST if ZERO < number < LEAST and not LEAST % number else number


def least(number: Decimal, lot: Decimal) -> Decimal:
    """Return a least quantity as a whole multiple of `lot`, rounded up; `lot` 0 is no step."""
    short = number % lot if lot else ZERO
    return number + lot - short if short else number
