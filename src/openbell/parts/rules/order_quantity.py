"""Bounds the quantity of one order, by class of instrument."""

from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.schema import Number, PartConfig, format_decimal

ID, WHEN, EFFECT, SOURCE = "D1", "before each order", "refuses", "15c3-5, RTS 6 art. 15(1)(c), FIA"
APPLIES = "entry"
CLASSES = ("stock", "krx", "fx", "crypto", "future")


class Config(PartConfig):
    """Options: the largest order in units, for each kind of instrument."""

    stock: Number = Field(default=Decimal(1000), gt=0)
    krx: Number = Field(default=Decimal(1000), gt=0)
    fx: Number = Field(default=Decimal(100_000), gt=0)
    crypto: Number = Field(default=Decimal(1000), gt=0)
    future: Number = Field(default=Decimal(10), gt=0)


class Facts(NamedTuple):
    """What it is told: units in 1e-8.

    And the number of the instrument's class (-1 for none of them).
    """

    units: int
    group: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the order's quantity and its instrument's class."""
    draft, _ = scene.order
    kind = scene.book.instrument(draft.instrument).kind
    return Facts(cents(abs(draft.qty)), CLASSES.index(kind) if kind in CLASSES else -1)


def params(config: Config) -> tuple[int, ...]:
    """Return the limits of all classes, in 1e-8 units."""
    return tuple(cents(getattr(config, name)) for name in CLASSES)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit of the class; the smallest limit holds for an unknown class."""
    limit = params[facts.group] if 0 <= facts.group < len(params) else min(params)
    return int(Code.ORDER_QUANTITY) if facts.units > limit else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return (
        "an order has at most " + ", ".join(f"{format_decimal(getattr(config, n))} ({n})" for n in CLASSES) + " units"
    )
