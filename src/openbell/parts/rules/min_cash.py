"""Keeps cash: after every working buy has filled, a share of equity must be left."""

from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.core.types import ZERO, money
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D19", "before each order", "refuses", "15c3-5, founding documents"
APPLIES = "entry"


class Config(PartConfig):
    """Options: `limit`, the share of equity that stays cash."""

    limit: LimitShare = parse_fraction("10%")


class Facts(NamedTuple):
    """What it is told, in 1e-8 of the base currency.

    Cash of all currencies, worth of all buys, equity.
    """

    cash: int
    buys: int
    equity: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the account's cash and what the buys in flight, this one included.

    Would take of it.
    """
    draft, exposure = scene.order
    account = scene.book.truth.accounts[draft.account]
    cash = sum((money(amount * scene.book.rate_of(account, ccy)) for ccy, amount in account.cash.items()), ZERO)
    return Facts(cents(cash), cents(exposure.buys), cents(account.equity))


def params(config: Config) -> tuple[int, ...]:
    """Return the share as numerator and denominator."""
    return config.limit.as_integer_ratio()


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when less would be left; exactly the share is allowed."""
    left = facts.cash - facts.buys
    return int(Code.MIN_CASH) if facts.buys > 0 and is_more(params[0], facts.equity, left, params[1]) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"{format_fraction(config.limit)} of equity stays cash after all working buys"
