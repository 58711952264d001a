"""What a running engine looks at by the clock, as a file says it."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from openbell.core.types import NS
from openbell.schema import Fraction, PartConfig, Span

Above = Annotated[Span, Field(gt=0)]
Use = Annotated[Fraction, Field(gt=0, le=1)]


class Expected(PartConfig):
    """What trading is expected to be like; worse over the latest trades is told.

    Attributes:
        trades: Closed trades that are looked at together.
        win_rate: Least share of them with a profit, None for no bound.
        profit_factor: Least sum of profits over sum of losses, None for no bound.
    """

    trades: int = Field(default=20, ge=1)
    win_rate: Use | None = None
    profit_factor: Annotated[Decimal, Field(gt=0)] | None = None


class MonitorTerms(PartConfig):
    """How often what is looked at, and from which use of the machine on there is an alert.

    Attributes:
        health: Between two looks at the machine: processor, memory, disk, and how late the engine is.
        figures: Between two lines of the log about what trading came to.
        positions: Between two lines of the log about each holding.
        cpu, memory, disk: Uses that, at three looks in a row, alert once until they have been lower again.
        expected: What trading is expected to be like, None for nothing.
    """

    health: Above = 60 * NS
    figures: Above = 300 * NS
    positions: Above = 30 * NS
    cpu: Use = Decimal("0.8")
    memory: Use = Decimal("0.8")
    disk: Use = Decimal("0.9")
    expected: Expected | None = None
