"""Sells what has been held for too many sessions."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.events import Schedule
from openbell.core.monitor import Leave
from openbell.schema import PartConfig

ID, WHEN, EFFECT, SOURCE = "D37", "when a session begins", "sells the holding", "founding documents"
APPLIES = "none"
HEARS = (Schedule,)


class Config(PartConfig):
    """Options: `days`, sessions of the instrument's calendar (trading days.

    Not calendar days).
    """

    days: int = Field(default=10, ge=1)


class Facts(NamedTuple):
    """What it is told: sessions that have begun since the position was opened."""

    days: int


def params(config: Config) -> tuple[int, ...]:
    """Return the number of sessions."""
    return (config.days,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when the number is reached."""
    return int(Code.HOLDING_PERIOD) if facts.days >= params[0] else 0


def hear(params: tuple[int, ...], book: Book, event: Schedule) -> Iterator[Leave]:
    """Sell what is too old when a session of its calendar begins."""
    if not event.is_open:
        return
    for symbol, holders in book.holders.items():
        if book.instrument(symbol).calendar != event.calendar:
            continue
        for position in holders:
            if position.deployment in book.spec.deployments and check(params, Facts(position.days)):
                yield Leave(deployment=position.deployment, instrument=symbol, reason=Code.HOLDING_PERIOD)


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"nothing is held for more than {config.days} sessions"
