"""Bounds how much the account would have moved with what it would hold.

An unknown volatility refuses.
"""

from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.parts.rules._history import MILLION, add_moves, deviation, millionths
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D24", "before each order", "refuses", "founding documents"
APPLIES = "entry"
NEEDS = ("history",)


class Config(PartConfig):
    """Options: `limit`, a share a year; `days`, returns it is measured over.

    `year`, sessions of a year.
    """

    limit: LimitShare = parse_fraction("15%")
    days: int = Field(default=20, ge=2, le=60)
    year: int = Field(default=252, ge=1, le=366)


class Facts(NamedTuple):
    """What it is told: annualised volatility in millionths, -1 for not known."""

    volatility: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the volatility of the account as if the worst case of every instrument were held."""
    draft, exposure = scene.order
    book, days = scene.book, params[2]
    equity = cents(book.truth.accounts[draft.account].equity)
    stakes, moves = book.stakes.by_symbol(draft.account), [0.0] * days
    # In one order: floats added in another one differ in their last bit.
    for symbol in book.spec.instruments:
        value = 0
        if symbol == draft.instrument:
            value = cents(exposure.instrument) * draft.side.sign
        elif (stake := stakes.get(symbol)) is not None:
            value = cents(max(stake.upper, stake.lower, key=abs))
        closes = book.truth.marks[symbol].closes
        if value and (len(closes) <= days or equity <= 0):
            return Facts(-1)
        if value:
            add_moves(moves, closes, value, equity)
    return Facts(millionths(deviation(moves, params[3])))


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator, then both numbers of days."""
    return (*config.limit.as_integer_ratio(), config.days, config.year)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit, and where nothing is known; exactly at it is allowed."""
    is_over = is_more(facts.volatility, params[1], params[0], MILLION)
    return int(Code.PORTFOLIO_VOLATILITY) if facts.volatility < 0 or is_over else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"the account moves at most {format_fraction(config.limit)} a year ({config.days} sessions)"
