"""Bounds how many positions an account may hold or be entering at once."""

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.schema import PartConfig

MAX_POSITIONS = int(Code.MAX_POSITIONS)


class Config(PartConfig):
    """Options: `limit`, a number of positions, at least 1."""

    limit: int = Field(default=5, ge=1)


APPLIES = "entry"
TIGHTER = "less"


def params(config: Config) -> tuple[int, ...]:
    """Return the limit."""
    return (config.limit,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse the entry that would make one position too many."""
    return MAX_POSITIONS if facts.positions > params[0] else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"at most {config.limit} positions at once, pending entries included"
