"""Why a request is refused, in the vendor's numbers and words."""

from decimal import Decimal

from openbell.core.types import ZERO, Rounding, div
from openbell.wire.alpaca.forms import Json, number

INVALID = 40010001
"""A field is missing or makes no sense."""
UNPROCESSABLE = 42210000
"""The order as a whole cannot be."""
FORBIDDEN = 40310000
"""Money, units or the account's state forbid it."""
NOT_FOUND = 40410000
_CENT = Decimal("0.01")
DUPLICATE = "client_order_id must be unique"


class Refused(Exception):
    """A request was not carried out.

    Attributes:
        status: HTTP status. body: What the client is told.
    """

    def __init__(self, status: int, code: int, message: str, **more: str) -> None:
        """Keep status, code, words, and what the vendor adds to them."""
        super().__init__(message)
        self.status = status
        self.body: Json = {"code": code, "message": message, **more}


def invalid(message: str) -> Refused:
    """Return the refusal of a field."""
    return Refused(422, INVALID, message)


def unprocessable(message: str) -> Refused:
    """Return the refusal of an order that cannot be."""
    return Refused(422, UNPROCESSABLE, message)


def not_found(message: str) -> Refused:
    """Return the refusal of a question about something that is not there."""
    return Refused(404, NOT_FOUND, message)


def too_little_money(has: Decimal, cost: Decimal) -> Refused:
    """Return the refusal of an order that costs more than can be spent."""
    power = number(div(has, Decimal(1), _CENT, Rounding.FLOOR))
    return Refused(403, FORBIDDEN, "insufficient buying power", buying_power=power, cost_basis=number(cost))


def too_little_coin(coin: str, wanted: Decimal, held: Decimal, bound: Decimal = ZERO) -> Refused:
    """Return the refusal of an order for more of a coin, or of its money, than is free.

    Args:
        coin: Its sign, or that of the money.
        wanted: Units asked for.
        held: Units of it.
        bound: Those that open orders hold already.
    """
    text = f"insufficient balance for {coin} (requested: {number(wanted)}, available: {number(held - bound)})"
    return Refused(403, FORBIDDEN, text, symbol=coin, available=number(held - bound), balance=number(held))


def too_few_units(symbol: str, wanted: Decimal, held: Decimal, bound: Decimal) -> Refused:
    """Return the refusal of an order for more units than are free.

    Args:
        symbol: Of the instrument.
        wanted: Units asked for.
        held: Units of the position.
        bound: Those that open orders hold already.
    """
    free = held - bound
    text = f"insufficient qty available for order (requested: {number(wanted)}, available: {number(free)})"
    return Refused(
        403, FORBIDDEN, text, symbol=symbol, available=number(free), existing_qty=number(held),
        held_for_orders=number(bound),
    )  # fmt: skip
