"""An order as the simulated exchange holds it, and what it has to know of sessions and prices."""

from decimal import Decimal

import msgspec

from openbell.core.effects import Amend
from openbell.core.types import ZERO, OrderType, Side, Tif


class Resting(msgspec.Struct, kw_only=True):
    """One live order at the exchange.

    Attributes:
        oid to oco: As in `effects.Submit`; `qty` is the total including `filled`.
        venue_order: Our number for it. filled: Units executed.
        since: First instant it takes part in a bar's open, ns.
        is_triggered: True once a stop-limit has become a limit.
        cancel_at: Instant a cancel takes effect, ns; 0 for none. amend, amend_at: The same for a change.
        executions: Executions so far. has_rested: True once a piece of price has passed without executing it.
    """

    oid: str
    venue_order: str
    instrument: str
    side: Side
    qty: Decimal
    type: OrderType
    tif: Tif
    limit: Decimal | None
    stop: Decimal | None
    trail: Decimal | None
    reduce_only: bool
    oco: str
    since: int
    filled: Decimal = ZERO
    is_triggered: bool = False
    cancel_at: int = 0
    amend: Amend | None = None
    amend_at: int = 0
    executions: int = 0
    has_rested: bool = False

    @property
    def leaves(self) -> Decimal:
        """Units still to execute."""
        return self.qty - self.filled


class Hours(msgspec.Struct, kw_only=True):
    """Bounds (ns) of the latest session of a calendar; `is_open` until its closing event."""

    open: int = 0
    close: int = 0
    is_open: bool = False


class Leg(msgspec.Struct, frozen=True):
    """One straight piece of the price's way through a bar, or a point when `start == end`.

    Attributes:
        start, end: Last price, quote currency. moment: When it ends, ns. is_open: True for the bar's first point.
        ask_start, ask_end, bid_start, bid_end: What buyers pay and sellers get there.
        half_spread: Share of the price that separates a side from the last price; negative where the data have
            sides of their own.
    """

    start: float
    end: float
    ask_start: float
    ask_end: float
    bid_start: float
    bid_end: float
    moment: int
    is_open: bool
    half_spread: float
