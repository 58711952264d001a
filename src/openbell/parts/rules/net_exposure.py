"""Bounds the absolute worst case of longs less shorts."""

from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.parts.rules._limits import in_words, limit_params, passes
from openbell.schema import Limit, PartConfig, parse_limit

ID, WHEN, EFFECT, SOURCE = "D16", "before each order", "refuses", "SGX"
APPLIES = "entry"


class Config(PartConfig):
    """Options: `limit`, a share of the account's equity or an amount of money."""

    limit: Limit = parse_limit("100%")


class Facts(NamedTuple):
    """What it is told, in 1e-8 of the base currency."""

    value: int
    equity: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the value that is bounded, and the account's equity."""
    draft, exposure = scene.order
    return Facts(
        cents(max(abs(exposure.upper), abs(exposure.lower))), cents(scene.book.truth.accounts[draft.account].equity)
    )


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as a share and as money."""
    return limit_params(config.limit)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit; exactly at it is allowed."""
    return int(Code.NET_EXPOSURE) if passes(facts.value, params, facts.equity) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"at most {in_words(config.limit)} net, orders in flight included"
