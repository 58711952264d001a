"""What we know of our line to an account outside the process, and what we wait for.

It is part of the truth: changed by `core/apply` alone, kept over restarts.
"""

from decimal import Decimal

import msgspec

from openbell.core.events import VenueOrder
from openbell.core.types import ZERO


class Contact(msgspec.Struct, kw_only=True):
    """The line to one account at a venue outside the process.

    Attributes:
        is_up: True while the order channel is connected. since: When it last came up, ns.
        is_ready: True once a state asked for after that has been compared; entries are refused before.
        is_known: True once any state of the account has been compared: the first one is adopted, later ones are not.
        asked: When the account's whole state was last asked for without an answer since, ns; 0 for none.
        as_of: Instant of the latest state told, ns; an older one changes nothing.
        positions: Signed units by instrument as the venue last told them.
        strays: Orders that the venue lists and that are not open in the book, by `stray_key`; they count as risk.
        suspects: Differences seen once and not yet believed: since when, ns, by what differs.
        touched: When the quantity held of an instrument last changed here, ns.
    """

    is_up: bool = False
    since: int = 0
    is_ready: bool = False
    is_known: bool = False
    asked: int = 0
    as_of: int = 0
    positions: dict[str, Decimal] = {}
    strays: dict[str, VenueOrder] = {}
    suspects: dict[str, int] = {}
    touched: dict[str, int] = {}


class Pending(msgspec.Struct, kw_only=True):
    """What is open between us and the venue about one order. It goes when the order ends.

    Attributes:
        sent: When something was last sent about it, ns; an answer from before its visibility proves nothing.
        asks: Queries since the venue last spoke of it. absent: When it was first said to be absent, ns; 0 for never.
        cancels: Cancels sent for it. is_unwanted: True once we have asked to cancel it.
        claimed: Units executed according to the venue's status; never booked, but asked after.
    """

    sent: int
    asks: int = 0
    absent: int = 0
    cancels: int = 0
    is_unwanted: bool = False
    claimed: Decimal = ZERO


def stray_key(order: VenueOrder) -> str:
    """Return what an order that is not open here is told apart by: our id, else the venue's."""
    return order.oid or f"venue/{order.venue_order}"
