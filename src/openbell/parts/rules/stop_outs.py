"""Holds a strategy that is stopped out again and again."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.conduct import Conduct
from openbell.core.events import Fill
from openbell.core.monitor import Hold
from openbell.core.types import NS
from openbell.schema import PartConfig, Span, format_span

ID, WHEN, EFFECT, SOURCE = "D28", "every fill", "holds the strategy", "freqtrade's protections"
APPLIES = "none"
HEARS = (Fill,)
STOPS = frozenset({Code.STOP_LOSS, Code.TRAILING_STOP})


class Config(PartConfig):
    """Options: `limit`, stops of one strategy; `within`, the time counted, at most a day."""

    limit: int = Field(default=4, ge=1)
    within: Span = Field(default=86_400 * NS, le=86_400 * NS)


class Facts(NamedTuple):
    """What it is told: how many stops were hit."""

    number: int


def look_back(conduct: Conduct, since: int) -> Facts:
    """Return how many stops were hit after `since` (ns); parts of one order count once."""
    return Facts(sum(t.ts > since and t.reason in STOPS for t in conduct.trades))


def params(config: Config) -> tuple[int, ...]:
    """Return the number and the time in ns."""
    return config.limit, config.within


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when the number is reached."""
    return int(Code.STOP_OUTS) if facts.number >= params[0] else 0


def hear(params: tuple[int, ...], book: Book, fill: Fill) -> Iterator[Hold]:
    """Hold the strategy whose stop was hit if that was one too many."""
    order = book.truth.orders.get(fill.oid)
    if order is None or order.reason not in STOPS:
        return
    facts = look_back(book.truth.conduct[order.deployment], fill.ts - params[1])
    if check(params, facts):
        yield Hold(scope=f"deployment:{order.deployment}", reason=f"{facts.number} stops were hit")


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"a strategy with {config.limit} stops hit in {format_span(config.within)} is held"
