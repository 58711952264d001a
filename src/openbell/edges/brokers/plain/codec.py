"""From effects to requests and from frames to events.

Pure, and apart from the line that carries them.

Events get their `ts` in the inbox; here it is 0.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import ZERO, OrderType, Side, Status
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT, QUERY
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited
from openbell.edges.brokers.plain.tables import CHANGES, ENDINGS, REFUSALS, STATES, STRANGERS

_SHOWN = 300
"""Characters of an unreadable answer that are kept."""
_MOST = Decimal(10) ** 15
_MS_NS = 1_000_000
Body = dict[str, Any]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One frame to send, without its id.

    Attributes:
        op, body: As the protocol has it. priority: One of the budget's. oid: Our order, empty for none.
    """

    op: str
    body: Body
    priority: int = QUERY
    oid: str = ""


def encode(effect: fx.Effect, epoch: int, *, netting: bool = False) -> Request:
    """Return what an effect says to the venue under lease `epoch`; `netting` as in `Joint`.

    Raises:
        TypeError: It says nothing to a venue.
    """
    if isinstance(effect, fx.Submit):
        body = {
            "epoch": epoch, "cid": effect.oid, "symbol": effect.instrument, "side": str(effect.side),
            "qty": f"{effect.qty:f}", "type": str(effect.type), "tif": str(effect.tif),
            "reduce_only": effect.reduce_only and not netting, "group": effect.oco, **_prices(effect),
        }  # fmt: skip
        return Request(op="submit", body=body, priority=EXIT if effect.reduce_only else ENTRY, oid=effect.oid)
    if isinstance(effect, fx.Amend):
        body = {"epoch": epoch, "cid": effect.oid, "qty": f"{effect.qty:f}", **_prices(effect)}
        return Request(op="amend", body=body, priority=EXIT, oid=effect.oid)
    if isinstance(effect, fx.Cancel):
        return Request(op="cancel", body={"epoch": epoch, "cid": effect.oid}, priority=CANCEL, oid=effect.oid)
    if isinstance(effect, fx.Query):
        if effect.oid:
            return Request(op="order", body={"cid": effect.oid}, oid=effect.oid)
        return Request(op="state", body={"nested": True})
    raise TypeError(f"{type(effect).__name__} says nothing to a venue")


def _prices(effect: fx.Submit | fx.Amend) -> dict[str, str | None]:
    prices = {"limit": effect.limit, "stop": effect.stop, "trail": effect.trail}
    return {name: None if px is None else f"{px:f}" for name, px in prices.items()}


def read(raw: str | bytes) -> Body:
    """Return a frame as data.

    Raises:
        OutcomeUnknown: It is not a JSON object: whatever it answers, nobody can tell.
    """
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError):
        body = None
    if not isinstance(body, dict):
        shown = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        raise OutcomeUnknown(f"not a frame: {shown[:_SHOWN]}")
    return body


def judge(body: Body) -> Failure | None:
    """Return how a reply says that its request failed, None where it was taken."""
    if body.get("ok") is True:
        return None
    status, code, text = body.get("status"), str(body.get("code", "")), str(body.get("text", ""))[:_SHOWN]
    if status == 429:
        after = body.get("retry_after_ms")
        return RateLimited(text, (after if isinstance(after, int) and after > 0 else 1000) * _MS_NS)
    if code in STRANGERS:
        return AuthFailed(f"{code}: {text}")
    if body.get("ok") is False and code in REFUSALS and isinstance(status, int) and status < 500:
        return BadRequest(f"{code}: {text}", REFUSALS[code])
    return OutcomeUnknown(f"status {status}, code {code!r}: {text}")


# --- announcements ----------------------------------------------------------------------------------------------


def decode(raw: str | bytes, account: str) -> list[ev.Event]:
    """Return what an announcement means; one of a kind that we do not know means nothing.

    Raises:
        OutcomeUnknown: It cannot be read.
    """
    return announced(read(raw), account)


def announced(body: Body, account: str) -> list[ev.Event]:
    """Return what an announcement that was read means.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    kind = body.get("ev")
    if kind == "execution":
        return [execution(body, account)]
    if kind == "order":
        return [order_event(body, account, str(body.get("what", "")))]
    if kind == "bar":
        return [_bar(body)]
    if kind == "status":
        return [ev.Halt(ts=0, instrument=text(body, "symbol"), is_halted=body.get("halted") is not False)]
    return [_quote(body)] if kind == "quote" else []


def execution(body: Body, account: str) -> ev.Fill:
    """Return an execution.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    is_bust = body.get("bust") is True
    qty = number(body, "qty")
    if qty <= 0 and not is_bust:
        raise OutcomeUnknown(f"an execution of {qty}")
    return ev.Fill(
        ts=0,
        account=account,
        instrument=text(body, "symbol"),
        oid=text(body, "cid"),
        venue_order=text(body, "order"),
        exec_id=text(body, "exec"),
        side=_side(text(body, "side")),
        qty=qty,
        px=number(body, "px"),
        fee=number(body, "fee"),
        fee_currency=text(body, "currency"),
        time=whole(body, "time"),
        is_maker=body.get("maker") is True,
        supersedes=text(body, "corrects"),
        is_bust=is_bust,
    )


def order_event(body: Body, account: str, what: str) -> ev.OrderUpdate:
    """Return what an order's frame says; `what` is what happened, empty for the state alone.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    state = text(body, "state")
    if state not in STATES:
        raise OutcomeUnknown(f"an order in state {state!r}")
    happening = what if what in CHANGES and STATES[state] == "accepted" else STATES[state]
    has_values = happening in CHANGES
    return ev.OrderUpdate(
        ts=0,
        account=account,
        oid=text(body, "cid"),
        happening=happening,
        time=whole(body, "time"),
        venue_order=text(body, "order"),
        code=ENDINGS.get(str(body.get("code", "")), Code.OK),
        qty=number(body, "qty") if has_values else None,
        limit=optional(body, "limit") if has_values else None,
        stop=optional(body, "stop") if has_values else None,
        text=str(body.get("code", "")),
        filled=number(body, "filled"),
    )


def _bar(body: Body) -> ev.Bar:
    opened, closed, every = whole(body, "opened"), whole(body, "time"), whole(body, "every")
    span = closed - opened
    if span <= 0 or every <= 0:
        raise OutcomeUnknown("a bar that ends before it begins")
    return ev.Bar(
        ts=closed,
        instrument=text(body, "symbol"),
        open=_price(body, "open"),
        high=_price(body, "high"),
        low=_price(body, "low"),
        close=_price(body, "close"),
        volume=_price(body, "volume"),
        interval=span,
        nominal=0 if span == every else every,
    )


def _quote(body: Body) -> ev.Quote:
    return ev.Quote(
        ts=whole(body, "time"),
        instrument=text(body, "symbol"),
        bid=_price(body, "bid"),
        ask=_price(body, "ask"),
        bid_size=_price(body, "bid_size"),
        ask_size=_price(body, "ask_size"),
    )


# --- replies to questions ---------------------------------------------------------------------------------------


def looked_up(body: Body, oid: str, account: str) -> list[ev.Event]:
    """Return the answer to a look-up of one order.

    Its executions first, then its state, or that it is absent.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    if body.get("found") is False:
        return [ev.OrderUpdate(ts=0, account=account, oid=oid, happening="absent", time=whole(body, "time"))]
    order, done = body.get("order"), body.get("executions")
    if body.get("found") is not True or not isinstance(order, dict) or not isinstance(done, list):
        raise OutcomeUnknown("an answer about an order without the order")
    found: list[ev.Event] = [execution(_mapping(item), account) for item in done]
    found.append(order_event(order, account, ""))
    if STATES[text(order, "state")] == "accepted" and (whole(order, "amends") or order.get("group")):
        # Behind a change, or a fill of its group, the values in force are the venue's to tell.
        found.append(order_event(order, account, "replaced" if whole(order, "amends") else "reduced"))
    return found


def listed(body: Body, account: str, as_of: int) -> ev.BrokerState:
    """Return the whole account as the venue lists it, nested legs among the rest.

    Raises:
        OutcomeUnknown: Half an answer; a list that is missing is no empty one.
    """
    orders, positions, cash = body.get("orders"), body.get("positions"), body.get("cash")
    if not (isinstance(orders, list) and isinstance(positions, dict) and isinstance(cash, dict)):
        raise OutcomeUnknown("orders, positions or cash are missing")
    flat = [leg for order in orders for leg in (order, *_legs(_mapping(order)))]
    return ev.BrokerState(
        ts=0,
        account=account,
        orders=tuple(_venue_order(_mapping(order)) for order in flat),
        positions={str(symbol): number(positions, symbol) for symbol in positions},
        cash={str(currency): number(cash, currency) for currency in cash},
        as_of=as_of,
    )


def failed_state(account: str, as_of: int, why: str) -> ev.BrokerState:
    """Return a state that says only that it could not be had."""
    return ev.BrokerState(ts=0, account=account, orders=(), positions={}, cash={}, as_of=as_of, failed=why)


def lost(account: str, oid: str, why: str) -> ev.OrderUpdate:
    """Return that nothing is known of an order's latest request."""
    return ev.OrderUpdate(ts=0, account=account, oid=oid, happening="lost", time=0, text=why)


def _legs(order: Body) -> list[Any]:
    legs = order.get("legs", [])
    if not isinstance(legs, list):
        raise OutcomeUnknown("legs that are no list")
    return legs


def _venue_order(body: Body) -> ev.VenueOrder:
    state = text(body, "state")
    return ev.VenueOrder(
        oid=text(body, "cid"),
        venue_order=text(body, "order"),
        instrument=text(body, "symbol"),
        side=_side(text(body, "side")),
        type=_type(text(body, "type")),
        qty=number(body, "qty"),
        filled=number(body, "filled"),
        status=Status.PARTIAL if state == "partial" else Status.WORKING,
        limit=optional(body, "limit"),
        stop=optional(body, "stop"),
    )


# --- fields -----------------------------------------------------------------------------------------------------


def text(body: Body, name: str) -> str:
    """Return a field that is text.

    Raises:
        OutcomeUnknown: It is missing or something else.
    """
    value = body.get(name)
    if not isinstance(value, str):
        raise OutcomeUnknown(f"{name} is {value!r}")
    return value


def whole(body: Body, name: str) -> int:
    """Return a field that is a whole number, in 64 bits.

    Raises:
        OutcomeUnknown: It is missing or something else.
    """
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 1 << 63:
        raise OutcomeUnknown(f"{name} is {value!r}")
    return value


def number(body: Body, name: str) -> Decimal:
    """Return a field that is a decimal written as text.

    Raises:
        OutcomeUnknown: It is missing, not finite, absurdly large or finer than 1e-8.
    """
    value = body.get(name)
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found) >= _MOST:
        raise OutcomeUnknown(f"{name} is {value!r}")
    exponent = found.normalize().as_tuple().exponent if len(found.as_tuple().digits) < 50 else -99
    if not isinstance(exponent, int) or exponent < -8:
        raise OutcomeUnknown(f"{name} is {value!r}")
    return found or ZERO


def optional(body: Body, name: str) -> Decimal | None:
    """Return a field that is a decimal written as text, or null.

    Raises:
        OutcomeUnknown: It is something else.
    """
    return None if body.get(name) is None else number(body, name)


def _price(body: Body, name: str) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > float(_MOST):
        raise OutcomeUnknown(f"{name} is {value!r}")
    return float(value)


def _mapping(value: Any) -> Body:
    if not isinstance(value, dict):
        raise OutcomeUnknown(f"{str(value)[:_SHOWN]} where an object should be")
    return value


def _side(value: str) -> Side:
    if value not in list(Side):
        raise OutcomeUnknown(f"{value!r} is no side")
    return Side(value)


def _type(value: str) -> OrderType:
    if value not in list(OrderType):
        raise OutcomeUnknown(f"{value!r} is no kind of order")
    return OrderType(value)
