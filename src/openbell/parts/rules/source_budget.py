"""Bounds what a source of signals outside may cause in a session: entries and their worth.

It also says why a signal that came too late did nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Decision, Note
from openbell.core.events import Answer
from openbell.core.risk import Scene, cents
from openbell.parts.rules._limits import in_words, limit_params, passes
from openbell.schema import Limit, PartConfig, parse_limit

ID, WHEN, EFFECT, SOURCE = "D41", "before each order", "refuses", "F115, F118"
APPLIES = "entry"
NEEDS = ("signals",)
HEARS = (Answer,)


class Config(PartConfig):
    """Options: `entries` and `worth`, of one deployment in a session."""

    entries: int = Field(default=10, ge=1)
    worth: Limit = parse_limit("10%")


class Facts(NamedTuple):
    """What it is told: 1 where signals come from outside; entries before this one.

    Worth with it, equity (1e-8).
    """

    is_outside: int
    entries: int
    worth: int
    equity: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return what the deployment's source has caused in this session."""
    draft, exposure = scene.order
    book = scene.book
    conduct = book.truth.conduct.get(draft.deployment)
    orders, spent = (conduct.orders, conduct.spent) if conduct is not None else (0, 0)
    is_outside = int(bool(book.spec.deployments[draft.deployment].signals))
    return Facts(is_outside, orders, cents(spent + exposure.order), cents(book.truth.accounts[draft.account].equity))


def params(config: Config) -> tuple[int, ...]:
    """Return the number of entries, and the worth as a share and as money."""
    return (config.entries, *limit_params(config.worth))


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse the entry that would be one too many or worth too much."""
    is_over = facts.entries >= params[0] or passes(facts.worth, params[1:], facts.equity)
    return int(Code.SOURCE_BUDGET) if facts.is_outside and is_over else 0


class _About(msgspec.Struct):
    """What a signal is about; whatever else it says is no concern of a rule."""

    instrument: str


def hear(params: tuple[int, ...], book: Book, answer: Answer) -> Iterator[Decision | Note]:
    """Say of a signal that came too late that it was left alone."""
    spec = book.spec.deployments.get(answer.deployment)
    if answer.is_ok or spec is None or not spec.signals or not answer.ask.startswith("signal/"):
        return
    symbol = msgspec.json.decode(answer.value, type=_About).instrument
    if symbol in spec.instruments:
        yield Decision(deployment=spec.name, instrument=symbol, signal=Code.STALE_DATA, code=Code.STALE_DATA)
        yield Note(kind="signal", text=f"{spec.name} {symbol}: {answer.ask} came too late and was left alone")


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"a source outside causes at most {config.entries} entries a session, worth {in_words(config.worth)}"
