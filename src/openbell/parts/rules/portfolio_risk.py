"""Bounds what all positions and orders of an account lose together at their stops.

Gaps allowed for.
"""

from decimal import Decimal
from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.core.types import E8, ZERO, div, money
from openbell.parts.rules._limits import in_words, limit_params, passes
from openbell.parts.rules._stops import stop_share
from openbell.schema import Limit, LimitShare, PartConfig, format_fraction, parse_fraction, parse_limit

ID, WHEN, EFFECT, SOURCE = "D21", "before each order", "refuses", "founding documents"
APPLIES = "entry"
NEEDS = ("stops",)


class Config(PartConfig):
    """Options: `limit`, a share of equity or money.

    `gap`, a share of every value for prices that jump over stops.
    """

    limit: Limit = parse_limit("5%")
    gap: LimitShare = parse_fraction("0.5%")


class Facts(NamedTuple):
    """What it is told, in 1e-8 of the base currency.

    Risk up to the stops, what gaps may add to it, equity.
    """

    risk: int
    gaps: int
    equity: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the risk of everything held and in flight in deployments that declare a stop."""
    draft, exposure = scene.order
    book = scene.book
    used = dict(book.stakes.total(draft.account).used)
    used[draft.deployment] = exposure.used
    risk = value = ZERO
    for name, spec in book.spec.deployments.items():
        if spec.exits.has_stop and name in used:
            value += used[name]
            risk += money(used[name] * stop_share(spec.exits))
    gaps = div(value * params[3], Decimal(params[4]), E8)
    return Facts(cents(risk), cents(gaps), cents(book.truth.accounts[draft.account].equity))


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as a share and as money, then the gap's share."""
    return (*limit_params(config.limit), *config.gap.as_integer_ratio())


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit; exactly at it is allowed."""
    return int(Code.PORTFOLIO_RISK) if passes(facts.risk + facts.gaps, params, facts.equity) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"all stops together lose at most {in_words(config.limit)}, {format_fraction(config.gap)} for gaps included"
