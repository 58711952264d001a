"""What the plain venue's words mean to us; the venue has tables of its own, on purpose."""

from openbell.core.codes import Code

VERSION = 1
REFUSALS = {
    "off_lot": Code.OFF_LOT,
    "off_tick": Code.OFF_TICK,
    "unknown_symbol": Code.UNKNOWN_ORDER,
    "unknown_order": Code.UNKNOWN_ORDER,
    "halted": Code.OUT_OF_SESSION,
    "too_late": Code.TOO_LATE,
    "duplicate_cid": Code.DUPLICATE_ID,
}
"""Documented refusals: final, nothing was carried out. Every other word leaves the outcome unknown."""
STRANGERS = frozenset({"no_hello", "bad_key", "bad_version", "wrong_account", "wrong_mode", "fenced"})
"""Refusals of who we are: nothing more can be done on this line."""
ENDINGS = {
    "": Code.OK,
    "by_request": Code.OPERATOR,
    "group": Code.OCO,
    "no_liquidity": Code.NO_LIQUIDITY,
    "no_auction": Code.NO_AUCTION,
    "session_end": Code.SESSION_END,
    "would_increase": Code.WOULD_INCREASE,
    "credit": Code.BUYING_POWER,
}
"""Why an order ended."""
STATES = {
    "working": "accepted",
    "partial": "accepted",
    "filled": "accepted",
    "cancelled": "cancelled",
    "rejected": "rejected",
    "expired": "expired",
}
"""A venue's state as a happening; a full order is ended by its executions, never by this word."""
CHANGES = ("replaced", "reduced")
"""Happenings that state the values now in force."""
SUBMIT_WORDS = ("submit", "amend", "cancel")
"""Requests whose fate matters."""
