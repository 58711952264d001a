"""Fields of a frame: what is missing or strange is never guessed at. Pure."""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from openbell.core.types import ZERO, Side
from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.request import Body

SHOWN = 300
"""Characters of an unreadable answer that are kept."""
MOST = Decimal(10) ** 15
"""No price or quantity is as large."""


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
        raise OutcomeUnknown(f"not a frame: {shown[:SHOWN]}")
    return body


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


def number(body: Body, name: str, places: int = 8) -> Decimal:
    """Return a field that is a decimal written as text, of at most so many places.

    Raises:
        OutcomeUnknown: It is missing, not finite, absurdly large or finer than that.
    """
    value = body.get(name)
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found) >= MOST:
        raise OutcomeUnknown(f"{name} is {value!r}")
    exponent = found.normalize().as_tuple().exponent if len(found.as_tuple().digits) < 50 else -99
    if not isinstance(exponent, int) or exponent < -places:
        raise OutcomeUnknown(f"{name} is {value!r}")
    return found or ZERO


def optional(body: Body, name: str) -> Decimal | None:
    """Return a field that is a decimal written as text, or null.

    Raises:
        OutcomeUnknown: It is something else.
    """
    return None if body.get(name) is None else number(body, name)


def price(body: Body, name: str) -> float:
    """Return a field that is a market price or size, a JSON number.

    Raises:
        OutcomeUnknown: It is missing, something else, or absurdly large.
    """
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > float(MOST):
        raise OutcomeUnknown(f"{name} is {value!r}")
    return float(value)


def mapping(value: Any) -> Body:
    """Return what must be an object.

    Raises:
        OutcomeUnknown: It is something else.
    """
    if not isinstance(value, dict):
        raise OutcomeUnknown(f"{str(value)[:SHOWN]} where an object should be")
    return value


def side(value: str) -> Side:
    """Return the side that a word names.

    Raises:
        OutcomeUnknown: It names none.
    """
    if value not in list(Side):
        raise OutcomeUnknown(f"{value!r} is no side")
    return Side(value)
