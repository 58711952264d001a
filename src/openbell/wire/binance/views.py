"""Orders, trades and lists as JSON, as the vendor writes them."""

from collections.abc import Iterable

from openbell.core.types import ZERO
from openbell.wire.binance.books import Amendment, OrderList, Record, Trade
from openbell.wire.binance.forms import NEVER, Json, millis, number
from openbell.wire.binance.peg import OFFSETS

_OPEN_LIST = ("EXEC_STARTED", "EXECUTING")
_DONE_LIST = ("ALL_DONE", "ALL_DONE")


def _worked(record: Record) -> int:
    return NEVER if record.worked < 0 else millis(record.worked)


def _sometimes(record: Record) -> Json:
    """Return the fields that an order has only where they mean something."""
    found: Json = {}
    if record.stop is not None:
        found["stopPrice"] = number(record.stop)
    if record.iceberg is not None:
        found["icebergQty"] = number(record.iceberg)
    if record.trail is not None:
        found |= {"trailingDelta": record.trail, "trailingTime": NEVER}
    if record.strategy_id is not None:
        found["strategyId"] = record.strategy_id
    if record.strategy_type is not None:
        found["strategyType"] = record.strategy_type
    if record.is_sor:
        found |= {"usedSor": True, "workingFloor": "SOR"}
    return found | _pegged(record)


def _pegged(record: Record) -> Json:
    if record.peg is None:
        return {}
    found: Json = {"pegPriceType": record.peg.kind}
    if record.peg.levels is not None:
        found |= {"pegOffsetType": OFFSETS[0], "pegOffsetValue": record.peg.levels}
    return found | ({"peggedPrice": number(record.price)} if record.price is not None else {})


def _numbers(record: Record) -> Json:
    return {
        "price": number(record.price), "origQty": number(record.qty), "executedQty": number(record.filled),
        "origQuoteOrderQty": number(record.quote_qty), "cummulativeQuoteQty": number(record.value),
        "status": record.status, "timeInForce": record.tif, "type": record.type, "side": record.side,
    }  # fmt: skip


def ack(record: Record) -> Json:
    """Return the shortest answer to a new order."""
    return {
        "symbol": record.symbol, "orderId": record.id, "orderListId": record.list_id,
        "clientOrderId": record.client_id, "transactTime": millis(record.updated),
    }  # fmt: skip


def result(record: Record) -> Json:
    """Return the answer to a new order without its executions."""
    return {
        **ack(record), **_numbers(record), "workingTime": _worked(record), "selfTradePreventionMode": record.stp,
        **_sometimes(record),
    }  # fmt: skip


def full(record: Record, trades: Iterable[Trade]) -> Json:
    """Return the answer to a new order with its executions."""
    fills = [
        {"price": number(one.px), "qty": number(one.qty), "commission": number(one.commission),
         "commissionAsset": one.asset, "tradeId": one.id, **_allotment(one)}
        for one in trades
    ]  # fmt: skip
    return {**result(record), "fills": fills}


def _allotment(trade: Trade) -> Json:
    return {"matchType": "ONE_PARTY_TRADE_REPORT", "allocId": trade.allotted} if trade.allotted >= 0 else {}


def allotment_view(trade: Trade) -> Json:
    """Return what was allotted to an order from several books."""
    return {
        "symbol": trade.symbol, "allocationId": trade.allotted, "allocationType": "SOR", "orderId": trade.order,
        "orderListId": trade.list_id, "price": number(trade.px), "qty": number(trade.qty),
        "quoteQty": number(trade.px * trade.qty), "commission": number(trade.commission),
        "commissionAsset": trade.asset, "time": millis(trade.time), "isBuyer": trade.is_buyer, "isMaker": False,
        "isAllocator": False,
    }  # fmt: skip


def detail(record: Record) -> Json:
    """Return an order as a question is answered."""
    zeros = {"stopPrice": number(ZERO), "icebergQty": number(ZERO)}
    head = ack(record)
    del head["transactTime"]
    return {
        **head, **_numbers(record), **zeros, **_sometimes(record), "time": millis(record.created),
        "updateTime": millis(record.updated), "isWorking": record.worked >= 0, "workingTime": _worked(record),
        "selfTradePreventionMode": record.stp,
    }  # fmt: skip


def cancelled(record: Record) -> Json:
    """Return the answer to a cancel.

    The order's id has another name than in all other answers.
    """
    head = {**ack(record), "origClientOrderId": record.client_id, "clientOrderId": record.cancelled_by}
    return {**head, **_numbers(record), "selfTradePreventionMode": record.stp, **_sometimes(record)}


def trade_view(trade: Trade) -> Json:
    """Return an execution."""
    return {
        "symbol": trade.symbol, "id": trade.id, "orderId": trade.order, "orderListId": trade.list_id,
        "price": number(trade.px), "qty": number(trade.qty), "quoteQty": number(trade.px * trade.qty),
        "commission": number(trade.commission), "commissionAsset": trade.asset, "time": millis(trade.time),
        "isBuyer": trade.is_buyer, "isMaker": trade.is_maker, "isBestMatch": True,
    }  # fmt: skip


def contingency(found: OrderList) -> str:
    """Return the kind of a list as every answer but that to its order has it."""
    return "OCO" if found.kind == "OCO" else "OTO"


def list_view(found: OrderList, orders: Iterable[Record], reports: Iterable[Json] | None = None) -> Json:
    """Return a list, with reports about its orders where they were made or ended."""
    status = _DONE_LIST if found.is_done else _OPEN_LIST
    view: Json = {
        "orderListId": found.id, "contingencyType": contingency(found), "listStatusType": status[0],
        "listOrderStatus": status[1], "listClientOrderId": found.client_id, "transactionTime": millis(found.time),
        "symbol": found.symbol,
        "orders": [{"symbol": one.symbol, "orderId": one.id, "clientOrderId": one.client_id} for one in orders],
    }  # fmt: skip
    return view | ({"orderReports": list(reports)} if reports is not None else {})


def amendment_view(made: Amendment, symbol: str) -> Json:
    """Return how an order was made smaller."""
    return {
        "symbol": symbol, "orderId": made.order, "executionId": made.id, "origClientOrderId": made.name,
        "newClientOrderId": made.new_name, "origQty": number(made.qty), "newQty": number(made.new_qty),
        "time": millis(made.time),
    }  # fmt: skip
