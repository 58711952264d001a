"""From effects to requests, and from orders, executions and bars to events.

Pure, and apart from the line that carries them. Decimals travel as text. Events get their `ts` in the inbox; here it
is 0.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import MINUTE_NS, NS, ZERO, OrderType, Status, Tif
from openbell.edges.brokers.alpaca.tables import ALIVE, DOUBTS, ENDINGS, FILLS, HALTS, REFUSALS, SUPERSEDED, TYPES
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT, QUERY
from openbell.edges.brokers.failures import BadRequest, OutcomeUnknown
from openbell.edges.brokers.fields import mapping, number, price, side, text
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.words import lost

ORDERS, ACTIVITIES = "/v2/orders", "/v2/account/activities/FILL"
BY_NAME = f"{ORDERS}:by_client_order_id"
PAGE = 100
"""Executions on a page."""
PLACES = 9
"""Decimal places of a quantity."""
_STAMP = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# --- out --------------------------------------------------------------------------------------------------------


def submit(effect: fx.Submit, *, extended_hours: bool = False) -> Request:
    """Return a new order; `extended_hours` lets limit orders trade outside the session.

    Raises:
        BadRequest: The venue has no such order.
    """
    tif = _tif(effect)
    body: Body = {
        "symbol": effect.instrument, "qty": f"{effect.qty:f}", "side": str(effect.side), "type": TYPES[effect.type],
        "time_in_force": str(tif), "client_order_id": effect.oid, **_prices(effect),
    }  # fmt: skip
    if extended_hours and effect.type is OrderType.LIMIT and tif in (Tif.DAY, Tif.GTC):
        body["extended_hours"] = True
    priority = EXIT if effect.reduce_only else ENTRY
    return Request(op="submit", method="POST", path=ORDERS, body=body, priority=priority, oid=effect.oid)


def _tif(effect: fx.Submit) -> Tif:
    """Return the time in force as the venue takes it: parts of a share are good for the day only."""
    is_coin = "/" in effect.instrument
    if is_coin and effect.reduce_only and effect.type is OrderType.LIMIT and effect.tif is Tif.DAY:
        # Coins have no day: a way out for the day stands until it is taken back.
        return Tif.GTC
    if is_coin and (effect.type in (OrderType.STOP, OrderType.TRAILING) or effect.tif not in (Tif.GTC, Tif.IOC)):
        raise BadRequest(f"no {effect.type} order {effect.tif} of a coin", Code.BAD_PRICE)
    if is_coin or effect.qty == effect.qty.to_integral_value() or effect.tif is Tif.DAY:
        return effect.tif
    if effect.type is OrderType.MARKET and effect.tif is Tif.GTC:
        return Tif.DAY
    raise BadRequest(f"{effect.qty:f} units are good for the day only: use whole ones, or tif day", Code.OFF_LOT)


def _prices(effect: fx.Submit | fx.Amend) -> Body:
    is_trailing = effect.trail is not None
    trail = "trail_price" if isinstance(effect, fx.Submit) else "trail"
    found = {"limit_price": effect.limit, "stop_price": None if is_trailing else effect.stop, trail: effect.trail}
    return {name: f"{px:f}" for name, px in found.items() if px is not None}


def amend(effect: fx.Amend, venue_order: str, stamp: int) -> Request:
    """Return a change: the venue makes a second order, under our id and a stamp (ns)."""
    name = f"{effect.oid}.{_short(stamp)}"
    body = {"qty": f"{effect.qty:f}", "client_order_id": name, **_prices(effect)}
    path = f"{ORDERS}/{quote(venue_order)}"
    return Request(op="amend", method="PATCH", path=path, body=body, priority=EXIT, oid=effect.oid)


def cancel(oid: str, venue_order: str) -> Request:
    """Return a cancel."""
    path = f"{ORDERS}/{quote(venue_order)}"
    return Request(op="cancel", method="DELETE", path=path, priority=CANCEL, oid=oid)


def ask(op: str, path: str, query: dict[str, str], *, oid: str = "", priority: int = QUERY) -> Request:
    """Return a question of some priority."""
    where = f"{path}?{urlencode(query)}" if query else path
    return Request(op=op, method="GET", path=where, oid=oid, priority=priority)


def _short(number_: int) -> str:
    digits = ""
    while number_:
        number_, rest = divmod(number_, len(_STAMP))
        digits = _STAMP[rest] + digits
    return digits or "0"


# --- in: orders and executions ----------------------------------------------------------------------------------


def name_of(order: Body) -> str:
    """Return our id of an order: a change carries it with a stamp behind.

    Raises:
        OutcomeUnknown: It has none.
    """
    return text(order, "client_order_id").partition(".")[0]


def instant(body: Body, name: str) -> int:
    """Return an instant (UTC ns), to the nanosecond.

    Raises:
        OutcomeUnknown: It is missing or something else.
    """
    raw = text(body, name)
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        raise OutcomeUnknown(f"{name} is {raw!r}") from None
    if moment.tzinfo is None:
        raise OutcomeUnknown(f"{name} is {raw!r}, which names no zone")
    since = moment - _EPOCH
    digits = raw.partition(".")[2]
    count = next((place for place, c in enumerate(digits) if not c.isdigit()), len(digits))
    rest = int(digits[:count][:PLACES].ljust(PLACES, "0")) if count else 0
    return (since.days * 86_400 + since.seconds) * NS + rest


def stamp(ns: int) -> str:
    """Return an instant (UTC ns) as the venue writes it, to the microsecond below."""
    return (_EPOCH + timedelta(microseconds=ns // 1000)).isoformat().replace("+00:00", "Z")


def order_event(order: Body, account: str, happening: str = "") -> ev.OrderUpdate:
    """Return what an order says, or that `happening`; `replaced` states what is in force.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    status = text(order, "status")
    said = happening or ENDINGS.get(status, "accepted")
    states = said == "replaced"
    return ev.OrderUpdate(
        ts=0,
        account=account,
        oid=name_of(order),
        happening=said,
        time=instant(order, "updated_at"),
        venue_order=text(order, "id"),
        code=Code.OPERATOR if said == "cancelled" else Code.OK,
        qty=number(order, "qty", PLACES) if states else None,
        limit=_maybe(order, "limit_price") if states else None,
        stop=_maybe(order, "stop_price") if states else None,
        text=status if status in ALIVE or status in ENDINGS else f"{status}, which we do not know",
        filled=number(order, "filled_qty", PLACES),
    )


def _maybe(body: Body, name: str) -> Decimal | None:
    return None if body.get(name) is None else number(body, name, PLACES)


def execution(activity: Body, account: str, oid: str) -> ev.Fill:
    """Return an execution as the account's activities tell it; `oid` is ours of its order.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    sold = "sell" if text(activity, "side").startswith("sell") else text(activity, "side")
    return ev.Fill(
        ts=0,
        account=account,
        instrument=text(activity, "symbol"),
        oid=oid,
        venue_order=text(activity, "order_id"),
        exec_id=text(activity, "id").rpartition("::")[2],
        side=side(sold),
        qty=executed(activity),
        px=number(activity, "price", PLACES),
        fee=ZERO,
        fee_currency="USD",
        time=instant(activity, "transaction_time"),
    )


def executed(body: Body) -> Decimal:
    """Return the units of an execution.

    Raises:
        OutcomeUnknown: There are none.
    """
    qty = number(body, "qty", PLACES)
    if qty <= 0:
        raise OutcomeUnknown(f"an execution of {qty}")
    return qty


def decode(frame: Body, account: str) -> list[ev.Event]:
    """Return what a frame of the account's stream means; one of a strange kind means nothing.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    data = frame.get("data")
    if frame.get("stream") != "trade_updates" or data is None:
        return []
    data = mapping(data)
    order, event = mapping(data.get("order")), text(data, "event")
    if event in FILLS:
        return [_filled(data, order, account)]
    if event in DOUBTS or order.get("status") == SUPERSEDED:
        return [lost(account, name_of(order), f"{event}: to be asked after")]
    return [order_event(order, account, REFUSALS.get(event, ""))]


def _filled(data: Body, order: Body, account: str) -> ev.Fill:
    return ev.Fill(
        ts=0,
        account=account,
        instrument=text(order, "symbol"),
        oid=name_of(order),
        venue_order=text(order, "id"),
        exec_id=text(data, "execution_id"),
        side=side(text(order, "side")),
        qty=executed(data),
        px=number(data, "price", PLACES),
        fee=ZERO,
        fee_currency="USD",
        time=instant(data, "timestamp"),
    )


def listed(order: Body) -> ev.VenueOrder:
    """Return an open order of a list.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    kinds = {word: kind for kind, word in TYPES.items()}
    kind, filled = text(order, "type"), number(order, "filled_qty", PLACES)
    if kind not in kinds:
        raise OutcomeUnknown(f"{kind!r} is no kind of order")
    return ev.VenueOrder(
        oid=name_of(order),
        venue_order=text(order, "id"),
        instrument=text(order, "symbol"),
        side=side(text(order, "side")),
        type=kinds[kind],
        # An order in money has no units before it fills.
        qty=_maybe(order, "qty") or filled,
        filled=filled,
        status=Status.PARTIAL if filled else Status.WORKING,
        limit=_maybe(order, "limit_price"),
        stop=_maybe(order, "stop_price"),
    )


# --- in: prices -------------------------------------------------------------------------------------------------


def prices(item: Body, now: int, *, is_simulated: bool) -> list[ev.Event]:
    """Return what one message of the price stream means: minutes, quotes and halts.

    Args:
        item: The message.
        now: When it came, UTC ns.
        is_simulated: The host is on this machine, where a minute may be as short as its clock is fast: it closes when
            it is heard.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    kind = item.get("T")
    if kind == "b":
        begin = instant(item, "t")
        span = min(MINUTE_NS, now - begin) if is_simulated else MINUTE_NS
        return [] if span <= 0 else [_bar(item, begin, span)]
    if kind == "q":
        return [_quote(item, now)]
    if kind == "s" and item.get("sc") in HALTS:
        return [ev.Halt(ts=0, instrument=text(item, "S"), is_halted=HALTS[text(item, "sc")])]
    return []


def minute(item: Body, symbol: str) -> ev.Bar:
    """Return a minute of the past, which says of itself only when it began.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    return _bar({**item, "S": symbol}, instant(item, "t"), MINUTE_NS)


def _bar(item: Body, begin: int, span: int) -> ev.Bar:
    return ev.Bar(
        ts=begin + span,
        instrument=text(item, "S"),
        open=price(item, "o"),
        high=price(item, "h"),
        low=price(item, "l"),
        close=price(item, "c"),
        volume=price(item, "v"),
        interval=span,
        nominal=0 if span == MINUTE_NS else MINUTE_NS,
    )


def _quote(item: Body, now: int) -> ev.Quote:
    """Return a quote; one that the venue's clock puts into the future is of now."""
    return ev.Quote(
        ts=min(instant(item, "t"), now),
        instrument=text(item, "S"),
        bid=price(item, "bp"),
        ask=price(item, "ap"),
        bid_size=price(item, "bs"),
        ask_size=price(item, "as"),
    )


def rows(body: Any) -> list[Body]:
    """Return a list of objects.

    Raises:
        OutcomeUnknown: It is none: a list that is missing is no empty one.
    """
    if not isinstance(body, list):
        raise OutcomeUnknown(f"{str(body)[:60]} where a list should be")
    return [mapping(item) for item in body]
