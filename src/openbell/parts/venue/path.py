"""The way of the price through a bar.

Open, then low and high in the stated order, then close.
"""

from collections.abc import Iterable

from openbell.core.events import Bar
from openbell.core.types import Side
from openbell.parts.venue.resting import Leg, Resting

_LOW_FIRST = (0, 2, 1, 3)
_HIGH_FIRST = (0, 1, 2, 3)


def is_low_first(rule: str, net: int, orders: Iterable[Resting]) -> bool:
    """Return True if the low comes before the high.

    Pessimistic means against us: a holder of a long position meets the low first, of a short one the high; when flat,
    a waiting buy meets the high first, so that its gain cannot be had in the bar of its entry, and a sell the low.

    Args:
        rule: pessimistic, low_first or high_first.
        net: Sign of our position.
        orders: Our live orders in the instrument.
    """
    if rule != "pessimistic":
        return rule == "low_first"
    if net:
        return net > 0
    return not any(order.side is Side.BUY for order in orders)


def open_leg(bar: Bar, half_spread: float) -> Leg:
    """Return the first piece of a bar's path, its open as a point.

    Most orders need no other.
    """
    px = bar.open
    ask = bar.ask[0] if bar.ask else px + px * half_spread
    bid = bar.bid[0] if bar.bid else px - px * half_spread
    return Leg(px, px, ask, ask, bid, bid, bar.open_ts, True, -1.0 if bar.ask else half_spread)  # noqa: FBT003  # a tuple


def legs(bar: Bar, half_spread: float, *, low_first: bool) -> tuple[Leg, ...]:
    """Return the four pieces of a bar's path.

    They are its open as a point, then the way to each extreme, then to the close. Sides come from the data where the
    bar has them, else from `half_spread` (share of the price) around the last.
    """
    order = _LOW_FIRST if low_first else _HIGH_FIRST
    prices = (bar.open, bar.high, bar.low, bar.close)
    asks = bar.ask or tuple(px + px * half_spread for px in prices)
    bids = bar.bid or tuple(px - px * half_spread for px in prices)
    third = bar.interval // 3
    moments = (bar.open_ts, bar.open_ts + third, bar.open_ts + 2 * third, bar.ts)
    found = [open_leg(bar, half_spread)]
    before = 0
    for place, here in enumerate(order[1:], 1):
        found.append(
            Leg(
                prices[before],
                prices[here],
                asks[before],
                asks[here],
                bids[before],
                bids[here],
                moments[place],
                False,  # noqa: FBT003  # a tuple
                -1.0 if bar.ask else half_spread,
            )
        )
        before = here
    return tuple(found)
