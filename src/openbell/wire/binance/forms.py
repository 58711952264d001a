"""Numbers, instants and ids as the vendor writes them."""

from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from openbell.core.types import ZERO

Json = dict[str, Any]
MS = 1_000_000
"""Nanoseconds in a millisecond."""
PLACES = Decimal("0.00000001")
NEVER = -1
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def parse(raw: str | bytes) -> Any:
    """Return JSON as data, numbers with a point as `Decimal`.

    Raises:
        msgspec.MsgspecError: It is no JSON.
    """
    return _DECODER.decode(raw)


def number(x: Decimal | None) -> str:
    """Return a number as text with eight places, as every price and quantity is written.

    None is zero.
    """
    return f"{x or ZERO:.8f}"


def measure(x: float) -> str:
    """Return a market price or size as text with eight places."""
    return f"{x:.8f}"


def millis(ns: int) -> int:
    """Return an instant (UTC ns) in ms."""
    return ns // MS


def name_of(*words: str) -> str:
    """Return the client id that the vendor gives where the client gave none.

    The same words give the same one.
    """
    return sha256("/".join(words).encode()).hexdigest()[:22]
