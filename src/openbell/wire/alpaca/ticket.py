"""What a client may order: the body of `POST /v2/orders`, read and checked by itself."""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from openbell.core.types import ZERO
from openbell.wire.alpaca.forms import Json, number
from openbell.wire.alpaca.refusal import FORBIDDEN, Refused, invalid, unprocessable

TYPES = ("market", "limit", "stop", "stop_limit", "trailing_stop")
TIFS = ("day", "gtc", "opg", "cls", "ioc", "fok")
CLASSES = ("simple", "bracket", "oco", "oto")
INTENTS = ("buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close")
MOST_ID = 128
_CRYPTO_TYPES = ("market", "limit", "stop_limit")
_CRYPTO_TIFS = ("gtc", "ioc")
_MOST = Decimal(10) ** 12
_FINEST = -9
"""Decimal places of a quantity."""
_ONE = Decimal(1)


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One exit of an order with legs: `limit` alone is a target, with `stop` it is a stop."""

    limit: Decimal | None = None
    stop: Decimal | None = None


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One order as asked for; prices in USD, `qty` in units or `notional` in USD.

    Attributes:
        take_profit, stop_loss: Exits that stand behind it. intent: Empty where the client did not say.
    """

    symbol: str
    side: str
    type: str
    tif: str
    order_class: str = "simple"
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    extended_hours: bool = False
    client_order_id: str = ""
    intent: str = ""
    take_profit: Leg | None = None
    stop_loss: Leg | None = None

    @property
    def is_fractional(self) -> bool:
        """True for an order in money, or for a part of a unit."""
        return self.notional is not None or (self.qty is not None and self.qty != self.qty.to_integral_value())


def read(body: Any, *, is_crypto: bool) -> Ticket:
    """Return the order that a request asks for.

    Raises:
        Refused: It makes no order.
    """
    if not isinstance(body, dict):
        raise Refused(400, 40010000, "request body format is invalid")
    if body.get("order_class") == "mleg":
        raise Refused(403, FORBIDDEN, "account is not enabled to trade options")
    target, is_oco = _leg(body, "take_profit"), body.get("order_class") == "oco"
    # The target is an OCO's own price, whatever stands beside it.
    limit = target.limit if is_oco and target is not None else None
    ticket = Ticket(
        symbol=_text(body, "symbol"),
        side=word(body, "side", ("buy", "sell")),
        type=word(body, "type", TYPES),
        tif=word(body, "time_in_force", TIFS),
        order_class=word(body, "order_class", CLASSES) if body.get("order_class") else "simple",
        qty=amount(body, "qty"),
        notional=amount(body, "notional"),
        limit=limit or amount(body, "limit_price"),
        stop=amount(body, "stop_price"),
        trail_price=amount(body, "trail_price"),
        trail_percent=amount(body, "trail_percent"),
        extended_hours=body.get("extended_hours") is True,
        client_order_id=client_id(body),
        intent=word(body, "position_intent", INTENTS) if body.get("position_intent") else "",
        take_profit=target,
        stop_loss=_leg(body, "stop_loss"),
    )
    _check_size(ticket)
    _check_prices(ticket)
    _check_class(ticket)
    _check_hours(ticket, is_crypto=is_crypto)
    return ticket


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"{name} is required")
    return value


def word(body: Json, name: str, known: tuple[str, ...]) -> str:
    """Return a field that is one of a few words.

    Raises:
        Refused: It is missing, or another one.
    """
    value = _text(body, name)
    if value not in known:
        raise invalid(f"invalid {name}: {value}")
    return value


def client_id(body: Json) -> str:
    """Return the client's id for an order, empty where it gave none.

    Raises:
        Refused: It is too long, or no text.
    """
    value = body.get("client_order_id") or ""
    if not isinstance(value, str) or len(value) > MOST_ID:
        raise invalid(f"client_order_id must be no more than {MOST_ID} characters")
    return value


def amount(body: Json, name: str) -> Decimal | None:
    """Return a number above zero, as text or as a JSON number; None where it is missing.

    Raises:
        Refused: It is none.
    """
    value = body.get(name)
    if value is None or value == "":
        return None
    try:
        found = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or not ZERO < found < _MOST:
        raise invalid(f"{name} must be a number greater than 0")
    exponent = found.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < _FINEST:
        raise unprocessable(f"{name} must be limited to {-_FINEST} decimal places")
    return found


def _leg(body: Json, name: str) -> Leg | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object")
    return Leg(limit=amount(value, "limit_price"), stop=amount(value, "stop_price"))


def _check_size(ticket: Ticket) -> None:
    if (ticket.qty is None) == (ticket.notional is None):
        raise invalid(
            "qty or notional is required" if ticket.qty is None else "only one of qty or notional is accepted"
        )
    if ticket.notional is not None and ticket.type != "market":
        raise unprocessable("notional orders must be market orders")


def check_increment(name: str, px: Decimal | None) -> None:
    """Check that a price stands on the grid: two places from 1 USD on, four below.

    Raises:
        Refused: It does not.
    """
    if px is not None and px % Decimal("0.01" if px >= _ONE else "0.0001"):
        text = f"invalid {name} {number(px)}. sub-penny increment does not fulfill minimum pricing criteria"
        raise unprocessable(text)


def _check_prices(ticket: Ticket) -> None:
    needs_limit, needs_stop = "limit" in ticket.type, "stop" in ticket.type and ticket.type != "trailing_stop"
    if needs_limit and ticket.limit is None:
        raise invalid(f"{ticket.type.replace('_', ' ')} orders require limit price")
    if needs_stop and ticket.stop is None:
        raise invalid(f"{ticket.type.replace('_', ' ')} orders require stop price")
    if ticket.type == "market" and (ticket.limit or ticket.stop):
        raise unprocessable("market orders require no stop or limit price")
    trails = (ticket.trail_price is not None) + (ticket.trail_percent is not None)
    if ticket.type == "trailing_stop" and trails != 1:
        raise invalid("trailing stop orders require one of trail_price or trail_percent")
    if ticket.type != "trailing_stop" and trails:
        raise unprocessable(f"{ticket.type} orders must not have trail_price or trail_percent")
    check_increment("limit_price", ticket.limit)
    check_increment("stop_price", ticket.stop)


def _check_class(ticket: Ticket) -> None:
    target, stop = ticket.take_profit, ticket.stop_loss
    for name, leg in (("take_profit", target), ("stop_loss", stop)):
        check_increment(f"{name}.limit_price", leg.limit if leg else None)
        check_increment(f"{name}.stop_price", leg.stop if leg else None)
    if ticket.order_class == "simple":
        if target or stop:
            raise unprocessable("simple orders must not have take_profit or stop_loss; use order_class")
        return
    if ticket.type == "trailing_stop" or ticket.is_fractional:
        raise unprocessable(f"{ticket.order_class} orders must be whole and not trailing")
    if ticket.tif not in ("day", "gtc") or ticket.extended_hours:
        raise unprocessable(f"{ticket.order_class} orders must be day or gtc, without extended hours")
    if stop is not None and stop.stop is None:
        raise invalid("stop_loss.stop_price is required")
    (_check_exits if ticket.order_class == "oco" else _check_entry)(ticket)


def _check_entry(ticket: Ticket) -> None:
    target, stop = ticket.take_profit, ticket.stop_loss
    if target is not None and target.limit is None:
        raise invalid("take_profit.limit_price is required")
    if ticket.order_class == "bracket" and (target is None or stop is None):
        raise invalid("bracket orders require take_profit and stop_loss")
    if ticket.order_class == "oto" and (target is None) == (stop is None):
        raise invalid("oto orders require either take_profit or stop_loss")


def _check_exits(ticket: Ticket) -> None:
    if ticket.type != "limit":
        raise unprocessable("oco orders must be limit orders")
    if ticket.stop_loss is None:
        raise invalid("oco orders require stop_loss.stop_price")


def _check_hours(ticket: Ticket, *, is_crypto: bool) -> None:
    if ticket.extended_hours and not (ticket.type == "limit" and ticket.tif in ("day", "gtc")):
        raise unprocessable("extended hours order must be DAY or GTC limit orders")
    if is_crypto:
        if ticket.type not in _CRYPTO_TYPES or ticket.order_class != "simple":
            raise unprocessable(f"invalid order type for crypto order: {ticket.type} {ticket.order_class}")
        if ticket.tif not in _CRYPTO_TIFS:
            raise unprocessable("invalid crypto time_in_force")
    elif ticket.tif in ("opg", "cls") and ticket.type not in ("market", "limit"):
        raise unprocessable(f"{ticket.tif} orders must be market or limit orders")
    elif ticket.type == "trailing_stop" and ticket.tif not in ("day", "gtc"):
        raise unprocessable("trailing stop orders must be DAY or GTC orders")
    elif ticket.is_fractional and ticket.tif != "day":
        raise unprocessable("fractional orders must be DAY orders")
    elif ticket.is_fractional and ticket.type == "trailing_stop":
        raise unprocessable("fractional orders must be market, limit, stop or stop limit orders")
