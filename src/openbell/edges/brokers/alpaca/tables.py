"""What Alpaca's words mean to us; the local front has tables of its own, on purpose."""

from openbell.core.codes import Code
from openbell.core.types import OrderType

PAPER_HOST, LIVE_HOST = "paper-api.alpaca.markets", "api.alpaca.markets"
PAPER_KEY, PAPER_ACCOUNT = "PK", "PA"
"""How keys and account numbers begin that hold no real money."""
TYPES = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.STOP: "stop",
    OrderType.STOP_LIMIT: "stop_limit",
    OrderType.TRAILING: "trailing_stop",
}
ALIVE = frozenset({
    "pending_new", "accepted", "accepted_for_bidding", "held", "pending_review", "new", "partially_filled",
    "done_for_day", "stopped", "suspended", "calculated", "pending_cancel", "pending_replace", "filled",
})  # fmt: skip
"""Statuses that end nothing; a word that we do not know is taken for one of them."""
ENDINGS = {"canceled": "cancelled", "expired": "expired", "rejected": "rejected"}
"""Statuses that end an order; a full one is ended by its executions, never by this word."""
SUPERSEDED = "replaced"
FILLS = ("fill", "partial_fill")
"""Events that are an execution."""
REFUSALS = {"order_cancel_rejected": "cancel_refused", "order_replace_rejected": "replace_refused"}
CORRECTED = ("trade_correct", "trade_bust")
"""Events, and activities, that change an execution; which one and how is told by the feed of activities alone."""
DOUBTS = (*CORRECTED, "replaced")
"""Events behind which the order has to be asked after: they do not say what is in force now."""
DUPLICATE = "client_order_id must be unique"
CODES = {
    (400, 40010000): Code.BAD_PRICE,
    (403, 40310000): Code.BUYING_POWER,
    (403, 40310100): Code.RESTRICTED,
    (404, 40410000): Code.UNKNOWN_ORDER,
    (422, 40010001): Code.BAD_PRICE,
    (422, 42210000): Code.BAD_PRICE,
}
"""Refusals by status and the vendor's code: final, nothing was carried out.

Every other one leaves the outcome unknown.
"""
WORDS = {"short": Code.SHORT_NOT_ALLOWED, "fraction": Code.OFF_LOT}
"""What the same code means, by the words that come with it."""
HALTS = {"2": True, "H": True, "P": True, "3": False, "T": False}
"""Status codes of a stock that mean a halt, or its end."""
OK_ACCOUNT = ("ACTIVE", "PAPER_ONLY")
GATES = ("trading_blocked", "account_blocked", "trade_suspended_by_user")
"""Fields of the account that keep every order out."""
