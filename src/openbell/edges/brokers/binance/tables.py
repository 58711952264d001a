"""What Binance's words mean to us; the local front has tables of its own, on purpose."""

from openbell.core.codes import Code
from openbell.core.types import OrderType

TEST_HOST, DEMO_HOST = "testnet.binance.vision", "demo-api.binance.com"
LIVE_HOSTS = ("api.binance.com", "api-gcp.binance.com", *(f"api{n}.binance.com" for n in range(1, 5)))
API_HOSTS = {
    TEST_HOST: f"ws-api.{TEST_HOST}", DEMO_HOST: "demo-ws-api.binance.com",
    **dict.fromkeys(LIVE_HOSTS, "ws-api.binance.com:443"),
}  # fmt: skip
PRICE_HOSTS = {
    TEST_HOST: f"stream.{TEST_HOST}", DEMO_HOST: "demo-stream.binance.com",
    **dict.fromkeys(LIVE_HOSTS, "stream.binance.com:443"),
}  # fmt: skip
"""Where the websocket API and the market streams of a host are."""
TYPES = {
    OrderType.MARKET: "MARKET",
    OrderType.LIMIT: "LIMIT",
    OrderType.STOP: "STOP_LOSS",
    OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT",
}
KINDS = {word: kind for kind, word in TYPES.items()} | {"LIMIT_MAKER": OrderType.LIMIT}
"""Kinds that an order in a list may have; any other one is not ours, and is told as a stop."""
ALIVE = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW", "PENDING_CANCEL", "FILLED"})
"""Statuses that end nothing: a full order is ended by its executions, never by this word."""
ENDINGS = {
    "CANCELED": "cancelled", "EXPIRED": "expired", "EXPIRED_IN_MATCH": "expired", "REJECTED": "rejected",
}  # fmt: skip
DOUBTS = ("REPLACED", "TRADE_PREVENTION")
"""Execution types behind which the order has to be asked after."""
ENDED_STREAM = ("eventStreamTerminated", "serverShutdown")
STRANGER = (-2014, -2015, -1022)
"""Codes by which the venue does not accept who we are."""
LIMITED = (-1003, -1008, -1015)
LATE_STAMP = -1021
CODES = {
    -1013: Code.BAD_PRICE,
    -1100: Code.BAD_PRICE,
    -1101: Code.BAD_PRICE,
    -1102: Code.BAD_PRICE,
    -1103: Code.BAD_PRICE,
    -1104: Code.BAD_PRICE,
    -1105: Code.BAD_PRICE,
    -1106: Code.BAD_PRICE,
    -1111: Code.OFF_LOT,
    -1121: Code.UNKNOWN_ORDER,
    -1130: Code.BAD_PRICE,
    -2010: Code.BAD_PRICE,
    -2011: Code.TOO_LATE,
    -2013: Code.UNKNOWN_ORDER,
    -2022: Code.TOO_LATE,
    -2026: Code.UNKNOWN_ORDER,
    -2038: Code.TOO_LATE,
}
"""Refusals by the vendor's code: final, nothing was carried out. Every other one leaves the outcome unknown."""
WORDS = {
    "insufficient balance": Code.BUYING_POWER,
    "LOT_SIZE": Code.OFF_LOT,
    "PRICE_FILTER": Code.OFF_TICK,
    "NOTIONAL": Code.BELOW_MINIMUM,
    "Market is closed": Code.HALTED,
}
"""What the same code means, by the words that come with it."""
DUPLICATE = "Duplicate order sent"
NO_ORDER = -2013
HALF_CHANGED = -2021
