"""Stops new risk for the day when the day's result falls to minus the limit.

Gains never stop anything.
"""

from typing import Literal

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.schema import Fraction, PartConfig, format_fraction, parse_fraction

DAILY_LOSS = int(Code.DAILY_LOSS)


class Config(PartConfig):
    """Options.

    `limit` is a fraction of the equity at session open. `release` says when the gate opens again: with the next
    session, or `manual`, only by `openbell resume`.
    """

    limit: Fraction = parse_fraction("3%")
    release: Literal["session", "manual"] = "session"


APPLIES = "entry"
TIGHTER = "ratio"
WATCH = True


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator."""
    return config.limit.as_integer_ratio()


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the loss since session open has reached the limit."""
    lost = facts.session_equity + facts.session_flows - facts.equity
    if lost > 0 and lost * params[1] >= params[0] * facts.session_equity:
        return DAILY_LOSS
    return 0


def text(config: Config) -> str:
    """Return the rule in words."""
    again = "until the next session" if config.release == "session" else "until resumed by hand"
    return f"no new risk {again} after losing {format_fraction(config.limit)} in a day"
