"""Refuses every entry of an account in which several instruments disagree with the venue.

One instrument that disagrees is closed by the core itself, whatever rules are in force.
"""

from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene
from openbell.schema import PartConfig

ID, WHEN, EFFECT, SOURCE = "D39", "before each order", "refuses", "NautilusTrader, LEAN"
APPLIES = "entry"


class Config(PartConfig):
    """Options: `limit`, instruments that disagree when the whole account is closed."""

    limit: int = Field(default=2, ge=1)


class Facts(NamedTuple):
    """What it is told: instruments of the account that disagree."""

    number: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return how many instruments of the account disagree with its venue."""
    return Facts(sum(key.startswith(f"{scene.account}/") for key in scene.book.truth.mismatched))


def params(config: Config) -> tuple[int, ...]:
    """Return the limit."""
    return (config.limit,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the number is reached."""
    return int(Code.MISMATCH) if facts.number >= params[0] else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"no entries in an account in which {config.limit} instruments disagree with the venue"
