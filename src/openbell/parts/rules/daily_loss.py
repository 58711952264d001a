"""Stops new risk for the day when the day's result falls to minus the limit.

Realised and unrealised results and fees count, deposits do not; gains never stop anything. A warning comes before,
and where `flatten` is set everything is sold at that loss.
"""

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
from openbell.parts.rules._pause import again, check_opening, paused, with_pause
from openbell.schema import LimitShare, PartConfig, Span, Stage, format_fraction, parse_fraction

ID, WHEN, SOURCE = "D25", "every event", "15c3-5 capital threshold, founding documents"
EFFECT = "warns; holds the account and cancels its entries; sells everything"
DAILY_LOSS = int(Code.DAILY_LOSS)


class Config(PartConfig):
    """Options.

    `limit` is a fraction of the equity at session open. `warn` and `flatten` are the stages before and after it, or
    `off`. `release` says when the gate opens again: with the next session, or `manual`, only by `openbell enable`.
    `pause` opens it before the next session: after so long, as soon as the limit is no longer broken.
    """

    limit: LimitShare = parse_fraction("2%")
    warn: Stage = parse_fraction("1%")
    flatten: Stage = None
    release: Literal["session", "manual"] = "session"
    pause: Annotated[Span, Field(ge=NS)] | None = None

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
    stages = (*stage_params(config.warn), *stage_params(config.flatten))
    return with_pause(config.limit.as_integer_ratio(), stages, config.pause)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the loss since session open has reached the limit."""
    lost = facts.session_equity + facts.session_flows - facts.equity
    is_reached = lost > 0 and not is_more(params[0], facts.session_equity, lost, params[1])
    return DAILY_LOSS if is_reached else 0


def stages(params: tuple[int, ...], facts: Facts, ease: tuple[int, int]) -> int:
    """Return how far the limit has been passed.

    `ease` is what the warning's share is multiplied by.
    """
    lost, whole = facts.session_equity + facts.session_flows - facts.equity, facts.session_equity
    if len(params) > 2 and reached(lost, whole, (params[4], params[5])):
        return FLATTEN
    if check(params, facts):
        return HOLD
    is_close = len(params) > 2 and reached(lost, whole, (params[2] * ease[0], params[3] * ease[1]))
    return WARN if is_close else NOTHING


def hear(params: tuple[int, ...], book: Book, cause: Latch | Timer) -> Iterator[SetTimer | Latch | Alert]:
    """Open the gate again where it is closed for a pause only."""
    yield from paused("daily_loss", check, params, book, cause)


def text(config: Config) -> str:
    """Return the rule in words."""
    also = "" if config.flatten is None else f", everything sold at {format_fraction(config.flatten)}"
    until = again(config.release, config.pause)
    return f"no new risk {until} after losing {format_fraction(config.limit)} in a day{also}"
