"""Why a request is refused, in the vendor's numbers and words."""

from typing import Any

from openbell.wire.binance.forms import Json

REJECTED, NOT_CANCELLED, UNKNOWN_ORDER = -2010, -2011, -2013
CLOSED = "Market is closed."
DUPLICATE = "Duplicate order sent."
TOO_POOR = "Account has insufficient balance for requested action."
NO_LEVEL = "The book has no such price level."
WOULD_MATCH = "Order would immediately match and take."
WOULD_TRIGGER = "Order would trigger immediately."
BAD_RELATION = "The relationship of the prices for the orders is not correct."


class Refused(Exception):
    """A request was not carried out.

    Attributes:
        status: HTTP status. code: The vendor's. body: What the client is told. wait: When to come back, seconds.
    """

    def __init__(self, code: int, msg: str, status: int = 400, data: Any = None, wait: int = 0) -> None:
        """Keep the vendor's code, its words, the status, what belongs to it, and when to come back (seconds)."""
        super().__init__(msg)
        self.status = status
        self.wait = wait
        self.code = code
        self.body: Json = {"code": code, "msg": msg} | ({"data": data} if data is not None else {})


def missing(name: str) -> Refused:
    """Return the refusal of a request that lacks a parameter."""
    return Refused(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def neither(one: str, other: str) -> Refused:
    """Return the refusal of a request that has neither of two parameters, but needs one."""
    return Refused(-1102, f"Param '{one}' or '{other}' must be sent, but both were empty/null!")


def illegal(name: str, legal: str) -> Refused:
    """Return the refusal of a parameter that is not what it should be."""
    return Refused(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def needless(name: str) -> Refused:
    """Return the refusal of a parameter that this kind of request does not have."""
    return Refused(-1106, f"Parameter '{name}' sent when not required.")


def filtered(name: str) -> Refused:
    """Return the refusal of an order that does not pass one of its symbol's filters."""
    return Refused(-1013, f"Filter failure: {name}")


def rejected(words: str) -> Refused:
    """Return the refusal of an order that cannot be taken now."""
    return Refused(REJECTED, words)
