"""Orders, executions, positions and the account as JSON, as the vendor writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from openbell.core.types import E8, NS, ZERO, div
from openbell.wire.alpaca.books import Books, Execution, Position, Record
from openbell.wire.alpaca.forms import NEW_YORK, Json, identity, instant, maybe_instant, maybe_number, number

ACCOUNT_NUMBER, PAPER = "PA3K9ZQ1L7XY", "PA"
"""The usual account, and how the number of every paper account begins."""
_HALF, _PART = Decimal("0.5"), Decimal("0.3")
_FINE = Decimal("0.000001")
_LISTED = {"AAPL": "NASDAQ", "MSFT": "NASDAQ", "NVDA": "NASDAQ", "QQQ": "NASDAQ", "SPY": "ARCA"}
_NAMES = {
    "AAPL": "Apple Inc. Common Stock", "MSFT": "Microsoft Corporation Common Stock",
    "NVDA": "NVIDIA Corporation Common Stock", "QQQ": "Invesco QQQ Trust, Series 1", "SPY": "SPDR S&P 500 ETF Trust",
    "BTC/USD": "Bitcoin / US Dollar", "ETH/USD": "Ethereum / US Dollar",
}  # fmt: skip


LEAST_COIN = Decimal("0.000011")
"""What an order that buys a coin must be for at least, in coins."""


class Switches(msgspec.Struct, kw_only=True):
    """What an account's owner can switch; the vendor's own names."""

    suspend_trade: bool = False
    no_shorting: bool = False
    fractional_trading: bool = True
    max_margin_multiplier: Literal["1", "2", "4"] = "2"
    max_options_trading_level: Literal[0, 1, 2, 3] = 0
    trade_confirm_email: Literal["all", "none"] = "all"
    ptp_no_exception_entry: bool = False
    disable_overnight_trading: bool = False
    dtbp_check: str = "entry"
    pdt_check: str = "entry"


class Flags(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the list says of an instrument; the vendor's own names. A coin is never sold short."""

    tradable: bool = True
    shortable: bool = True
    easy_to_borrow: bool = True
    fractionable: bool = True


def is_crypto(symbol: str) -> bool:
    """Return True for a pair of coins."""
    return "/" in symbol


def asset_id(symbol: str) -> str:
    """Return the id of an instrument."""
    return identity("asset", symbol)


def asset_class(symbol: str) -> str:
    """Return the class of an instrument."""
    return "crypto" if is_crypto(symbol) else "us_equity"


def exchange_of(symbol: str) -> str:
    """Return where an instrument is listed."""
    return "CRYPTO" if is_crypto(symbol) else _LISTED.get(symbol, "NYSE")


def asset_view(symbol: str, flags: Flags) -> Json:
    """Return an instrument."""
    is_easy = flags.easy_to_borrow and not is_crypto(symbol)
    is_coin = is_crypto(symbol)
    found: Json = {
        "id": asset_id(symbol), "class": asset_class(symbol), "exchange": exchange_of(symbol), "symbol": symbol,
        "name": _NAMES.get(symbol, symbol), "status": "active", "tradable": flags.tradable, "marginable": not is_coin,
        "maintenance_margin_requirement": 100 if is_coin else 30, "shortable": flags.shortable and not is_coin,
        "easy_to_borrow": is_easy, "fractionable": flags.fractionable, "attributes": [],
    }  # fmt: skip
    if is_coin:
        found |= {"min_order_size": number(LEAST_COIN), "min_trade_increment": "0.000000001", "price_increment": "0.01"}
    else:
        borrow = "easy_to_borrow" if is_easy else "hard_to_borrow"
        found |= {"borrow_status": borrow, "margin_requirement_long": "30", "margin_requirement_short": "100"}
    return found


def order_view(record: Record, legs: list[Json] | None = None) -> Json:
    """Return an order, with its legs where it is told as a whole."""
    found: Json = {
        "id": record.id, "client_order_id": record.client_order_id, "created_at": instant(record.created),
        "updated_at": instant(record.updated), "submitted_at": instant(record.created),
        "filled_at": maybe_instant(record.filled_at), "expired_at": maybe_instant(record.expired_at),
        "canceled_at": maybe_instant(record.canceled_at), "failed_at": maybe_instant(record.failed_at),
        "replaced_at": maybe_instant(record.replaced_at), "replaced_by": record.replaced_by or None,
        "replaces": record.replaces or None, "asset_id": asset_id(record.symbol), "symbol": record.symbol,
        "asset_class": asset_class(record.symbol), "notional": maybe_number(record.notional),
        "qty": maybe_number(record.qty), "filled_qty": number(record.filled),
        "filled_avg_price": maybe_number(record.average),
        "order_class": "" if record.order_class == "simple" else record.order_class, "order_type": record.type,
        "type": record.type, "side": record.side, "position_intent": record.intent, "time_in_force": record.tif,
        "limit_price": maybe_number(record.limit), "stop_price": maybe_number(record.stop), "status": record.status,
        "extended_hours": record.extended_hours, "legs": legs or None,
        "trail_percent": maybe_number(record.trail_percent), "trail_price": maybe_number(record.trail_price),
        "hwm": maybe_number(record.hwm), "subtag": None, "source": None,
    }  # fmt: skip
    if record.tif == "day" and record.due:
        found["expires_at"] = instant(record.due)
    if record.group:
        found |= {"group_id": record.group, "group_role": record.role}
    return found


def update_view(event: str, order: Json, time: int, done: Execution | None, held: Decimal) -> Json:
    """Return what the account's stream says of an order; `done` is its execution, if any."""
    data: Json = {"event": event, "timestamp": instant(time), "order": order}
    data["event_id"] = identity("event", order["id"], event, str(time), order["filled_qty"])
    if done is not None:
        data |= {
            "execution_id": done.id, "price": number(done.px), "qty": number(done.qty), "position_qty": number(held),
        }  # fmt: skip
    return {"stream": "trade_updates", "data": data}


def activity_view(done: Execution) -> Json:
    """Return an execution as the account's activities tell it."""
    local = datetime.fromtimestamp(done.time // NS, UTC).astimezone(NEW_YORK)
    moment = f"{local:%Y%m%d%H%M%S}{done.time // 1_000_000 % 1000:03d}"
    return {
        "id": f"{moment}::{done.id}", "activity_type": "FILL", "type": "fill" if done.is_last else "partial_fill",
        "transaction_time": instant(done.time), "price": number(done.px), "qty": number(done.qty), "side": done.side,
        "symbol": done.symbol, "leaves_qty": number(done.leaves), "order_id": done.order, "cum_qty": number(done.total),
        "order_status": "filled" if done.is_last else "partially_filled",
    }  # fmt: skip


def correction_view(done: Execution) -> Json:
    """Return what corrects an execution, or takes it back, as the front's own books tell it."""
    return activity_view(done) | {"corrects": done.supersedes, "bust": done.is_bust}


def market_value(books: Books, marks: Mapping[str, Decimal]) -> Decimal:
    """Return what all positions are worth, short ones too, USD."""
    return sum((abs(one.qty) * marks.get(symbol, one.average) for symbol, one in books.holdings.items()), ZERO)


def equity(books: Books, marks: Mapping[str, Decimal]) -> Decimal:
    """Return cash and positions, USD."""
    return books.cash + sum((one.qty * marks.get(symbol, one.average) for symbol, one in books.holdings.items()), ZERO)


def position_view(symbol: str, holding: Position, mark: Decimal, promised: Decimal, day: Decimal) -> Json:
    """Return a position.

    Args:
        symbol: Of what.
        holding: What is held.
        mark: Last price, USD.
        promised: Units that open exits hold.
        day: Price at the end of the day before, USD.
    """
    value, sign = holding.qty * mark, 1 if holding.qty > 0 else -1
    profit = value - holding.cost
    share = div(profit, abs(holding.cost), _FINE) if holding.cost else ZERO
    change = div(mark - day, day, _FINE) if day else ZERO
    return {
        "asset_id": asset_id(symbol), "symbol": symbol.replace("/", ""), "exchange": exchange_of(symbol),
        "asset_class": asset_class(symbol), "asset_marginable": not is_crypto(symbol), "qty": number(holding.qty),
        "qty_available": number(sign * max(abs(holding.qty) - promised, ZERO)),
        "avg_entry_price": number(holding.average), "side": "long" if sign > 0 else "short",
        "market_value": number(value), "cost_basis": number(holding.cost), "unrealized_pl": number(profit),
        "unrealized_plpc": number(share), "unrealized_intraday_pl": number(profit),
        "unrealized_intraday_plpc": number(share), "current_price": number(mark), "lastday_price": number(day),
        "change_today": number(change),
    }  # fmt: skip


def account_view(books: Books, marks: Mapping[str, Decimal], bound: Decimal, opened: int, began: Decimal) -> Json:
    """Return the account, without its name.

    Args:
        books: What it holds.
        marks: Last prices, USD.
        bound: What open buys will cost, USD.
        opened: When the account was made, UTC ns.
        began: Equity at the end of the day before, USD.
    """
    value, worth = equity(books, marks), market_value(books, marks)
    longs = sum((one.qty * marks.get(s, one.average) for s, one in books.holdings.items() if one.qty > 0), ZERO)
    shorts = sum((one.qty * marks.get(s, one.average) for s, one in books.holdings.items() if one.qty < 0), ZERO)
    power = number(div(max(2 * value - worth - bound, ZERO), Decimal(1), E8))
    free = number(max(books.cash - bound, ZERO))
    return {
        "status": "ACTIVE", "crypto_status": "ACTIVE", "currency": "USD", "cash": number(books.cash),
        "portfolio_value": number(value),
        "equity": number(value), "last_equity": number(began), "buying_power": power, "regt_buying_power": power,
        "non_marginable_buying_power": free, "options_buying_power": free, "multiplier": "2",
        "long_market_value": number(longs), "short_market_value": number(shorts),
        "position_market_value": number(worth),
        "initial_margin": number(worth * _HALF), "maintenance_margin": number(worth * _PART),
        "last_maintenance_margin": "0", "sma": number(value), "accrued_fees": "0", "intraday_adjustments": "0",
        "pending_reg_taf_fees": "0", "trading_blocked": False, "transfers_blocked": False, "account_blocked": False,
        "trade_suspended_by_user": False, "shorting_enabled": True, "created_at": instant(opened),
        "options_approved_level": 0, "options_trading_level": 0, "balance_asof": instant(opened)[:10],
    }  # fmt: skip
