"""Bounds the worst case in one instrument: what is held plus everything in flight."""

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

MAX_POSITION = int(Code.MAX_POSITION)


class Config(PartConfig):
    """Options: `limit`, a fraction of the account's equity."""

    limit: LimitShare = parse_fraction("10%")


APPLIES = "entry"
TIGHTER = "ratio"


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator."""
    return config.limit.as_integer_ratio()


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the worst case would pass the limit; exactly at it is allowed."""
    return MAX_POSITION if is_more(facts.instrument_value, params[1], params[0], facts.equity) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"at most {format_fraction(config.limit)} of equity in one instrument, orders in flight included"
