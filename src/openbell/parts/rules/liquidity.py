"""Bounds an order by what is usually traded in a day.

And by what is shown at the top of the book.
"""

from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene, cents
from openbell.core.types import Rounding, Side
from openbell.parts.rules._limits import is_more
from openbell.schema import LimitShare, Number, PartConfig, format_decimal, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D3", "before each order", "refuses", "POEMS, FINRA"
APPLIES = "entry"
NEEDS = ("adv",)


class Config(PartConfig):
    """Options: `of_volume`, a share of the average daily volume.

    `of_shown`, times the size at the top of the book.
    """

    of_volume: LimitShare = parse_fraction("1%")
    of_shown: Number = Field(default=Decimal(5), gt=0)


class Facts(NamedTuple):
    """What it is told, units in 1e-8.

    The order, the usual volume of a day (0 unknown), the size shown (-1 unknown).
    """

    units: int
    volume: int
    shown: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the order's quantity.

    The instrument's daily volume and the size on the side it would take.
    """
    draft, _ = scene.order
    mark, instrument = scene.book.truth.marks[draft.instrument], scene.book.instrument(draft.instrument)
    size = mark.ask_size if draft.side is Side.BUY else mark.bid_size
    shown = cents(instrument.price(size, Rounding.FLOOR)) if size > 0.0 else -1
    return Facts(cents(abs(draft.qty)), cents(instrument.adv), shown)


def params(config: Config) -> tuple[int, ...]:
    """Return both shares as numerators and denominators."""
    return (*config.of_volume.as_integer_ratio(), *config.of_shown.as_integer_ratio())


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above either share, and where the daily volume is not known."""
    is_large = is_more(facts.units, params[1], params[0], facts.volume)
    is_beyond = facts.shown >= 0 and is_more(facts.units, params[3], params[2], facts.shown)
    return int(Code.LIQUIDITY) if is_large or is_beyond else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    times = format_decimal(config.of_shown)
    return f"an order is at most {format_fraction(config.of_volume)} of a day's volume and {times} times what is shown"
