"""Bounds gross exposure per unit of equity."""

from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.parts.rules._limits import is_more
from openbell.schema import Number, PartConfig, format_decimal

ID, WHEN, EFFECT, SOURCE = "D18", "before each order", "refuses", "15c3-5, founding documents"
APPLIES = "entry"


class Config(PartConfig):
    """Options: `limit`, units of gross exposure per unit of equity."""

    limit: Number = Field(default=Decimal(1), gt=0)


class Facts(NamedTuple):
    """What it is told, in 1e-8 of the base currency."""

    gross: int
    equity: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the account's worst case and its equity."""
    draft, exposure = scene.order
    return Facts(cents(exposure.gross), cents(scene.book.truth.accounts[draft.account].equity))


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator."""
    return config.limit.as_integer_ratio()


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit; exactly at it is allowed."""
    return int(Code.LEVERAGE) if is_more(facts.gross, params[1], params[0], facts.equity) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"gross exposure of at most {format_decimal(config.limit)} times equity"
