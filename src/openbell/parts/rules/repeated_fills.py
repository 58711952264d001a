"""Holds a strategy that is filled in one instrument again and again.

A person has to let it go on.
"""

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

ID, WHEN, EFFECT, SOURCE = "D8", "every fill", "holds the strategy until a person resumes it", "RTS 6 art. 15(3)"
APPLIES = "none"
HEARS = (Fill,)


class Config(PartConfig):
    """Options: `limit`, entries with fills of one strategy in one instrument.

    `within`, the time counted.
    """

    limit: int = Field(default=10, ge=1)
    within: Span = 600 * NS


class Facts(NamedTuple):
    """What it is told: how many entries in the instrument were filled."""

    number: int


def look_back(conduct: Conduct, instrument: str, since: int) -> Facts:
    """Return how many entries in an instrument were filled after `since` (ns).

    Parts of one order count once.
    """
    return Facts(sum(t.ts > since and t.instrument == instrument and not t.is_exit for t in conduct.trades))


def params(config: Config) -> tuple[int, ...]:
    """Return the number and the time in ns."""
    return config.limit, config.within


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when the number is reached."""
    return int(Code.REPEATED_FILLS) if facts.number >= params[0] else 0


def hear(params: tuple[int, ...], book: Book, fill: Fill) -> Iterator[Hold]:
    """Hold the strategy that got the fill if it got too many."""
    order = book.truth.orders.get(fill.oid)
    if order is None or order.reduce_only:
        return
    facts = look_back(book.truth.conduct[order.deployment], order.instrument, fill.ts - params[1])
    if check(params, facts):
        reason = f"{facts.number} entries in {order.instrument} were filled in a short time"
        yield Hold(scope=f"deployment:{order.deployment}", reason=reason)


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"a strategy with {config.limit} entries filled in an instrument in {format_span(config.within)} is held"
