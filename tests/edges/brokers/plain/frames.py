"""Frames of the plain protocol as its document has them, and effects that ask for them. Nothing of the server is used."""

from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core.types import OrderType, Side, Tif

NAME = "main"


def order(cid: str = "ABC123-1", **fields: Any) -> dict[str, Any]:
    """Return an order as listed."""
    return {
        "cid": cid, "order": "V1", "symbol": "SPY", "side": "buy", "qty": "10", "type": "limit", "tif": "gtc",
        "limit": "100.00", "stop": None, "trail": None, "reduce_only": False, "group": "", "state": "working",
        "filled": "0", "code": "", "time": 5, "amends": 0, **fields,
    }  # fmt: skip


def execution(n: int = 1, **fields: Any) -> dict[str, Any]:
    """Return an execution."""
    return {
        "n": n, "exec": f"V1-{n}", "order": "V1", "cid": "ABC123-1", "symbol": "SPY", "side": "buy", "qty": "4",
        "px": "99.50", "fee": "0.02", "currency": "USD", "time": 7, "maker": True, "corrects": "", "bust": False, **fields,
    }  # fmt: skip


def bar(**fields: Any) -> dict[str, Any]:
    """Return an announced bar."""
    return {
        "ev": "bar", "symbol": "SPY", "opened": 100, "time": 200, "every": 100, "open": 1.0, "high": 2.0, "low": 0.5,
        "close": 1.5, "volume": 10.0, **fields,
    }  # fmt: skip


def state(**fields: Any) -> dict[str, Any]:
    """Return the answer to `state` without its id."""
    return {
        "ok": True, "orders": [], "positions": {}, "cash": {"USD": "1000"}, "as_of": 50, "last_execution": 0, **fields,
    }  # fmt: skip


def submit(oid: str = "ABC123-1", **fields: Any) -> fx.Submit:
    """Return an order to buy 10 SPY at 100."""
    given: dict[str, Any] = {
        "index": 1, "account": NAME, "deployment": "x", "instrument": "SPY", "side": Side.BUY, "qty": Decimal(10),
        "type": OrderType.LIMIT, "tif": Tif.GTC, "limit": Decimal("100.00"),
    }  # fmt: skip
    return fx.Submit(oid=oid, **(given | fields))
