"""Holds a strategy whose orders the venue rejects one after the other."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.events import OrderUpdate
from openbell.core.monitor import Hold
from openbell.core.owner import named
from openbell.core.types import Status
from openbell.schema import PartConfig

ID, WHEN, EFFECT, SOURCE = "D29", "every rejection", "holds the strategy", "a trading agent's own incident"
APPLIES = "none"
NEEDS = ("venue",)
HEARS = (OrderUpdate,)


class Config(PartConfig):
    """Options: `limit`, rejections in a row."""

    limit: int = Field(default=5, ge=1)


class Facts(NamedTuple):
    """What it is told: rejections since the last order that was not rejected."""

    number: int


def params(config: Config) -> tuple[int, ...]:
    """Return the limit."""
    return (config.limit,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when the number is reached."""
    return int(Code.REJECT_STREAK) if facts.number >= params[0] else 0


def hear(params: tuple[int, ...], book: Book, update: OrderUpdate) -> Iterator[Hold]:
    """Hold the strategy whose order was rejected if that was one too many."""
    order = named(book, update)
    if order is None or not book.is_end or order.status is not Status.REJECTED:
        return
    facts = Facts(book.truth.conduct[order.deployment].rejects)
    if check(params, facts):
        reason = f"the venue rejected {facts.number} orders in a row, last {order.instrument} {update.text}".strip()
        yield Hold(scope=f"deployment:{order.deployment}", reason=reason)


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"a strategy with {config.limit} orders rejected in a row is held"
