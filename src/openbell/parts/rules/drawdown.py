"""Stops new risk when equity has fallen from its peak by the limit.

The peak moves along with deposits.
"""

from typing import Literal

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.schema import Fraction, PartConfig, format_fraction, parse_fraction

DRAWDOWN = int(Code.DRAWDOWN)


class Config(PartConfig):
    """Options: `limit`, a fraction of the peak; `release`, when the gate opens again."""

    limit: Fraction = parse_fraction("10%")
    release: Literal["session", "manual"] = "manual"


APPLIES = "entry"
TIGHTER = "ratio"
WATCH = True


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator."""
    return config.limit.as_integer_ratio()


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the fall from the peak has reached the limit."""
    fallen = facts.peak - facts.equity
    if fallen > 0 and fallen * params[1] >= params[0] * facts.peak:
        return DRAWDOWN
    return 0


def text(config: Config) -> str:
    """Return the rule in words."""
    again = "until the next session" if config.release == "session" else "until resumed by hand"
    return f"no new risk {again} after falling {format_fraction(config.limit)} from the peak"
