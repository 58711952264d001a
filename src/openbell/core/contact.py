"""What we know of our line to an account outside the process, and what we wait for.

It is part of the truth: changed by `core/apply` alone, kept over restarts.
"""

from decimal import Decimal

import msgspec

from openbell.core.events import Fill, VenueOrder
from openbell.core.order import Execution
from openbell.core.types import ZERO, Side


class Contact(msgspec.Struct, kw_only=True):
    """The line to one account at a venue outside the process.

    Attributes:
        is_up: True while the order channel is connected. since: When it last came up, ns.
        why: Why it went down, as its broker said it; empty while it is up.
        apart: How the venue's clock and ours disagree, empty while they agree; entries are refused meanwhile, and all
            else goes on: exits, questions and comparisons.
        is_ready: True once a state asked for after that has been compared; entries are refused before.
        is_known: True once any state of the account has been compared: the first one is adopted, later ones are not.
        asked: When the account's whole state was last asked for without an answer since, ns; 0 for none.
        as_of: Instant of the latest state told, ns; an older one changes nothing.
        positions: Signed units by instrument as the venue last told them, and what was executed there since.
        strays: Orders that live at the venue and are not open in the book, by `stray_key`; they count as risk.
        suspects: What was found once and is not settled, by what it is about: since when, ns, or how often.
        touched: When the quantity held of an instrument (or, under `CASH`, the money) last changed here, ns.
        held: Fills that may be ours but name no order we can tell yet; they are booked once that is known.
    """

    is_up: bool = False
    why: str = ""
    apart: str = ""
    since: int = 0
    is_ready: bool = False
    is_known: bool = False
    asked: int = 0
    as_of: int = 0
    positions: dict[str, Decimal] = {}
    strays: dict[str, VenueOrder] = {}
    suspects: dict[str, int] = {}
    touched: dict[str, int] = {}
    held: list[Fill] = []


CASH = "cash"
"""Key of `Contact.touched` for money that moved without a trade."""


class Pending(msgspec.Struct, kw_only=True):
    """What is open between us and the venue about one order. It goes when the order ends.

    Attributes:
        sent: When it or a change of it was last sent, or the venue last had it, ns; what the venue knew sooner after
            that proves nothing.
        asks: Queries since the venue last spoke of it. asked: The first of them, ns; 0 for none.
        open: When the latest questions that are not answered were put, ns. changed: When it or a change of it was last
            sent, ns: an answer to a question from before that says nothing of the change.
        absent: When the question was put that it first answered with `absent`, ns; 0 for never.
        absent_told: When it answered so, by its own clock, ns.
        is_absent: True once the venue has said so twice, far enough apart.
        cancels, refusals, resends: Cancels sent, changes refused, times sent again.
        is_unwanted: True once we have asked to cancel it.
        claimed: Units executed according to the venue's status; never booked, but asked after.
        disputes: How often the venue called it ended while executions were missing or in doubt.
        told: The venue's instant, ns, of the latest values that it stated for it, or at which it had been proven not
            to have it. refused: That of its latest refusal of a change.
        listed: Keys of the known executions that were told again since the latest question was put.
        drops: How often an answer has shown that an execution like one of it was that one, told under another id.
    """

    sent: int
    asks: int = 0
    asked: int = 0
    open: tuple[int, ...] = ()
    changed: int = 0
    absent: int = 0
    absent_told: int = 0
    is_absent: bool = False
    cancels: int = 0
    refusals: int = 0
    resends: int = 0
    is_unwanted: bool = False
    claimed: Decimal = ZERO
    disputes: int = 0
    told: int = 0
    refused: int = 0
    listed: tuple[str, ...] = ()
    drops: int = 0


class Ended(msgspec.Struct, array_like=True, gc=False):
    """What is kept of an order that the book has let go of, to know whose a late fill is.

    Attributes:
        deployment, instrument, side: As in `effects.Submit`. index: Its place among all orders.
        is_exit: True for one that could only reduce. ts: When it last changed, ns.
        executions: By execution key. oid, numbers: What we and what the venue called it.
    """

    deployment: str
    instrument: str
    side: Side
    index: int
    is_exit: bool
    ts: int
    executions: dict[str, Execution]
    oid: str = ""
    numbers: tuple[str, ...] = ()


def stray_key(order: VenueOrder) -> str:
    """Return what an order that is not open here is told apart by: our id, else the venue's."""
    return order.oid or f"venue/{order.instrument}/{order.venue_order}"
