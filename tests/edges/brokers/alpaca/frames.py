"""Frames of Alpaca's as its reference has them, and effects in short."""

from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core.types import OrderType, Side, Tif

NAME = "main"
OID = "ABC123-1"
VENUE = "b7d0e2c1-6a4f-4d3b-9e8a-2c5f1a7b9d30"
EXECUTION = "2f63ea93-423d-4169-b3f6-3fdafc10c418"
Json = dict[str, Any]


def submit(oid: str = OID, **fields: Any) -> fx.Submit:
    """Return a limit order to buy 10 AAPL at 150, but for what is given."""
    given = {
        "oid": oid, "index": 1, "account": NAME, "deployment": "x", "instrument": "AAPL", "side": Side.BUY,
        "qty": Decimal(10), "type": OrderType.LIMIT, "tif": Tif.GTC, "limit": Decimal(150),
    }  # fmt: skip
    return fx.Submit(**(given | fields))


def amend(**fields: Any) -> fx.Amend:
    """Return a change of that order."""
    return fx.Amend(**({"oid": OID, "account": NAME, "qty": Decimal(10), "limit": Decimal("151.25")} | fields))


def order(**fields: Any) -> Json:
    """Return an order as REST and the stream tell it."""
    return {
        "id": VENUE, "client_order_id": OID, "created_at": "2026-11-20T14:30:12.418372Z",
        "updated_at": "2026-11-20T14:31:12.351Z", "submitted_at": "2026-11-20T14:30:12.402119Z", "filled_at": None,
        "expired_at": None, "canceled_at": None, "failed_at": None, "replaced_at": None, "replaced_by": None,
        "replaces": None, "asset_id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415", "symbol": "AAPL",
        "asset_class": "us_equity", "notional": None, "qty": "10", "filled_qty": "0", "filled_avg_price": None,
        "order_class": "", "order_type": "limit", "type": "limit", "side": "buy", "time_in_force": "gtc",
        "limit_price": "150", "stop_price": None, "status": "new", "extended_hours": False, "legs": None,
        "trail_percent": None, "trail_price": None, "hwm": None,
    } | fields  # fmt: skip


def update(event: str, **fields: Any) -> Json:
    """Return a frame of the account's stream; an order's own fields in `order`."""
    data = {"event": event, "timestamp": "2026-11-20T14:31:12.345678Z", "order": order(**fields.pop("order", {}))}
    return {"stream": "trade_updates", "data": data | fields}


def partial(**fields: Any) -> Json:
    """Return the partial fill of the reference."""
    told = {"order": {"filled_qty": "4", "status": "partially_filled"}, "execution_id": EXECUTION, "price": "149.98"}
    return update("partial_fill", **(told | {"qty": "4", "position_qty": "4"} | fields))


def activity(**fields: Any) -> Json:
    """Return the same execution among the account's activities."""
    return {
        "id": f"20261120093112345::{EXECUTION}", "activity_type": "FILL", "type": "partial_fill",
        "transaction_time": "2026-11-20T14:31:12.345678Z", "order_id": VENUE, "symbol": "AAPL", "side": "buy",
        "qty": "4", "price": "149.98", "cum_qty": "4", "leaves_qty": "6", "order_status": "partially_filled",
    } | fields  # fmt: skip


def corrected(**fields: Any) -> Json:
    """Return how the feed of activities tells that the same execution was corrected to another price."""
    details = {
        "order_id": VENUE, "client_order_id": OID, "side": "buy", "symbol": "AAPL", "asset_id": VENUE, "cum_qty": "4",
        "leaves_qty": "6", "order_status": "partially_filled", "execution_type": "trade_correct",
    }  # fmt: skip
    return {
        "event_id": "01KAGA2M3ZQ5B7XW8R4T6Y9C0D", "at": "2026-11-20T14:35:12.401Z", "activity_type": "FILL",
        "executed_at": "2026-11-20T14:31:12.345678Z", "status": "correct", "settle_date": "2026-11-23",
        "currency": "USD", "ref_id": "7d0f1c86-0b1d-4b8e-9a40-3f5a9d1c2e77", "previous_id": EXECUTION, "qty": "4",
        "price": "150.02", "net_amount": "-600.08", "details": details | fields.pop("details", {}),
    } | fields  # fmt: skip


def account(**fields: Any) -> Json:
    """Return the account, as far as it is read."""
    return {"account_number": "PA3K9ZQ1L7XY", "status": "ACTIVE", "currency": "USD", "cash": "98214.37"} | fields


def position(**fields: Any) -> Json:
    """Return a position, as far as it is read."""
    return {"symbol": "AAPL", "qty": "10", "side": "long"} | fields


def minute(**fields: Any) -> Json:
    """Return the minute bar of the reference."""
    return {
        "T": "b", "S": "AAPL", "o": 190.1, "h": 190.4, "l": 189.95, "c": 190.22, "v": 18342, "n": 212, "vw": 190.187,
        "t": "2026-11-20T14:30:00Z",
    } | fields  # fmt: skip
