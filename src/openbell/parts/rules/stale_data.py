"""Refuses entries on prices that are too old.

A gate stays closed while an instrument is silent for long.
"""

from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.risk import Scene
from openbell.core.types import NS
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, PartConfig, Span, format_fraction, format_span, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D33", "before each order", "refuses", "founding documents, F45"
APPLIES = "entry"


class Config(PartConfig):
    """Options: `quote`, the age of a quote.

    `bar` and `slack`, what a bar may be late by: a time and a share of it.
    """

    quote: Span = 2 * NS
    bar: Span = 15 * NS
    slack: LimitShare = parse_fraction("20%")


class Facts(NamedTuple):
    """What it is told, ns: age of the latest price.

    Length of the bars it comes by, 0 for quotes.
    """

    age: int
    interval: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return how old what the order was decided on is; the younger of quote and bar."""
    draft, _ = scene.order
    mark = scene.book.truth.marks[draft.instrument]
    if mark.quote_ts > mark.ts:
        return Facts(scene.ts - mark.quote_ts, 0)
    return Facts(scene.ts - mark.ts, max(scene.book.spec.deployments[draft.deployment].interval, 1))


def params(config: Config) -> tuple[int, ...]:
    """Return both times in ns and the share as numerator and denominator."""
    return (config.quote, config.bar, *config.slack.as_integer_ratio())


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse what is older than allowed; exactly as old is allowed."""
    if not facts.interval:
        return int(Code.STALE) if facts.age > params[0] else 0
    late = facts.age - facts.interval - params[1]
    return int(Code.STALE) if is_more(late, params[3], params[2], facts.interval) else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    late = f"{format_span(config.bar)} and {format_fraction(config.slack)} of their length"
    return f"no entry on quotes older than {format_span(config.quote)}, or on bars that are late by {late}"
