"""From effects to requests and from frames to events.

Pure, and apart from the line that carries them.

Events get their `ts` in the inbox; here it is 0.
"""

from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import OrderType, Status
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited
from openbell.edges.brokers.fields import SHOWN, mapping, number, optional, price, read, side, text, whole
from openbell.edges.brokers.mail import Asked
from openbell.edges.brokers.plain.tables import CHANGES, ENDINGS, REFUSALS, STATES, STRANGERS
from openbell.edges.brokers.request import Body, Request

_MS_NS = 1_000_000


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


def frame(asked: Asked) -> str:
    """Return a request as the frame that is sent."""
    return msgspec.json.encode({"op": asked.request.op, "id": asked.id, **asked.request.body}).decode()


def judge(body: Body) -> Failure | None:
    """Return how a reply says that its request failed, None where it was taken."""
    if body.get("ok") is True:
        return None
    status, code, text = body.get("status"), str(body.get("code", "")), str(body.get("text", ""))[:SHOWN]
    if status == 429:
        after = body.get("retry_after_ms")
        return RateLimited(text, (after if isinstance(after, int) and after > 0 else 1000) * _MS_NS)
    if code in STRANGERS:
        return AuthFailed(f"{code}: {text}", is_final=code == "fenced")
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
        side=side(text(body, "side")),
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
        open=price(body, "open"),
        high=price(body, "high"),
        low=price(body, "low"),
        close=price(body, "close"),
        volume=price(body, "volume"),
        interval=span,
        nominal=0 if span == every else every,
    )


def _quote(body: Body) -> ev.Quote:
    return ev.Quote(
        ts=whole(body, "time"),
        instrument=text(body, "symbol"),
        bid=price(body, "bid"),
        ask=price(body, "ask"),
        bid_size=price(body, "bid_size"),
        ask_size=price(body, "ask_size"),
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
    found: list[ev.Event] = [execution(mapping(item), account) for item in done]
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
    flat = [leg for order in orders for leg in (order, *_legs(mapping(order)))]
    return ev.BrokerState(
        ts=0,
        account=account,
        orders=tuple(_venue_order(mapping(order)) for order in flat),
        positions={str(symbol): number(positions, symbol) for symbol in positions},
        cash={str(currency): number(cash, currency) for currency in cash},
        as_of=as_of,
    )


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
        side=side(text(body, "side")),
        type=_type(text(body, "type")),
        qty=number(body, "qty"),
        filled=number(body, "filled"),
        status=Status.PARTIAL if state == "partial" else Status.WORKING,
        limit=optional(body, "limit"),
        stop=optional(body, "stop"),
    )


def _type(value: str) -> OrderType:
    if value not in list(OrderType):
        raise OutcomeUnknown(f"{value!r} is no kind of order")
    return OrderType(value)
