"""Bounds the worst case in one instrument: what is held plus everything in flight."""

from openbell.core.codes import Code
from openbell.core.risk import Facts, cents
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, Money, PartConfig, format_amount, format_fraction, parse_fraction

MAX_POSITION = int(Code.MAX_POSITION)


class Config(PartConfig):
    """Options: `limit`, a fraction of the account's equity, and `worth`.

    That is money which bounds it as well, None for none.
    """

    limit: LimitShare = parse_fraction("10%")
    worth: Money | None = None


APPLIES = "entry"
TIGHTER = "ratio"


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator.

    The worth in 1e-8 follows in the same form where there is one.
    """
    return (*config.limit.as_integer_ratio(), *((cents(config.worth.value), 1) if config.worth is not None else ()))


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the worst case would pass the limit or the worth; exactly at it is allowed."""
    if len(params) > 2 and 0 < params[2] < facts.instrument_value:  # a worth behind the limit
        return MAX_POSITION
    return MAX_POSITION if is_more(facts.instrument_value, params[1], params[0], facts.equity) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    worth = f" and {format_amount(config.worth)}" if config.worth is not None else ""
    return f"at most {format_fraction(config.limit)} of equity{worth} in one instrument, orders in flight included"
