"""Stops new risk until the next week when the week's result falls to minus the limit.

A week is one of session dates of the account's calendar, in that calendar's time zone. Gains never stop anything.
"""

from typing import Literal, NamedTuple

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.parts.rules._limits import reached
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D26", "every event", "holds the account, cancels its entries", "founding documents"
APPLIES = "entry"
WATCH = True


class Config(PartConfig):
    """Options: `limit`, a share of the equity when the week began.

    `release`, when the gate opens again.
    """

    limit: LimitShare = parse_fraction("5%")
    release: Literal["week", "manual"] = "week"


class Facts(NamedTuple):
    """What it is told, in 1e-8 of the base currency.

    Equity now and when the week began, deposits since.
    """

    equity: int
    start: int
    flows: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the account's equity and what the week began with."""
    account = scene.book.truth.accounts[scene.account]
    return Facts(cents(account.equity), cents(account.week.equity), cents(account.week.flows))


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator."""
    return config.limit.as_integer_ratio()


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the loss since the week began has reached the limit."""
    lost = facts.start + facts.flows - facts.equity
    return int(Code.WEEKLY_LOSS) if reached(lost, facts.start, (params[0], params[1])) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    again = "until resumed by hand" if config.release == "manual" else "until the next week"
    return f"no new risk {again} after losing {format_fraction(config.limit)} in a week"
