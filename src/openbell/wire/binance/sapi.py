"""Questions beside spot's own that libraries ask before they trade, most of `/sapi/v1`.

What this account may do, what its coins are, what trading costs, that there are no futures. By REST alone.
"""

from openbell.wire.binance.call import OPEN, SIGNED, Act, Call, House, Route, fixed
from openbell.wire.binance.forms import Json, millis, number
from openbell.wire.binance.listing import known

_NONE = "0.00000000"
_CANNOT = (
    "enableWithdrawals", "enableInternalTransfer", "enableMargin", "enableFutures", "permitsUniversalTransfer",
    "enableVanillaOptions", "enableFixApiTrade", "enableFixReadOnly", "enablePortfolioMarginTrading", "ipRestrict",
)  # fmt: skip


def system(house: House, call: Call) -> Json:
    """Return whether the venue is open."""
    call.fields.end()
    return {"status": 0, "msg": "normal"}


def status(house: House, call: Call) -> Json:
    """Return how the account stands."""
    call.fields.end()
    return {"data": "Normal"}


def trading_status(house: House, call: Call) -> Json:
    """Return whether the account is kept from trading by its key."""
    call.fields.end()
    return {"data": {"isLocked": False, "plannedRecoverTime": 0, "triggerCondition": {}, "updateTime": 0}}


def rights(house: House, call: Call) -> Json:
    """Return what the key may do: look and trade."""
    call.fields.end()
    can = {"enableReading": True, "enableSpotAndMarginTrading": True}
    return {"createTime": millis(call.now), **can, **dict.fromkeys(_CANNOT, False)}


def fees(house: House, call: Call) -> list[Json]:
    """Return what a trade costs, by symbol or in one."""
    listings, symbol = house.desk.clerk.listings, call.fields.maybe("symbol")
    found = [known(listings, symbol).symbol] if symbol else list(listings)
    call.fields.end()
    rate = f"{house.desk.clerk.rate.normalize():f}"
    return [{"symbol": one, "makerCommission": rate, "takerCommission": rate} for one in found]


def coins(house: House, call: Call) -> list[Json]:
    """Return every coin; none can be moved in or out."""
    call.fields.end()
    clerk = house.desk.clerk
    named = dict.fromkeys([*clerk.books.coins, *(one.base for one in clerk.listings.values())])
    rows = []
    for coin in named:
        locked = clerk.till.locked(coin)
        free = clerk.books.coins.get(coin, locked) - locked
        rows.append({
            "coin": coin, "name": coin, "free": number(free), "locked": number(locked), "freeze": _NONE,
            "ipoable": _NONE, "ipoing": _NONE, "storage": _NONE, "withdrawing": _NONE, "isLegalMoney": False,
            "trading": True, "depositAllEnable": False, "withdrawAllEnable": False, "networkList": [],
        })  # fmt: skip
    return rows


def no_pairs(house: House, call: Call) -> list[Json]:
    """Return what is traded on borrowed money: nothing is."""
    call.fields.has("symbol")
    call.fields.end()
    return []


def no_contracts(house: House, call: Call) -> Json:
    """Return which futures there are: none.

    ccxt asks it before it knows any market, unless told that it shall know spot alone.
    """
    call.fields.end()
    return {"timezone": "UTC", "serverTime": millis(call.now), "rateLimits": [], "exchangeFilters": [], "assets": [],
            "symbols": []}  # fmt: skip


def _get(path: str, act: Act, weight: int, access: int = SIGNED) -> Route:
    return Route(method="GET", path=f"/sapi/v1/{path}", name="", act=act, weight=fixed(weight), access=access)


ROUTES = (
    _get("system/status", system, 1, OPEN),
    _get("account/status", status, 1),
    _get("account/apiTradingStatus", trading_status, 1),
    _get("account/apiRestrictions", rights, 1),
    _get("asset/tradeFee", fees, 1),
    _get("capital/config/getall", coins, 10),
    _get("margin/allPairs", no_pairs, 1),
    _get("margin/isolated/allPairs", no_pairs, 1),
    *(
        Route(method="GET", path=path, name="", act=no_contracts, weight=fixed(1), access=OPEN)
        for path in ("/fapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo")
    ),
)
"""What is answered beside spot's own."""
