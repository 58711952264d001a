"""No new risk while a kill is in force.

Always asked first; it cannot be loosened, only lifted by `resume`.
"""

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.schema import PartConfig

KILLED = int(Code.KILLED)


class Config(PartConfig):
    """No options."""


APPLIES = "entry"


def params(config: Config) -> tuple[int, ...]:
    """Return the options as integers: none."""
    return (0,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse while killed."""
    return KILLED if facts.is_killed else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return "no new risk while killed"
