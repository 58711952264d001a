"""The trading half of REST: account, orders, positions, assets, clock and calendar."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from openbell.core.events import Schedule
from openbell.core.types import DAY_NS, NS, ZERO
from openbell.wire.alpaca import shelf
from openbell.wire.alpaca.books import Record
from openbell.wire.alpaca.call import Answer, Call, House, Route
from openbell.wire.alpaca.checks import promised, spendable
from openbell.wire.alpaca.forms import NEW_YORK, Json, first, identity, parse_instant
from openbell.wire.alpaca.refusal import Refused, invalid, not_found
from openbell.wire.alpaca.views import (
    Switches,
    account_view,
    asset_class,
    asset_view,
    market_value,
    position_view,
)
from openbell.wire.alpaca.views import equity as worth_of
from openbell.wire.alpaca.worth import portfolio

_TWO = Decimal(2)
_SESSION = ("0400", "2000")
"""Begin and end of the extended hours, in New York."""
_SETTLED = 1
"""Sessions until a trade is settled."""
_AHEAD = 10 * DAY_NS


# --- account ----------------------------------------------------------------------------------------------------


def account(house: House, call: Call) -> Answer:
    """Return the account."""
    clerk = house.desk.clerk
    bound = max(_TWO * worth_of(clerk.books, clerk.marks) - market_value(clerk.books, clerk.marks), ZERO)
    bound -= min(spendable(clerk, ""), bound)
    began = Decimal(str(house.worth[0][1])) if house.worth else clerk.books.cash
    found = account_view(clerk.books, clerk.marks, bound, house.opened, began)
    switches = house.desk.switches
    found |= {"id": identity("account", house.account), "account_number": house.account}
    found["trade_suspended_by_user"] = switches.suspend_trade
    found["shorting_enabled"] = not switches.no_shorting
    return Answer(body=found)


def switches(house: House, call: Call) -> Answer:
    """Return what the account's owner has switched."""
    return Answer(body=msgspec.to_builtins(house.desk.switches))


def switch(house: House, call: Call) -> Answer:
    """Switch what the body names."""
    body = call.body if isinstance(call.body, dict) else {}
    known = {name: value for name, value in body.items() if name in Switches.__struct_fields__ and value is not None}
    try:
        made = msgspec.convert(msgspec.to_builtins(house.desk.switches) | known, Switches)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from None
    house.desk.switches = made
    return switches(house, call)


def activities(house: House, call: Call) -> Answer:
    """Return a page of the account's activities."""
    kinds = call.path.get("kind") or first(call.query, "activity_types")
    return Answer(body=shelf.activities(house.desk, call.query, kinds))


# --- orders -----------------------------------------------------------------------------------------------------


def submit(house: House, call: Call) -> Answer:
    """Take an order."""
    return Answer(body=house.desk.submit(call.body, call.now))


def orders(house: House, call: Call) -> Answer:
    """Return a page of the orders."""
    return Answer(body=shelf.orders(house.desk, call.query))


def _told(house: House, record: Record, call: Call) -> Answer:
    is_nested = first(call.query, "nested").lower() == "true"
    return Answer(body=house.desk.view(record, is_nested=is_nested))


def order(house: House, call: Call) -> Answer:
    """Return an order by the vendor's id."""
    return _told(house, house.desk.order(call.path["id"]), call)


def order_by_name(house: House, call: Call) -> Answer:
    """Return an order by the client's id."""
    return _told(house, house.desk.named(first(call.query, "client_order_id")), call)


def replace(house: House, call: Call) -> Answer:
    """Put another order in the place of one."""
    return Answer(body=house.desk.replace(call.path["id"], call.body, call.now))


def cancel(house: House, call: Call) -> Answer:
    """Take an order back."""
    house.desk.cancel(call.path["id"], call.now)
    return Answer(status=204)


def cancel_all(house: House, call: Call) -> Answer:
    """Take every order back."""
    done = house.desk.cancel_all(call.now)
    return Answer(status=207, body=[{"id": record.id, "status": 200} for record in done])


# --- positions --------------------------------------------------------------------------------------------------


def _position(house: House, symbol: str) -> Json:
    clerk = house.desk.clerk
    holding = clerk.books.holdings.get(symbol)
    if holding is None:
        raise not_found("position does not exist")
    exits = "sell" if holding.qty > 0 else "buy"
    mark = clerk.mark(symbol) or holding.average
    return position_view(symbol, holding, mark, promised(clerk, symbol, exits), _yesterday(house, symbol, mark))


def _yesterday(house: House, symbol: str, mark: Decimal) -> Decimal:
    """Return the last price before today, USD; the mark where none is known."""
    today = house.opened - house.opened % DAY_NS
    known = [bar for bar in house.tape.minutes(symbol)[-2_000:] if bar.ts <= today]
    return Decimal(str(known[-1].close)) if known else mark


def positions(house: House, call: Call) -> Answer:
    """Return every position."""
    return Answer(body=[_position(house, symbol) for symbol in house.desk.books.holdings])


def position(house: House, call: Call) -> Answer:
    """Return one position."""
    return Answer(body=_position(house, house.desk.symbol_of(call.path["symbol"])))


def close(house: House, call: Call) -> Answer:
    """Close a position, or a part of it."""
    part = (first(call.query, "qty"), first(call.query, "percentage"))
    return Answer(body=house.desk.close(house.desk.symbol_of(call.path["symbol"]), part, call.now))


def close_all(house: House, call: Call) -> Answer:
    """Close every position; with `cancel_orders` what is open goes first."""
    if first(call.query, "cancel_orders").lower() == "true":
        house.desk.cancel_all(call.now)
    return Answer(status=207, body=[_closed(house, symbol, call.now) for symbol in list(house.desk.books.holdings)])


def _closed(house: House, symbol: str, now: int) -> Json:
    try:
        return {"symbol": symbol, "status": 200, "body": house.desk.close(symbol, ("", ""), now)}
    except Refused as refused:
        return {"symbol": symbol, "status": refused.status, "body": refused.body}


# --- instruments and hours --------------------------------------------------------------------------------------


def assets(house: House, call: Call) -> Answer:
    """Return the instruments."""
    wanted, exchange = first(call.query, "asset_class", "us_equity"), first(call.query, "exchange")
    # All are active, and none has an attribute.
    is_none = first(call.query, "status", "active") != "active" or bool(first(call.query, "attributes"))
    symbols = [s for s in house.desk.clerk.instruments if wanted == asset_class(s) and not is_none]
    found = [asset_view(symbol, house.desk.clerk.listed(symbol)) for symbol in symbols]
    return Answer(body=[one for one in found if exchange in ("", one["exchange"])])


def asset(house: House, call: Call) -> Answer:
    """Return one instrument."""
    symbol = house.desk.symbol_of(call.path["symbol"])
    return Answer(body=asset_view(symbol, house.desk.clerk.listed(symbol)))


def clock(house: House, call: Call) -> Answer:
    """Return the time, and when the exchange closes and opens; this market is always open."""
    ahead = [one for one in house.sessions(call.now, call.now + _AHEAD) if one.is_open]
    opens = next((one.open for one in ahead if one.open > call.now), call.now + DAY_NS)
    closes = next((one.close for one in ahead if one.close > call.now), call.now + DAY_NS)
    return Answer(body={
        "timestamp": _local(call.now).isoformat(), "is_open": True, "next_open": _local(opens).isoformat(),
        "next_close": _local(closes).isoformat(),
    })  # fmt: skip


def _local(ns: int) -> datetime:
    return datetime.fromtimestamp(ns / NS, UTC).astimezone(NEW_YORK)


def calendar(house: House, call: Call) -> Answer:
    """Return the sessions of the stock exchange between two dates."""
    try:
        start = parse_instant(first(call.query, "start", "2024-01-01")[:10])
        end = parse_instant(first(call.query, "end", "2026-12-31")[:10])
    except ValueError:
        raise invalid("invalid date; write it like 2026-11-20") from None
    found = [one for one in house.sessions(start, end + DAY_NS + _AHEAD) if one.is_open]
    days = [_session(one, found[place + _SETTLED :]) for place, one in enumerate(found)]
    last = datetime.fromtimestamp(end // NS, UTC).date().isoformat()
    return Answer(body=[day for day in days if day["date"] <= last])


def _session(one: Schedule, later: list[Schedule]) -> Json:
    opened, closed = _local(one.open), _local(one.close)
    found: dict[str, Any] = {
        "date": opened.date().isoformat(), "open": f"{opened:%H:%M}", "close": f"{closed:%H:%M}",
        "session_open": _SESSION[0], "session_close": _SESSION[1] if closed.hour >= 16 else "1700",
        "settlement_date": (later[0].date if later else opened.date().isoformat()),
    }  # fmt: skip
    return found


ROUTES: tuple[Route, ...] = (
    ("GET", "/v2/account", account),
    ("GET", "/v2/account/configurations", switches),
    ("PATCH", "/v2/account/configurations", switch),
    ("GET", "/v2/account/portfolio/history", portfolio),
    ("GET", "/v2/account/activities", activities),
    ("GET", "/v2/account/activities/{kind}", activities),
    ("POST", "/v2/orders", submit),
    ("GET", "/v2/orders", orders),
    ("DELETE", "/v2/orders", cancel_all),
    ("GET", "/v2/orders:by_client_order_id", order_by_name),
    ("GET", "/v2/orders/{id}", order),
    ("PATCH", "/v2/orders/{id}", replace),
    ("DELETE", "/v2/orders/{id}", cancel),
    ("GET", "/v2/positions", positions),
    ("DELETE", "/v2/positions", close_all),
    ("GET", "/v2/positions/{symbol:.+}", position),
    ("DELETE", "/v2/positions/{symbol:.+}", close),
    ("GET", "/v2/assets", assets),
    ("GET", "/v2/assets/{symbol:.+}", asset),
    ("GET", "/v2/clock", clock),
    ("GET", "/v2/calendar", calendar),
)
"""What is answered under the trading rate limit."""
