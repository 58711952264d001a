"""Refuses a second equal entry of the same deployment within a short time."""

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.core.types import NS
from openbell.schema import PartConfig, Span, format_span

DUPLICATE = int(Code.DUPLICATE)


class Config(PartConfig):
    """Options: `within`, the length of time in which an equal entry is a duplicate."""

    within: Span = 5 * NS


APPLIES = "entry"
TIGHTER = "more"


def params(config: Config) -> tuple[int, ...]:
    """Return the length of time in ns."""
    return (config.within,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse an equal entry younger than the limit; exactly as old is allowed."""
    return DUPLICATE if 0 <= facts.repeat < params[0] else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"no equal entry within {format_span(config.within)}"
