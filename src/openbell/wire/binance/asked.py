"""What is asked of the front, ready to be carried out.

By REST, on the websocket API, or of a market stream.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openbell.wire.binance.call import Route

PLACES = {
    "session.logon": "hello", "userDataStream.subscribe": "subscribe",
    "userDataStream.subscribe.signature": "subscribe", "order.place": "submit", "orderList.place.oco": "submit",
    "orderList.place": "submit", "order.amendments": "order",
    "orderList.place.oto": "submit", "orderList.place.otoco": "submit", "order.cancelReplace": "amend",
    "orderList.place.opo": "submit", "orderList.place.opoco": "submit", "sor.order.place": "submit",
    "order.amend.keepPriority": "amend", "order.cancel": "cancel", "openOrders.cancelAll": "cancel",
    "orderList.cancel": "cancel", "order.status": "order", "orderList.status": "order", "myTrades": "executions",
    "openOrders.status": "orders", "allOrders": "orders", "openOrderLists.status": "orders", "allOrderLists": "orders",
    "account.status": "account", "account.commission": "account", "account.rateLimits.orders": "account",
    "myFilters": "account", "exchangeInfo": "instruments", "time": "clock", "ping": "ping",
}  # fmt: skip
"""What a fault script calls each request by its name on the websocket API; prices are `history`."""
_NAMES = ("newClientOrderId", "workingClientOrderId", "listClientOrderId", "origClientOrderId")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request.

    Attributes:
        place: In a fault script, empty for what no fault strikes. symbol: Its instrument.
        cid: The client's id of the order, or empty. number: The vendor's id of it, 0 for none.
        act: Carries it out and returns the answer, or raises `Refused`. orders: New orders that it makes.
        claim: An answer that says it was done. is_stream: It was said on a market stream.
        is_metered: Its answer on a websocket says what was used of the limits.
    """

    place: str
    act: Callable[[], Any]
    symbol: str = ""
    cid: str = ""
    number: int = 0
    orders: int = 0
    claim: Any = None
    is_stream: bool = False
    is_metered: bool = True


def asked_of(route: Route, params: Mapping[str, str], act: Callable[[], Any]) -> Asked:
    """Return a request of a route."""
    number = params.get("orderId", "")
    return Asked(
        place=PLACES.get(route.name, "history"), act=act, symbol=params.get("symbol", ""), orders=route.orders,
        cid=next((params[name] for name in _NAMES if params.get(name)), ""),
        number=int(number) if number.isdecimal() else 0,
    )  # fmt: skip
