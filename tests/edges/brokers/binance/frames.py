"""Frames of Binance's as its reference has them, and effects in short."""

from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core.types import OrderType, Side, Tif

NAME = "main"
OID = "ABC123-1"
ORDER = 28457124
T0_MS = 1_795_176_000_000
Json = dict[str, Any]


def submit(oid: str = OID, **fields: Any) -> fx.Submit:
    """Return a limit order to buy 0.01 bitcoin at 50,000, but for what is given."""
    given = {
        "oid": oid, "index": 1, "account": NAME, "deployment": "x", "instrument": "BTCUSDT", "side": Side.BUY,
        "qty": Decimal("0.01"), "type": OrderType.LIMIT, "tif": Tif.GTC, "limit": Decimal(50_000),
    }  # fmt: skip
    return fx.Submit(**(given | fields))


def amend(**fields: Any) -> fx.Amend:
    """Return a change of that order."""
    return fx.Amend(**({"oid": OID, "account": NAME, "qty": Decimal("0.01"), "limit": Decimal("50001.5")} | fields))


def order(**fields: Any) -> Json:
    """Return an order as a question is answered."""
    return {
        "symbol": "BTCUSDT", "orderId": ORDER, "orderListId": -1, "clientOrderId": OID, "price": "50000.00000000",
        "origQty": "0.01000000", "executedQty": "0.00000000", "cummulativeQuoteQty": "0.00000000", "status": "NEW",
        "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "stopPrice": "0.00000000", "icebergQty": "0.00000000",
        "time": T0_MS, "updateTime": T0_MS + 61_123, "isWorking": True, "workingTime": T0_MS,
        "origQuoteOrderQty": "0.00000000", "selfTradePreventionMode": "EXPIRE_MAKER",
    } | fields  # fmt: skip


def made(fills: int = 0, **fields: Any) -> Json:
    """Return the answer to a new order, with so many executions."""
    rows = [
        {"price": "49999.99000000", "qty": "0.00400000", "commission": "0.00000400", "commissionAsset": "BTC",
         "tradeId": 56_003 + n} for n in range(fills)
    ]  # fmt: skip
    kept = {name: value for name, value in order().items() if name not in ("time", "updateTime", "isWorking")}
    return kept | {"transactTime": T0_MS + 61_123, "fills": rows} | fields


def cancelled(**fields: Any) -> Json:
    """Return the answer to a cancel."""
    told = {"origClientOrderId": OID, "clientOrderId": "cx-1", "status": "CANCELED", "transactTime": T0_MS + 70_000}
    return made() | told | fields


def report(kind: str = "TRADE", **fields: Any) -> Json:
    """Return a report about that order: an execution of 0.004 unless said otherwise."""
    return {
        "e": "executionReport", "E": T0_MS + 61_130, "s": "BTCUSDT", "c": OID, "S": "BUY", "o": "LIMIT", "f": "GTC",
        "q": "0.01000000", "p": "50000.00000000", "P": "0.00000000", "F": "0.00000000", "g": -1, "C": "", "x": kind,
        "X": "PARTIALLY_FILLED", "r": "NONE", "i": ORDER, "l": "0.00400000", "z": "0.00400000", "L": "49999.99000000",
        "n": "0.00000400", "N": "BTC", "T": T0_MS + 61_123, "t": 56_003, "I": 8_641_984, "w": True, "m": True,
        "M": False, "O": T0_MS, "Z": "200.00000000", "Y": "200.00000000", "Q": "0.00000000", "W": T0_MS,
        "V": "EXPIRE_MAKER",
    } | fields  # fmt: skip


def trade(**fields: Any) -> Json:
    """Return the same execution among the account's trades."""
    return {
        "symbol": "BTCUSDT", "id": 56_003, "orderId": ORDER, "orderListId": -1, "price": "49999.99000000",
        "qty": "0.00400000", "quoteQty": "199.99996000", "commission": "0.00000400", "commissionAsset": "BTC",
        "time": T0_MS + 61_123, "isBuyer": True, "isMaker": True, "isBestMatch": True,
    } | fields  # fmt: skip


def account(**fields: Any) -> Json:
    """Return the account, as far as it is read."""
    balances = [
        {"asset": "BTC", "free": "0.01000000", "locked": "0.00400000"},
        {"asset": "USDT", "free": "9480.00000000", "locked": "520.00000000"},
        {"asset": "BNB", "free": "0.00000000", "locked": "0.00000000"},
    ]
    return {"canTrade": True, "accountType": "SPOT", "uid": 354_937_868, "balances": balances} | fields


def rules(**fields: Any) -> Json:
    """Return what the venue lists, as far as it is read."""
    filters = [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.01000000",
            "maxPrice": "1000000.00000000",
            "tickSize": "0.01000000",
        },
        {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000", "maxNotional": "9000000.00000000"},
    ]
    symbol = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": filters}
    return {"symbols": [symbol | fields]}


def refusal(code: int, msg: str) -> Json:
    """Return what a refusal says."""
    return {"code": code, "msg": msg}


def minute(**fields: Any) -> Json:
    """Return the closed minute of the reference."""
    inner = {
        "t": T0_MS, "T": T0_MS + 59_999, "s": "BTCUSDT", "i": "1m", "f": 100, "L": 407, "o": "52000.00", "c": "52005.00",
        "h": "52010.00", "l": "51990.00", "v": "12.345", "n": 308, "x": True, "q": "641940.22", "V": "6.1",
        "Q": "317210.5", "B": "0",
    }  # fmt: skip
    return {"e": "kline", "E": T0_MS + 60_012, "s": "BTCUSDT", "k": inner | fields}
