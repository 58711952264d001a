"""Cuts what is held by a share when a limit closes the gate.

Once while gates stay closed, however many limits close them: two that are passed at once cut no more than one. What
its trigger sells to the last unit anyway is left to it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from openbell.core.book import Book, LatchState
from openbell.core.codes import Code
from openbell.core.desk import covers
from openbell.core.effects import Alert, Latch
from openbell.core.ladder import FLATTEN, tier_over
from openbell.core.monitor import Leave
from openbell.core.position import Position
from openbell.core.types import Rounding, div
from openbell.schema import Fraction, PartConfig, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D27", "when a gate closes", "sells a share of every holding", "founding documents"
APPLIES = "none"
HEARS = (Latch,)
TRIGGERS = ("drawdown", "daily_loss", "weekly_loss", "monthly_loss", "own_loss", "own_drawdown", "kill")
"""What can close a gate by itself, and a kill, whoever pulled it."""

Trigger = Literal["drawdown", "daily_loss", "weekly_loss", "monthly_loss", "own_loss", "own_drawdown", "kill"]


class Config(PartConfig):
    """Options: `share`, by how much every holding is cut, rounded up to whole lots.

    `triggers` are the gates whose closing does it: limits by their rule, a strategy's own limits as `own_loss` and
    `own_drawdown`, and `kill`.
    """

    share: Annotated[Fraction, Field(gt=0, lt=1)] = parse_fraction("50%")
    triggers: Annotated[tuple[Trigger, ...], Field(min_length=1)] = ("drawdown", "daily_loss")


class Facts(NamedTuple):
    """What it is told: 1 where no other trigger has closed a gate over the holding before."""

    is_first: int


def params(config: Config) -> tuple[int, ...]:
    """Return the share as numerator and denominator, and the numbers of the triggers."""
    return (*config.share.as_integer_ratio(), *(TRIGGERS.index(one) for one in config.triggers))


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Ask for a cut by the first trigger."""
    return int(Code.REDUCED) if facts.is_first else 0


def hear(params: tuple[int, ...], book: Book, latch: Latch) -> Iterator[Leave | Alert]:
    """Sell a share of what is held below a gate that has just been closed."""
    triggers = {TRIGGERS[number] for number in params[2:]}
    if not latch.is_on or latch.level != "hold" or latch.kind not in triggers:
        return
    cuts = []
    for holders in book.holders.values():
        for position in holders:
            own = (position.account, position.deployment, position.instrument)
            if position.deployment not in book.spec.deployments or not covers(latch.scope, *own):
                continue
            first = _first(book, triggers, own)
            is_first = first is not None and (first.kind, first.scope) == (latch.kind, latch.scope)
            if check(params, Facts(int(is_first))) and tier_over(book.truth.kills, *own) < FLATTEN:
                cuts.append(_cut(book, position, params))
    yield from cuts
    if cuts:
        name = latch.scope.partition(":")[2]
        text = f"{name or 'everything'}: {params[0]}/{params[1]} of {len(cuts)} held is sold: {latch.reason}"
        yield Alert(level="critical", key=f"cut/{latch.scope}", text=text)


def _first(book: Book, triggers: set[str], own: tuple[str, str, str]) -> LatchState | None:
    """Return the gate over a holding that was closed before all others."""
    return next((one for one in book.truth.latches.values() if one.kind in triggers and covers(one.scope, *own)), None)


def _cut(book: Book, position: Position, params: tuple[int, ...]) -> Leave:
    lot = book.instrument(position.instrument).lot
    qty = div(abs(position.qty) * params[0], Decimal(params[1]), lot, Rounding.CEIL)
    return Leave(
        deployment=position.deployment, instrument=position.instrument, reason=Code.REDUCED,
        qty=min(qty, abs(position.qty)),
    )  # fmt: skip


def text(config: Config) -> str:
    """Return the rule in words."""
    return (
        f"every holding is cut by {format_fraction(config.share)} when {' or '.join(config.triggers)} closes the gate"
    )
