"""What the account's stream tells: orders, coins, lists."""

from collections.abc import Iterable
from decimal import Decimal

from openbell.core.types import ZERO
from openbell.wire.binance.books import OrderList, Record, Trade
from openbell.wire.binance.forms import Json, millis, number
from openbell.wire.binance.peg import OFFSETS
from openbell.wire.binance.views import contingency

NO_TRADE = -1


def report(record: Record, kind: str, number_: int, now: int, trade: Trade | None = None) -> Json:
    """Return what happened to an order.

    Args:
        record: As it stands behind it.
        kind: NEW, TRADE, CANCELED, EXPIRED, REPLACED or REJECTED.
        number_: Of this execution report.
        now: UTC ns.
        trade: The execution, if it is one.
    """
    is_cancel = kind == "CANCELED"
    last, px = (trade.qty, trade.px) if trade is not None else (ZERO, ZERO)
    found: Json = {
        "e": "executionReport", "E": millis(now), "s": record.symbol,
        "c": record.cancelled_by if is_cancel else record.client_id, "S": record.side, "o": record.type,
        "f": record.tif, "q": number(record.qty), "p": number(record.price), "P": number(record.stop),
        "F": number(record.iceberg), "g": record.list_id, "C": record.client_id if is_cancel else "", "x": kind,
        "X": record.status, "r": "NONE", "i": record.id, "l": number(last), "z": number(record.filled),
        "L": number(px), "n": number(trade.commission) if trade is not None else "0",
        "N": trade.asset if trade is not None else None, "T": millis(record.updated),
        "t": trade.id if trade is not None else NO_TRADE, "I": number_,
        "w": record.is_open and record.worked >= 0, "m": trade.is_maker if trade is not None else False, "M": False,
        "O": millis(record.created), "Z": number(record.value), "Y": number(last * px),
        "Q": number(record.quote_qty), "V": record.stp,
    }  # fmt: skip
    found |= _sometimes(record, trade)
    if kind == "EXPIRED" and record.expiry:
        found["eR"] = record.expiry
    return found


def _sometimes(record: Record, trade: Trade | None) -> Json:
    """Return the signs that a report has only where they mean something."""
    found: Json = {"W": millis(record.worked)} if record.worked >= 0 else {}
    told = {"d": record.trail, "j": record.strategy_id, "J": record.strategy_type}
    found |= {sign: value for sign, value in told.items() if value is not None}
    if record.is_sor:
        found |= {"k": "SOR", "uS": True}
    if trade is not None and trade.allotted >= 0:
        found |= {"b": "ONE_PARTY_TRADE_REPORT", "a": trade.allotted}
    if record.peg is not None:
        found["gP"] = record.peg.kind
        found |= {"gOT": OFFSETS[0], "gOV": record.peg.levels} if record.peg.levels is not None else {}
        found |= {"gp": number(record.price)} if record.price is not None else {}
    return found


def balances(coins: Iterable[tuple[str, Decimal, Decimal]], now: int) -> Json:
    """Return the touched coins: name, free and locked units of each."""
    rows = [{"a": name, "f": number(free), "l": number(locked)} for name, free, locked in coins]
    return {"e": "outboundAccountPosition", "E": millis(now), "u": millis(now), "B": rows}


def list_status(found: OrderList, orders: Iterable[Record], now: int) -> Json:
    """Return how a list of orders stands."""
    rows = [{"s": one.symbol, "i": one.id, "c": one.client_id} for one in orders]
    return {
        "e": "listStatus", "E": millis(now), "s": found.symbol, "g": found.id, "c": contingency(found),
        "l": "ALL_DONE" if found.is_done else "EXEC_STARTED", "L": "ALL_DONE" if found.is_done else "EXECUTING",
        "r": "NONE", "C": found.client_id, "T": millis(now), "O": rows,
    }  # fmt: skip
