"""Bounds the entries of a session; exits are never counted and never refused."""

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.schema import PartConfig

ID, WHEN, EFFECT, SOURCE = "D11", "before each order", "refuses", "founding documents"
APPLIES = "entry"


class Config(PartConfig):
    """Options: `limit`, entry orders of an account in one session of its calendar."""

    limit: int = Field(default=20, ge=1)


def params(config: Config) -> tuple[int, ...]:
    """Return the limit."""
    return (config.limit,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse the entry that would be one too many."""
    return int(Code.DAILY_TRADES) if facts.entries >= params[0] else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"at most {config.limit} entries in a session"
