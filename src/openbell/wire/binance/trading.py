"""The account's half: orders, lists, executions, coins, limits."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openbell.wire.binance import lists, views
from openbell.wire.binance.books import OrderList, Record
from openbell.wire.binance.call import SIGNED, Act, Call, House, Route, fixed
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.forms import Json, millis, number
from openbell.wire.binance.listing import known
from openbell.wire.binance.refusal import UNKNOWN_ORDER, Refused

MOST_ROWS, USUAL_ROWS = 1000, 500
_DAY_MS = 86_400_000
_ZERO = "0.00000000"


def account(house: House, call: Call) -> Json:
    """Return the account."""
    is_short = call.fields.maybe("omitZeroBalances").lower() == "true"
    call.fields.end()
    clerk = house.desk.clerk
    rate = number(clerk.rate)
    rows = []
    for coin, units in clerk.books.coins.items():
        locked = clerk.till.locked(coin)
        if units or not is_short:
            rows.append({"asset": coin, "free": number(units - locked), "locked": number(locked)})
    points = int(clerk.rate * 10_000)
    return {
        "makerCommission": points, "takerCommission": points, "buyerCommission": 0, "sellerCommission": 0,
        "commissionRates": {"maker": rate, "taker": rate, "buyer": _ZERO, "seller": _ZERO}, "canTrade": True,
        "canWithdraw": False, "canDeposit": False, "brokered": False, "requireSelfTradePrevention": False,
        "preventSor": False, "updateTime": millis(call.now), "accountType": "SPOT", "balances": rows,
        "permissions": ["SPOT"], "uid": house.uid,
    }  # fmt: skip


def commission(house: House, call: Call) -> Json:
    """Return what a trade in a symbol costs."""
    symbol = known(house.desk.clerk.listings, call.fields.text("symbol")).symbol
    call.fields.end()
    rate = number(house.desk.clerk.rate)
    none = dict.fromkeys(("maker", "taker", "buyer", "seller"), _ZERO)
    discount = {"enabledForAccount": False, "enabledForSymbol": False, "discountAsset": "BNB", "discount": _ZERO}
    return {"symbol": symbol, "standardCommission": none | {"maker": rate, "taker": rate}, "taxCommission": none,
            "specialCommission": none, "discount": discount}  # fmt: skip


def order_limits(house: House, call: Call) -> list[Json]:
    """Return how many orders were made of those that may be."""
    call.fields.end()
    return house.meter.rows(call.now, ("ORDERS",), is_used=True)


def my_filters(house: House, call: Call) -> Json:
    """Return the filters of a symbol that hold for this account."""
    listing = known(house.desk.clerk.listings, call.fields.text("symbol"))
    call.fields.end()
    return {"exchangeFilters": [], "symbolFilters": listing.filters(), "assetFilters": []}


# --- orders -------------------------------------------------------------------------------------------------------


def _at_desk(name: str) -> Act:
    return lambda house, call: getattr(house.desk, name)(call.fields, call.now)


def _at_lists(act: Callable[..., Json]) -> Act:
    return lambda house, call: act(house.desk, call.fields, call.now)


def order(house: House, call: Call) -> Json:
    """Return one order."""
    record = house.desk.find(call.fields, UNKNOWN_ORDER)
    call.fields.end()
    return views.detail(record)


def open_orders(house: House, call: Call) -> list[Json]:
    """Return the orders that can execute."""
    symbol = call.fields.maybe("symbol")
    if symbol:
        known(house.desk.clerk.listings, symbol)
    call.fields.end()
    return [views.detail(one) for one in house.desk.books.open_orders(symbol)]


def _bounds(fields: Fields) -> tuple[int, int]:
    start, end = fields.whole("startTime"), fields.whole("endTime")
    if start is not None and end is not None and end - start > _DAY_MS:
        raise Refused(-1127, "More than 24 hours between startTime and endTime.")
    return start or 0, end if end is not None else 1 << 62


def _page(fields: Fields, rows: list[Any], *, is_rising: bool) -> list[Any]:
    most = fields.whole("limit")
    most = min(most if most is not None else USUAL_ROWS, MOST_ROWS)
    return rows[:most] if is_rising else rows[-most:] if most else []


def all_orders(house: House, call: Call) -> list[Json]:
    """Return orders of a symbol, oldest first, from an id on where one is named."""
    fields = call.fields
    symbol = known(house.desk.clerk.listings, fields.text("symbol")).symbol
    first, (start, end) = fields.whole("orderId"), _bounds(fields)

    def is_wanted(one: Record) -> bool:
        return one.symbol == symbol and one.id >= (first or 0) and start <= millis(one.created) <= end

    found = [one for one in house.desk.books.orders.values() if is_wanted(one)]
    page = _page(fields, found, is_rising=first is not None or start > 0)
    fields.end()
    return [views.detail(one) for one in page]


def amendments(house: House, call: Call) -> list[Json]:
    """Return how often and by how much an order was made smaller, oldest first."""
    fields = call.fields
    fields.text("orderId")
    record, first = house.desk.find(fields, UNKNOWN_ORDER), fields.whole("fromExecutionId")
    found = [one for one in house.desk.books.amendments if one.order == record.id and one.id >= (first or 0)]
    page = _page(fields, found, is_rising=True)
    fields.end()
    return [views.amendment_view(one, record.symbol) for one in page]


def my_trades(house: House, call: Call) -> list[Json]:
    """Return executions of a symbol, oldest first, from an id on where one is named."""
    fields = call.fields
    symbol = known(house.desk.clerk.listings, fields.text("symbol")).symbol
    first, wanted, (start, end) = fields.whole("fromId"), fields.whole("orderId"), _bounds(fields)
    if first is not None and (start or end != 1 << 62):
        raise Refused(-1128, "Combination of optional parameters invalid.")
    found = [
        one for one in house.desk.books.trades
        if one.symbol == symbol and one.id >= (first or 0) and wanted in (None, one.order)
        and start <= millis(one.time) <= end
    ]  # fmt: skip
    page = _page(fields, found, is_rising=first is not None or start > 0)
    fields.end()
    return [views.trade_view(one) for one in page]


def allocations(house: House, call: Call) -> list[Json]:
    """Return what was allotted to orders from several books, oldest first."""
    fields = call.fields
    symbol = known(house.desk.clerk.listings, fields.text("symbol")).symbol
    first, wanted, (start, end) = fields.whole("fromAllocationId"), fields.whole("orderId"), _bounds(fields)
    found = [
        one for one in house.desk.books.allotted
        if one.symbol == symbol and one.allotted >= (first or 0) and wanted in (None, one.order)
        and start <= millis(one.time) <= end
    ]  # fmt: skip
    page = _page(fields, found, is_rising=True)
    fields.end()
    return [views.allotment_view(one) for one in page]


# --- lists --------------------------------------------------------------------------------------------------------


def _told(house: House, found: OrderList) -> Json:
    return views.list_view(found, [house.desk.books.orders[name] for name in found.orders])


def order_list(house: House, call: Call) -> Json:
    """Return one list of orders."""
    found = lists.find(house.desk, call.fields, "origClientOrderId", UNKNOWN_ORDER)
    call.fields.end()
    return _told(house, found)


def open_lists(house: House, call: Call) -> list[Json]:
    """Return the lists of which an order can execute."""
    call.fields.end()
    return [_told(house, one) for one in house.desk.books.lists.values() if not one.is_done]


def all_lists(house: House, call: Call) -> list[Json]:
    """Return lists, oldest first."""
    fields = call.fields
    first, (start, end) = fields.whole("fromId"), _bounds(fields)
    found = [
        one for one in house.desk.books.lists.values() if one.id >= (first or 0) and start <= millis(one.time) <= end
    ]
    page = _page(fields, found, is_rising=first is not None)
    fields.end()
    return [_told(house, one) for one in page]


def _trade_weight(given: Mapping[str, str]) -> int:
    return 5 if given.get("orderId") else 20


def _open_weight(given: Mapping[str, str]) -> int:
    return 6 if given.get("symbol") else 80


def _test_weight(given: Mapping[str, str]) -> int:
    return 20 if given.get("computeCommissionRates", "").lower() == "true" else 1


def _new(path: str, name: str, act: Act, orders: int) -> Route:
    return Route(
        method="POST", path=path, name=name, act=act, weight=fixed(1), access=SIGNED, orders=orders, is_free=True
    )


def _get(path: str, name: str, act: Act, weight: int | Callable[[Mapping[str, str]], int]) -> Route:
    cost = fixed(weight) if isinstance(weight, int) else weight
    return Route(method="GET", path=path, name=name, act=act, weight=cost, access=SIGNED)


def _other(method: str, path: str, name: str, act: Act, weight: int) -> Route:
    return Route(method=method, path=path, name=name, act=act, weight=fixed(weight), access=SIGNED, is_free=weight == 1)


def nothing(house: House, call: Call) -> list[Json]:
    """Return what never happens here, of a symbol that is known: an empty list."""
    known(house.desk.clerk.listings, call.fields.text("symbol"))
    for name in (
        "orderId",
        "preventedMatchId",
        "fromPreventedMatchId",
        "limit",
        "startTime",
        "endTime",
    ):
        call.fields.has(name)
    call.fields.end()
    return []


_V3 = "/api/v3"
ROUTES = (
    _get(f"{_V3}/myPreventedMatches", "myPreventedMatches", nothing, 20),
    _get(f"{_V3}/myAllocations", "myAllocations", allocations, 20),
    _get(f"{_V3}/account", "account.status", account, 20),
    _get(f"{_V3}/account/commission", "account.commission", commission, 20),
    _get(f"{_V3}/rateLimit/order", "account.rateLimits.orders", order_limits, 40),
    _get(f"{_V3}/myFilters", "myFilters", my_filters, 40),
    _new(f"{_V3}/order", "order.place", _at_desk("submit"), 1),
    Route(method="POST", path=f"{_V3}/order/test", name="order.test", act=_at_desk("test"), weight=_test_weight,
          access=SIGNED),
    _get(f"{_V3}/order", "order.status", order, 4),
    _other("DELETE", f"{_V3}/order", "order.cancel", _at_desk("cancel"), 1),
    _other("DELETE", f"{_V3}/openOrders", "openOrders.cancelAll", _at_desk("cancel_all"), 1),
    _new(f"{_V3}/order/cancelReplace", "order.cancelReplace", _at_desk("cancel_replace"), 1),
    _other("PUT", f"{_V3}/order/amend/keepPriority", "order.amend.keepPriority", _at_desk("amend"), 4),
    _get(f"{_V3}/order/amendments", "order.amendments", amendments, 4),
    _get(f"{_V3}/openOrders", "openOrders.status", open_orders, _open_weight),
    _get(f"{_V3}/allOrders", "allOrders", all_orders, 20),
    _get(f"{_V3}/myTrades", "myTrades", my_trades, _trade_weight),
    _new(f"{_V3}/order/oco", "orderList.place", _at_lists(lists.old_oco), 2),
    _new(f"{_V3}/orderList/oco", "orderList.place.oco", _at_lists(lists.oco), 2),
    _new(f"{_V3}/orderList/oto", "orderList.place.oto", _at_lists(lists.oto), 2),
    _new(f"{_V3}/orderList/otoco", "orderList.place.otoco", _at_lists(lists.otoco), 3),
    _new(f"{_V3}/orderList/opo", "orderList.place.opo", _at_lists(lists.opo), 2),
    _new(f"{_V3}/orderList/opoco", "orderList.place.opoco", _at_lists(lists.opoco), 3),
    msgspec.structs.replace(_new(f"{_V3}/sor/order", "sor.order.place", _at_desk("submit_sor"), 1), is_listed=True),
    Route(method="POST", path=f"{_V3}/sor/order/test", name="sor.order.test", act=_at_desk("test_sor"),
          weight=_test_weight, access=SIGNED),
    _get(f"{_V3}/orderList", "orderList.status", order_list, 4),
    _other("DELETE", f"{_V3}/orderList", "orderList.cancel", _at_lists(lists.cancel), 1),
    _get(f"{_V3}/openOrderList", "openOrderLists.status", open_lists, 6),
    _get(f"{_V3}/allOrderList", "allOrderLists", all_lists, 20),
)  # fmt: skip
"""What only the account's owner may ask."""
