"""Makes new positions smaller where much moves, in inverse proportion to volatility.

Up to `target` a position has its full size; at twice the target it has half of it, and never less than `least`. Where
the volatility is not known it has `least`.
"""

from typing import NamedTuple

from pydantic import Field

from openbell.core.risk import Scene
from openbell.parts.rules._history import MILLION, millionths, volatility
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D24", "before each order", "shrinks new positions", "founding documents"
APPLIES = "none"
NEEDS = ("history",)


class Config(PartConfig):
    """Options: `target`, a share a year; `least`, the smallest part that is left.

    `days`, returns it is measured over; `year`, sessions of a year.
    """

    target: LimitShare = Field(default=parse_fraction("20%"), gt=0)
    least: LimitShare = Field(default=parse_fraction("25%"), gt=0, le=1)
    days: int = Field(default=20, ge=2, le=60)
    year: int = Field(default=252, ge=1, le=366)


class Facts(NamedTuple):
    """What it is told: annualised volatility in millionths, -1 for not known."""

    volatility: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the volatility of the instrument that is to be entered."""
    closes = scene.book.truth.marks[scene.draft.instrument].closes if scene.draft is not None else []
    return Facts(millionths(volatility(closes, params[4], params[5])))


def params(config: Config) -> tuple[int, ...]:
    """Return target and least part as numerators and denominators, then both numbers of days."""
    return (*config.target.as_integer_ratio(), *config.least.as_integer_ratio(), config.days, config.year)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Let every order pass: what is too large has been made smaller before."""
    return 0


def scale(params: tuple[int, ...], facts: Facts) -> tuple[int, int]:
    """Return what a new position is multiplied by.

    Target over volatility, between the least part and 1.
    """
    num, den = params[0] * MILLION, params[1] * facts.volatility
    if facts.volatility < 0 or is_more(den, params[2], num, params[3]):
        return params[2], params[3]
    return (1, 1) if num >= den else (num, den)


def text(config: Config) -> str:
    """Return the rule in words."""
    return (
        f"full positions up to {format_fraction(config.target)} of volatility a year ({config.days} sessions), smaller "
        f"in proportion above it, {format_fraction(config.least)} of them at least"
    )
