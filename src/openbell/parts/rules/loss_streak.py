"""Holds a strategy that loses again and again.

So many exits in a row at a loss, fees counted.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.conduct import Conduct
from openbell.core.events import Fill
from openbell.core.monitor import Hold
from openbell.core.types import DAY_NS
from openbell.schema import PartConfig, Span, format_span

ID, WHEN, EFFECT, SOURCE = "D28", "every fill", "holds the strategy", "freqtrade's protections"
APPLIES = "none"
HEARS = (Fill,)
RELEASES = ("session", "manual")


class Config(PartConfig):
    """Options: `limit`, losing exits in a row; `within`, the time looked back, at most a day.

    `release` says when the strategy may go on: with the next session, or `manual`.
    """

    limit: int = Field(default=3, ge=1)
    within: Span = Field(default=DAY_NS, ge=1, le=DAY_NS)
    release: Literal["session", "manual"] = "session"


class Facts(NamedTuple):
    """What it is told: how many of the latest exits lost, up to the first that did not."""

    losses: int


def look_back(conduct: Conduct, since: int) -> Facts:
    """Return how many exits after `since` (ns) have lost in a row.

    Parts of one order count once.
    """
    losses = 0
    for trade in reversed(conduct.trades):
        if trade.is_exit:
            if trade.ts <= since or trade.gain >= 0:
                break
            losses += 1
    return Facts(losses)


def params(config: Config) -> tuple[int, ...]:
    """Return the number, the time in ns, and the number of the release."""
    return config.limit, config.within, RELEASES.index(config.release)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when the number is reached."""
    return int(Code.LOSS_STREAK) if facts.losses >= params[0] else 0


def hear(params: tuple[int, ...], book: Book, fill: Fill) -> Iterator[Hold]:
    """Hold the strategy whose exit has just lost if that was one too many."""
    order = book.truth.orders.get(fill.oid)
    if order is None or not order.reduce_only:
        return
    since = fill.ts - params[1]
    if RELEASES[params[2]] == "session":
        # What the session before has lost was paid for with a hold of its own.
        since = max(since, book.session(order.instrument).open)
    facts = look_back(book.truth.conduct[order.deployment], since)
    if check(params, facts):
        reason = f"{facts.losses} exits in a row lost"
        yield Hold(scope=f"deployment:{order.deployment}", reason=reason, release=RELEASES[params[2]])


def text(config: Config) -> str:
    """Return the rule in words."""
    again = "until the next session" if config.release == "session" else "until resumed by hand"
    return f"a strategy with {config.limit} losing exits in a row in {format_span(config.within)} is held {again}"
