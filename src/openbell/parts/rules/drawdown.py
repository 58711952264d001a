"""Stops new risk when equity has fallen from its peak by the limit.

The peak moves along with deposits. From `reduce` on new positions shrink in a straight line, down to half of their
size at the limit; at `flatten` everything is sold.
"""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Alert, Latch, SetTimer
from openbell.core.events import Timer
from openbell.core.risk import FLATTEN, HOLD, NOTHING, WARN, Facts
from openbell.core.types import NS
from openbell.parts.rules._limits import is_more, reached, stage_params
from openbell.parts.rules._pause import again, by_itself, check_opening, paused, with_pause
from openbell.schema import LimitShare, PartConfig, Span, Stage, format_fraction, parse_fraction

ID, WHEN, SOURCE = "D27", "every event", "founding documents"
EFFECT = "shrinks new positions and warns; holds the account and cancels its entries; sells everything"
DRAWDOWN = int(Code.DRAWDOWN)


class Config(PartConfig):
    """Options: `limit`, a fraction of the peak.

    `reduce` and `flatten`, the stages before and after it, or `off`.

    `release` says when the gate opens again: with the next session, or `manual`, only by `openbell enable`. `pause`
    opens it by itself instead: after so long, as soon as the limit is no longer broken.
    """

    limit: LimitShare = parse_fraction("10%")
    reduce: Stage = parse_fraction("5%")
    flatten: Stage = parse_fraction("15%")
    release: Literal["session", "manual", "time"] = "manual"
    pause: Annotated[Span, Field(ge=NS)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_itself(cls, given: object) -> object:
        return by_itself(given)

    @model_validator(mode="after")
    def _opens_one_way(self) -> "Config":
        check_opening(self.release, self.pause)
        return self


APPLIES = "entry"
HEARS = (Latch, Timer)
TIGHTER = "ratio"
WATCH = True


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator.

    Then those of the other stages and of the pause where one is on.
    """
    stages = (*stage_params(config.reduce), *stage_params(config.flatten))
    return with_pause(config.limit.as_integer_ratio(), stages, config.pause)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the fall from the peak has reached the limit."""
    fallen = facts.peak - facts.equity
    is_reached = fallen > 0 and not is_more(params[0], facts.peak, fallen, params[1])
    return DRAWDOWN if is_reached else 0


def stages(params: tuple[int, ...], facts: Facts, ease: tuple[int, int]) -> int:
    """Return how far the limit has been passed.

    `ease` is what the warning's share is multiplied by.
    """
    fallen = facts.peak - facts.equity
    if len(params) > 2 and reached(fallen, facts.peak, (params[4], params[5])):
        return FLATTEN
    if check(params, facts):
        return HOLD
    is_close = len(params) > 2 and reached(fallen, facts.peak, (params[2] * ease[0], params[3] * ease[1]))
    return WARN if is_close else NOTHING


def scale(params: tuple[int, ...], facts: Facts) -> tuple[int, int]:
    """Return what a new position is multiplied by.

    1 up to `reduce`, then in a straight line to 1/2 at the limit.
    """
    fallen = facts.peak - facts.equity
    if len(params) == 2 or not reached(fallen, facts.peak, (params[2], params[3])):
        return 1, 1
    # Falls as multiples of one common unit: where it is, where shrinking begins, where the limit stands.
    unit = params[1] // math.gcd(params[1], params[3]) * params[3]
    here = fallen * unit
    begin, end = params[2] * (unit // params[3]) * facts.peak, params[0] * (unit // params[1]) * facts.peak
    if here >= end or end <= begin:
        return 1, 2
    return 2 * (end - begin) - (here - begin), 2 * (end - begin)


def hear(params: tuple[int, ...], book: Book, cause: Latch | Timer) -> Iterator[SetTimer | Latch | Alert]:
    """Open the gate again where it is closed for a pause only."""
    yield from paused("drawdown", check, params, book, cause)


def text(config: Config) -> str:
    """Return the rule in words."""
    before = "" if config.reduce is None else f", smaller positions from {format_fraction(config.reduce)} on"
    after = "" if config.flatten is None else f", everything sold at {format_fraction(config.flatten)}"
    until = again(config.release, config.pause)
    return f"no new risk {until} after falling {format_fraction(config.limit)} from the peak{before}{after}"
