"""Bounds the units of the worst case in one instrument, by class of instrument.

What is held counts, and everything in flight.
"""

from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.parts.rules.order_quantity import CLASSES
from openbell.schema import Number, PartConfig, format_decimal

ID, WHEN, EFFECT, SOURCE = "D14", "before each order", "refuses", "SGX, founding documents"
APPLIES = "entry"
TIGHTER = "less"


class Config(PartConfig):
    """Options: the most units of one instrument, for each kind of instrument."""

    stock: Number = Field(default=Decimal(10_000), gt=0)
    krx: Number = Field(default=Decimal(10_000), gt=0)
    fx: Number = Field(default=Decimal(1_000_000), gt=0)
    crypto: Number = Field(default=Decimal(10_000), gt=0)
    future: Number = Field(default=Decimal(100), gt=0)


class Facts(NamedTuple):
    """What it is told: units in 1e-8.

    And the number of the instrument's class (-1 for none of them).
    """

    units: int
    group: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the worst case with the order, and its instrument's class."""
    draft, exposure = scene.order
    kind = scene.book.instrument(draft.instrument).kind
    return Facts(cents(exposure.units), CLASSES.index(kind) if kind in CLASSES else -1)


def params(config: Config) -> tuple[int, ...]:
    """Return the limits of all classes, in 1e-8 units."""
    return tuple(cents(getattr(config, name)) for name in CLASSES)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit of the class; the smallest limit holds for an unknown class."""
    limit = params[facts.group] if 0 <= facts.group < len(params) else min(params)
    return int(Code.POSITION_QUANTITY) if facts.units > limit else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return (
        "at most "
        + ", ".join(f"{format_decimal(getattr(config, n))} ({n})" for n in CLASSES)
        + " units of one instrument"
    )
