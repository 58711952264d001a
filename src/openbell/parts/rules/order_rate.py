"""Bounds the messages sent to the venue; a part of the budget is kept for cancels.

New orders, changes and cancels count, over strategy and account alike. Entries may not use the reserve. Exits have
their own, wider limits; a cancel is never refused. A strategy refused too often is held.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Decision
from openbell.core.monitor import Hold
from openbell.core.risk import Scene
from openbell.core.types import MINUTE_NS, NS
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

ID, WHEN, SOURCE = "D9, D10", "before each order and change", "RTS 6 art. 15(1)(d), FIA"
EFFECT = "refuses; holds the strategy after three refusals in a session"
APPLIES = "both"
HEARS = (Decision,)


class Config(PartConfig):
    """Options: messages in any second and any minute; the share kept for cancels.

    Refusals before the strategy is held.

    `exits` is how many times as much orders that reduce a holding may use.
    """

    per_second: int = Field(default=5, ge=1)
    per_minute: int = Field(default=60, ge=1)
    reserve: LimitShare = Field(default=parse_fraction("30%"), ge=0, lt=1)
    exits: int = Field(default=10, ge=1)
    breaches: int = Field(default=3, ge=1)


class Facts(NamedTuple):
    """What it is told: messages of the last second and minute, of strategy and account.

    1 for an exit.
    """

    own_second: int
    own_minute: int
    all_second: int
    all_minute: int
    is_exit: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return what was sent of late."""
    draft, _ = scene.order
    book, ts = scene.book, scene.ts
    own = book.truth.conduct.get(draft.deployment)
    others = [c for n, c in book.truth.conduct.items()
              if n in book.spec.deployments and book.spec.deployments[n].account == draft.account]  # fmt: skip
    second, minute = ts - NS, ts - MINUTE_NS
    return Facts(
        own_second=own.sent_since(second) if own is not None else 0,
        own_minute=own.sent_since(minute) if own is not None else 0,
        all_second=sum(one.sent_since(second) for one in others),
        all_minute=sum(one.sent_since(minute) for one in others),
        is_exit=int(draft.reduce_only),
    )


def params(config: Config) -> tuple[int, ...]:
    """Return both limits, what the reserve leaves of them as a ratio, the factor for exits.

    And the refusals.
    """
    left, whole = (1 - config.reserve).as_integer_ratio()
    return config.per_second, config.per_minute, left, whole, config.exits, config.breaches


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse the message that would be one too many."""
    times, by = (params[4], 1) if facts.is_exit else (params[2], params[3])
    is_fast = (max(facts.own_second, facts.all_second) + 1) * by > params[0] * times
    is_much = (max(facts.own_minute, facts.all_minute) + 1) * by > params[1] * times
    return int(Code.ORDER_RATE) if is_fast or is_much else 0


def hear(params: tuple[int, ...], book: Book, decision: Decision) -> Iterator[Hold]:
    """Hold a strategy that was refused too often in this session."""
    conduct = book.truth.conduct.get(decision.deployment)
    if decision.code == Code.ORDER_RATE and conduct is not None and conduct.refused >= params[5]:
        reason = f"{conduct.refused} orders were refused because too many messages were sent"
        yield Hold(scope=f"deployment:{decision.deployment}", reason=reason)


def text(config: Config) -> str:
    """Return the rule in words."""
    return (
        f"at most {config.per_second} messages a second and {config.per_minute} a minute, "
        f"{format_fraction(config.reserve)} of them kept for cancels"
    )
