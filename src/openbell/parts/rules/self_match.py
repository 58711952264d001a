"""Refuses an order that could trade with one of our own."""

from decimal import Decimal
from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.exposure import Draft
from openbell.core.order import Order
from openbell.core.risk import Scene
from openbell.core.types import OrderType, Side
from openbell.schema import PartConfig

ID, WHEN, EFFECT, SOURCE = "D30", "before each order", "refuses", "FIA, Binance's self-trade prevention"
APPLIES = "entry"


class Config(PartConfig):
    """No options."""


class Facts(NamedTuple):
    """What it is told: how many of the account's own orders it could trade with.

    Those in doubt included.
    """

    crossing: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return how many opposite orders the order would meet."""
    draft, _ = scene.order
    px = scene.book.mark_px(draft.instrument)
    orders = scene.book.open_orders[draft.instrument].values()
    others = (o for o in orders if o.account == draft.account and o.side is not draft.side)
    return Facts(0 if px is None else sum(crosses(draft, other, px) for other in others))


def crosses(draft: Draft, other: Order, px: Decimal) -> bool:
    """Return True if two opposite orders could meet at once with the market at `px`.

    A stop that is not triggered stands in nobody's way.
    """
    if other.type in (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING) or not other.leaves:
        return False
    mine, theirs = _reach(draft, px), _reach(other, px)
    return mine >= theirs if draft.side is Side.BUY else mine <= theirs


def _reach(order: Draft | Order, px: Decimal) -> Decimal:
    """Return the price that an order goes to: its limit, a stop's trigger, else the market."""
    return order.limit if order.limit is not None else order.stop if order.stop is not None else px


def params(config: Config) -> tuple[int, ...]:
    """Return the options as integers: none."""
    return (0,)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse if there is any."""
    return int(Code.SELF_MATCH) if facts.crossing > 0 else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return "no order that could trade with one of our own"
