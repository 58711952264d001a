"""Refuses instruments that move too much; an unknown volatility refuses as well."""

from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene
from openbell.parts.rules._history import MILLION, millionths, volatility
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D23", "before each order", "refuses", "founding documents"
APPLIES = "entry"
NEEDS = ("history",)


class Config(PartConfig):
    """Options: `limit`, a share a year; `days`, returns it is measured over.

    `year`, sessions of a year.
    """

    limit: LimitShare = parse_fraction("30%")
    days: int = Field(default=20, ge=2, le=60)
    year: int = Field(default=252, ge=1, le=366)


class Facts(NamedTuple):
    """What it is told: annualised volatility in millionths, -1 for not known."""

    volatility: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the volatility of the order's instrument."""
    draft, _ = scene.order
    closes = scene.book.truth.marks[draft.instrument].closes
    return Facts(millionths(volatility(closes, params[2], params[3])))


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator, then both numbers of days."""
    return (*config.limit.as_integer_ratio(), config.days, config.year)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit, and where nothing is known; exactly at it is allowed."""
    is_over = is_more(facts.volatility, params[1], params[0], MILLION)
    return int(Code.SYMBOL_VOLATILITY) if facts.volatility < 0 or is_over else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"no instrument that moves more than {format_fraction(config.limit)} a year ({config.days} sessions)"
