"""One request and its answer, apart from the sockets that carry them."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openbell.wire.binance.desk import Desk
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.meter import Meter
from openbell.wire.tape import Tape

OPEN, SIGNED = 0, 1
"""Who may ask: everybody, or whoever has signed."""
USUAL_UID = 354_937_868


class House(msgspec.Struct, kw_only=True):
    """Everything that a question can be about.

    The account and its number, the prices, what was used of the limits.
    """

    desk: Desk
    tape: Tape
    meter: Meter
    uid: int = USUAL_UID


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, and when (UTC ns)."""

    fields: Fields
    now: int


Act = Callable[[House, Call], Any]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request.

    Attributes:
        method, path: Of REST; an empty path is not there. name: Of the websocket API; empty where it is not there.
        act: Carries it out. weight: What it costs. access: Who may ask. orders: New orders that it makes.
        is_free: It costs nothing where it was carried out. is_listed: On a websocket its answer is a list of one.
    """

    method: str
    path: str
    name: str
    act: Act
    weight: Callable[[Mapping[str, str]], int]
    access: int = OPEN
    orders: int = 0
    is_free: bool = False
    is_listed: bool = False


def fixed(weight: int) -> Callable[[Mapping[str, str]], int]:
    """Return a weight that does not depend on what is asked."""
    return lambda _: weight


def carry_out(house: House, route: Route, call: Call, weight: int) -> Any:
    """Do what is asked, and give back what it turned out not to have used of the limits.

    Raises:
        Refused: It is not done.
    """
    found = route.act(house, call)
    if route.is_free:
        house.meter.give_back(call.now, weight)
    # Only orders that rest count against their limit.
    if route.orders and isinstance(found, dict) and found.get("status") == "FILLED":
        house.meter.filled(call.now, route.orders)
    return found
