"""Bounds how many strategies of an account hold one instrument, or are entering it."""

from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene
from openbell.schema import PartConfig

ID, WHEN, EFFECT, SOURCE = "D13", "before each order", "refuses", "founding documents"
APPLIES = "entry"
TIGHTER = "less"


class Config(PartConfig):
    """Options: `limit`, a number of strategies, at least 1."""

    limit: int = Field(default=1, ge=1)


class Facts(NamedTuple):
    """What it is told: how many other strategies of the account are in the instrument."""

    others: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return how many other strategies hold the instrument or have an entry on its way."""
    draft, book = scene.order[0], scene.book
    holding = {p.deployment for p in book.holders[draft.instrument] if p.qty and p.account == draft.account}
    entering = {
        order.deployment
        for order in book.open_orders[draft.instrument].values()
        if order.account == draft.account and not order.reduce_only
    }
    return Facts(len((holding | entering) - {draft.deployment}))


def params(config: Config) -> tuple[int, ...]:
    """Return the limit."""
    return (config.limit,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse a strategy that would be one too many in the instrument."""
    return int(Code.MAX_POSITIONS) if facts.others >= params[0] else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"at most {config.limit} of an account's strategies in one instrument at once"
