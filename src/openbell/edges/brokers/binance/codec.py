"""From effects to requests, and from orders, executions and bars to events.

Pure, and apart from the line that carries them. Decimals travel as text. Events get their `ts` in the inbox; here it
is 0.
"""

from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import MINUTE_NS, NS, ZERO, OrderType, Side, Status, Tif, parse_order_id
from openbell.edges.brokers.binance.tables import ALIVE, DOUBTS, ENDINGS, KINDS, TYPES
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT, QUERY
from openbell.edges.brokers.failures import BadRequest, OutcomeUnknown
from openbell.edges.brokers.fields import mapping, number, side, text, whole
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.words import lost

V3 = "/api/v3"
ORDER, TIME, RULES = f"{V3}/order", f"{V3}/time", f"{V3}/exchangeInfo"
OPEN_OPS = ("clock", "rules", "relist")
"""Requests that nobody has to sign: the vendor refuses a stamp there, as a parameter too many."""
PAGE = 1000
"""Executions on a page."""
LOOKED = 50
"""Orders that are looked through for one that is not found by its name."""
MARK = "_"
"""What stands between our id of an order and the stamp of its change; no id of ours has it."""
ORDER_WEIGHT = 16
"""What a new order takes from the budget.

It weighs one there, but of those that rest the vendor takes a hundred in ten seconds, from all processes of an account
together: so many never come out of what is saved up and what is earned by then.
"""
_WEIGHTS = {
    "relist": 20,
    "clock": 1, "rules": 20, "keys": 20, "cash": 20, "order": 4, "find": 4, "named": 4, "looked": 20, "fills": 5,
    "executions": 20, "orders": 6, "submit": ORDER_WEIGHT, "cancel": 1, "amend": ORDER_WEIGHT,
}  # fmt: skip
_STAMP = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MS = NS // 1000
_TIFS = {Tif.GTC: "GTC", Tif.IOC: "IOC", Tif.FOK: "FOK"}


# --- out ----------------------------------------------------------------------------------------------------------


def submit(effect: fx.Submit) -> Request:
    """Return a new order.

    Raises:
        BadRequest: The venue has no such order.
    """
    if effect.type not in TYPES:
        raise BadRequest(f"no {effect.type} orders here", Code.BAD_PRICE)
    body: Body = {
        "symbol": effect.instrument, "side": str(effect.side).upper(), "type": TYPES[effect.type],
        "quantity": f"{effect.qty:f}", "newClientOrderId": effect.oid, "newOrderRespType": "FULL",
        **_terms(effect.type, effect.limit, effect.stop),
    }  # fmt: skip
    if effect.limit is not None:
        # A market without a close has no day: a way out for the day stands until it is taken back.
        tif = Tif.GTC if effect.reduce_only and effect.tif is Tif.DAY else effect.tif
        if tif not in _TIFS:
            raise BadRequest(f"no limit order {tif} here: use gtc, ioc or fok", Code.BAD_PRICE)
        body["timeInForce"] = _TIFS[tif]
    priority = EXIT if effect.reduce_only else ENTRY
    return _request("submit", "POST", ORDER, body, priority=priority, oid=effect.oid)


def _terms(kind: OrderType, limit: Decimal | None, stop: Decimal | None) -> Body:
    found = {"price": limit, "stopPrice": stop if kind is not OrderType.MARKET else None}
    return {name: f"{px:f}" for name, px in found.items() if px is not None}


def amend(effect: fx.Amend, order: Body, stamp: int) -> Request:
    """Return a change: the venue takes an order back that nothing has happened to.

    It makes another one.

    Args:
        effect: What is wanted; nothing of it was executed, or the venue refuses.
        order: As the venue knows it, under the name it has now.
        stamp: Makes the new one's name, ns.
    """
    kind = KINDS.get(text(order, "type"), OrderType.LIMIT)
    body: Body = {
        "symbol": text(order, "symbol"), "side": text(order, "side"), "type": text(order, "type"),
        "cancelReplaceMode": "STOP_ON_FAILURE", "cancelRestrictions": "ONLY_NEW",
        "cancelOrigClientOrderId": text(order, "clientOrderId"), "quantity": f"{effect.qty:f}",
        "newClientOrderId": f"{effect.oid}{MARK}{_short(stamp)}", "newOrderRespType": "FULL",
        **_terms(kind, effect.limit, effect.stop),
    }  # fmt: skip
    if effect.limit is not None:
        body["timeInForce"] = "GTC"
    return _request("amend", "POST", f"{ORDER}/cancelReplace", body, priority=EXIT, oid=effect.oid)


def cancel(oid: str, symbol: str, name: str) -> Request:
    """Return a cancel of the order that is called `name` now."""
    body = {"symbol": symbol, "origClientOrderId": name}
    return _request("cancel", "DELETE", ORDER, body, priority=CANCEL, oid=oid)


def ask(op: str, path: str, body: Body, *, oid: str = "", priority: int = QUERY) -> Request:
    """Return a question of some priority."""
    return _request(op, "GET", path, body, priority=priority, oid=oid)


def _request(op: str, method: str, path: str, body: Body, *, priority: int, oid: str) -> Request:
    weight = _WEIGHTS[op]
    return Request(op=op, method=method, path=path, body=body, priority=priority, weight=weight, oid=oid)


def _short(number_: int) -> str:
    digits = ""
    while number_:
        number_, rest = divmod(number_, len(_STAMP))
        digits = _STAMP[rest] + digits
    return digits or "0"


# --- in: orders and executions ------------------------------------------------------------------------------------


def oid_of(name: str) -> str:
    """Return our id of an order: a change carries it with a stamp behind."""
    head = name.partition(MARK)[0]
    return head if parse_order_id(head) is not None else name


def instant(body: Body, name: str) -> int:
    """Return an instant (UTC ns), which the venue tells in ms.

    Raises:
        OutcomeUnknown: It is missing or something else.
    """
    return whole(body, name) * _MS


def order_event(order: Body, account: str, when: str, name: str = "clientOrderId") -> ev.OrderUpdate:
    """Return what an order says.

    Args:
        order: As REST tells it.
        account: Ours.
        when: Name of the field with the instant.
        name: Name of the field with our id: an answer to a cancel has another one.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    status = text(order, "status")
    said = ENDINGS.get(status, "accepted")
    return ev.OrderUpdate(
        ts=0,
        account=account,
        oid=oid_of(text(order, name)),
        happening=said,
        time=instant(order, when),
        venue_order=str(whole(order, "orderId")),
        code=Code.OPERATOR if said == "cancelled" else Code.OK,
        text=status if status in ALIVE or status in ENDINGS else f"{status}, which we do not know",
        filled=number(order, "executedQty"),
    )


def replaced(order: Body, account: str, when: str) -> ev.OrderUpdate:
    """Return what is in force behind a change.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    return ev.OrderUpdate(
        ts=0,
        account=account,
        oid=oid_of(text(order, "clientOrderId")),
        happening="replaced",
        time=instant(order, when),
        venue_order=str(whole(order, "orderId")),
        qty=number(order, "origQty"),
        limit=number(order, "price") or None,
        stop=_maybe(order, "stopPrice"),
        text=text(order, "status"),
        filled=number(order, "executedQty"),
    )


def _maybe(body: Body, name: str) -> Decimal | None:
    """Return a price that may be missing, or zero for none."""
    return number(body, name) or None if name in body else None


def fills_of(order: Body, account: str) -> list[ev.Event]:
    """Return the executions that the answer to a new order holds.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    rows = order.get("fills", [])
    if not isinstance(rows, list):
        raise OutcomeUnknown(f"fills are {str(rows)[:60]}")
    when = instant(order, "transactTime")
    made = [mapping(one) for one in rows]
    return [_fill(account, order, (row, "price", "qty"), str(whole(row, "tradeId")), when) for row in made]


def _fill(account: str, order: Body, row: tuple[Body, str, str], number_: str, when: int) -> ev.Fill:
    told, px, qty = row
    return ev.Fill(
        ts=0,
        account=account,
        instrument=text(order, "symbol"),
        oid=oid_of(text(order, "clientOrderId")),
        venue_order=str(whole(order, "orderId")),
        exec_id=number_,
        side=side(text(order, "side").lower()),
        qty=_executed(told, qty),
        px=number(told, px),
        fee=number(told, "commission"),
        fee_currency=text(told, "commissionAsset"),
        time=when,
    )


def _executed(body: Body, name: str) -> Decimal:
    qty = number(body, name)
    if qty <= ZERO:
        raise OutcomeUnknown(f"an execution of {qty}")
    return qty


def execution(trade: Body, account: str, oid: str) -> ev.Fill:
    """Return an execution as the account's trades tell it; `oid` is ours of its order.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    if not isinstance(trade.get("isBuyer"), bool):
        raise OutcomeUnknown(f"isBuyer is {trade.get('isBuyer')!r}")
    word = "BUY" if trade["isBuyer"] else "SELL"
    order = {"symbol": trade.get("symbol"), "clientOrderId": oid, "orderId": trade.get("orderId"), "side": word}
    when = instant(trade, "time")
    return _fill(account, order, (trade, "price", "qty"), str(whole(trade, "id")), when)


def name_in(report: Body) -> str:
    """Return the name of the order that a report is about: on a cancel it stands elsewhere.

    Raises:
        OutcomeUnknown: It has none.
    """
    name = text(report, "C") or text(report, "c")
    if not name:
        raise OutcomeUnknown("a report about an order without a name")
    return name


def decode(report: Body, account: str) -> ev.Fill | ev.OrderUpdate:
    """Return what a report about an order means.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    kind, name = text(report, "x"), name_in(report)
    if kind == "TRADE":
        return ev.Fill(
            ts=0,
            account=account,
            instrument=text(report, "s"),
            oid=oid_of(name),
            venue_order=str(whole(report, "i")),
            exec_id=str(whole(report, "t")),
            side=side(text(report, "S").lower()),
            qty=_executed(report, "l"),
            px=number(report, "L"),
            fee=number(report, "n"),
            fee_currency=report["N"] if isinstance(report.get("N"), str) else "",
            time=instant(report, "T"),
            is_maker=report.get("m") is True,
        )
    if kind in DOUBTS:
        return lost(account, oid_of(name), f"{kind}: to be asked after")
    status = text(report, "X")
    told = {"status": status, "clientOrderId": name, "orderId": report.get("i"), "executedQty": report.get("z"),
            "time": report.get("T")}  # fmt: skip
    return order_event(told, account, "time")


def listed(order: Body) -> ev.VenueOrder:
    """Return an open order of a list.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    filled = number(order, "executedQty")
    return ev.VenueOrder(
        oid=oid_of(text(order, "clientOrderId")),
        venue_order=str(whole(order, "orderId")),
        instrument=text(order, "symbol"),
        side=Side(side(text(order, "side").lower())),
        type=KINDS.get(text(order, "type"), OrderType.STOP),
        qty=number(order, "origQty"),
        filled=filled,
        status=Status.PARTIAL if filled else Status.WORKING,
        limit=number(order, "price") or None,
        stop=_maybe(order, "stopPrice"),
    )


# --- in: prices ---------------------------------------------------------------------------------------------------


def bar(event: Body) -> ev.Bar | None:
    """Return the minute that an event of the market closes, None where it is still open.

    At a front whose clock runs faster a minute is as short as it was there.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    inner = mapping(event.get("k"))
    begin, end = instant(inner, "t"), instant(inner, "T") + _MS
    if inner.get("x") is not True or end <= begin:
        return None
    return ev.Bar(
        ts=end,
        instrument=text(inner, "s"),
        open=_px(inner, "o"),
        high=_px(inner, "h"),
        low=_px(inner, "l"),
        close=_px(inner, "c"),
        volume=_px(inner, "v"),
        interval=end - begin,
        nominal=0 if end - begin == MINUTE_NS else MINUTE_NS,
    )


def quote(event: Body, now: int) -> ev.Quote:
    """Return the best bid and offer that a book ticker tells.

    The venue gives it no time, so it is of `now` (ns).

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    return ev.Quote(
        ts=now,
        instrument=text(event, "s"),
        bid=_px(event, "b"),
        ask=_px(event, "a"),
        bid_size=_px(event, "B"),
        ask_size=_px(event, "A"),
    )


def _px(body: Body, name: str) -> float:
    """Return a market price or size, which is told as text."""
    return float(number(body, name))


def rows(body: Any) -> list[Body]:
    """Return a list of objects.

    Raises:
        OutcomeUnknown: It is none: a list that is missing is no empty one.
    """
    if not isinstance(body, list):
        raise OutcomeUnknown(f"{str(body)[:60]} where a list should be")
    return [mapping(item) for item in body]
