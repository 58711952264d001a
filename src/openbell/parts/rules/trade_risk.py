"""Bounds what one trade loses if its declared stop is hit."""

from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.core.types import money
from openbell.parts.rules._limits import in_words, limit_params, passes
from openbell.schema import Limit, PartConfig, parse_limit

ID, WHEN, EFFECT, SOURCE = "D20", "before each order", "refuses", "founding documents"
APPLIES = "entry"
NEEDS = ("stops",)


class Config(PartConfig):
    """Options: `limit`, a share of the account's equity or an amount of money."""

    limit: Limit = parse_limit("1%")


class Facts(NamedTuple):
    """What it is told, in 1e-8 of the base currency: what the order risks, -1 for not known.

    Equity.
    """

    risk: int
    equity: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return quantity times the distance to the declared stop.

    0 where neither the order nor its deployment declares one.
    """
    draft, _ = scene.order
    book = scene.book
    account = book.truth.accounts[draft.account]
    equity = cents(account.equity)
    if not (draft.risk or book.spec.deployments[draft.deployment].exits.has_stop):
        return Facts(0, equity)
    quoted = book.instrument(draft.instrument).value(abs(draft.qty), draft.risk)
    risk = money(quoted * book.rate(account, draft.instrument))
    return Facts(cents(risk) if draft.risk > 0 else -1, equity)


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as a share and as money."""
    return limit_params(config.limit)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above the limit, and where the distance of a declared stop is not known."""
    return int(Code.TRADE_RISK) if facts.risk < 0 or passes(facts.risk, params, facts.equity) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"a trade risks at most {in_words(config.limit)} up to its stop"
