"""Refuses instruments, kinds of orders and short sales that are not on the list."""

from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.risk import Scene
from openbell.core.types import OrderType, Side
from openbell.schema import PartConfig, Text

ID, WHEN, EFFECT, SOURCE = "D31", "before each order", "refuses", "15c3-5, SGX"
APPLIES = "entry"
TYPES = tuple(OrderType)


class Config(PartConfig):
    """Options.

    `instruments` are those allowed, by default all that are configured; `deny` is taken from them. `types` are kinds
    of orders for entries, `short` is whether a sale may open a position.
    """

    instruments: tuple[Text, ...] = ()
    deny: tuple[Text, ...] = ()
    types: tuple[OrderType, ...] = TYPES
    short: bool = True


class Facts(NamedTuple):
    """What it is told: 1 for an instrument on the list, the kind of order as a number.

    And 1 for a short sale.
    """

    is_listed: int
    type: int
    is_short: int


def number_of(symbol: str) -> int:
    """Return a symbol as a whole number, another one for each."""
    return int.from_bytes(symbol.encode(), "big")


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return what is ordered."""
    draft, _ = scene.order
    held = scene.book.position(draft.deployment, draft.instrument).qty
    is_short = draft.side is Side.SELL and held < draft.qty
    return Facts(is_listed(params, draft.instrument), TYPES.index(draft.type), int(is_short))


def is_listed(params: tuple[int, ...], symbol: str) -> int:
    """Return 1 for an instrument that may be entered, else 0."""
    allowed, denied, number = params[3 : 3 + params[2]], params[3 + params[2] :], number_of(symbol)
    return int((not allowed or number in allowed) and number not in denied)


def params(config: Config) -> tuple[int, ...]:
    """Return whether short sales are allowed, which kinds of orders are (a bit each).

    And both lists with lengths.
    """
    types = sum(1 << TYPES.index(kind) for kind in config.types)
    allowed, denied = (tuple(map(number_of, names)) for names in (config.instruments, config.deny))
    return int(config.short), types, len(allowed), *allowed, *denied


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse what is not allowed."""
    is_fine = facts.is_listed != 0 and params[1] >> facts.type & 1 != 0 and (facts.is_short == 0 or params[0] != 0)
    return 0 if is_fine else int(Code.RESTRICTED)


def text(config: Config) -> str:
    """Return the rule in words."""
    some = ", ".join(config.instruments) or "all configured instruments"
    but = f" but {', '.join(config.deny)}" if config.deny else ""
    short = "" if config.short else ", no short sales"
    types = "" if config.types == TYPES else f", only {', '.join(config.types)} orders"
    return f"entries in {some}{but}{types}{short}"
