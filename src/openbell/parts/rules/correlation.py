"""Bounds what instruments lose together that move together.

Too little data counts as moving together.
"""

from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.core.types import ZERO, money
from openbell.parts.rules._history import correlation
from openbell.parts.rules._limits import in_words, limit_params, passes
from openbell.parts.rules._stops import stop_share
from openbell.schema import Limit, LimitShare, PartConfig, format_fraction, parse_fraction, parse_limit

ID, WHEN, EFFECT, SOURCE = "D22", "before each order", "refuses", "founding documents"
APPLIES = "entry"
NEEDS = ("history",)


class Config(PartConfig):
    """Options: instruments.

    With a correlation above `above` over `days` returns risk at most `limit` together.
    """

    above: LimitShare = parse_fraction("70%")
    limit: Limit = parse_limit("2%")
    days: int = Field(default=60, ge=2, le=60)


class Facts(NamedTuple):
    """What it is told, in 1e-8 of the base currency: what the order's cluster risks, equity."""

    risk: int
    equity: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the risk of the order's instrument and of all that moves with it.

    Orders in flight included.
    """
    draft, exposure = scene.order
    book, days = scene.book, params[5]
    marks, share = book.truth.marks, stop_share(book.spec.deployments[draft.deployment].exits)
    own = marks[draft.instrument].closes
    risk = money(exposure.instrument * share)
    for symbol, stake in book.stakes.by_symbol(draft.account).items():
        if symbol == draft.instrument or not stake.gross:
            continue
        if is_together(params, correlation(own, marks[symbol].closes, days)):
            risk += sum((money(value * stop_share(book.spec.deployments[name].exits)) if name in book.spec.deployments
                         else value for name, value in stake.used.items()), ZERO)  # fmt: skip
    return Facts(cents(risk), cents(book.truth.accounts[draft.account].equity))


def is_together(params: tuple[int, ...], rho: float) -> bool:
    """Return True for a correlation at which two instruments count as one."""
    return rho * float(params[1]) > float(params[0])


def params(config: Config) -> tuple[int, ...]:
    """Return the correlation, the limit as a share and as money, and the number of returns."""
    return (*config.above.as_integer_ratio(), *limit_params(config.limit), config.days)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit; exactly at it is allowed."""
    return int(Code.CORRELATION) if passes(facts.risk, params[2:5], facts.equity) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"what correlates above {format_fraction(config.above)} risks at most {in_words(config.limit)} together"
