"""An order as the simulated exchange holds it.

Beside it stands what it has to know of sessions and prices.
"""

import math
from decimal import Decimal

import msgspec

from openbell.core.effects import Amend
from openbell.core.types import ZERO, OrderType, Side, Tif, as_float, changing


@changing
class Resting(msgspec.Struct, kw_only=True):
    """One live order at the exchange.

    Attributes:
        oid to oco: As in `effects.Submit`; `qty` is the total including `filled`.
        venue_order: Our number for it. filled: Units executed.
        since: First instant it takes part in a bar's open, ns.
        is_triggered: True once a stop-limit has become a limit. trigger_way: How far along the piece of the path
            that is being played; 0 when it was an earlier one.
        cancel_at: Instant a cancel takes effect, ns; 0 for none. amend, amend_at: The same for a change.
        low_edge, high_edge: A bar whose low stays above the one and whose high stays below the other cannot touch it.
        executions: Executions so far. has_rested: True once a piece of the path has passed without executing
            all of it.
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
    trigger_way: float = 0.0
    cancel_at: int = 0
    amend: Amend | None = None
    amend_at: int = 0
    executions: int = 0
    has_rested: bool = False
    low_edge: float = -math.inf
    high_edge: float = math.inf

    @property
    def leaves(self) -> Decimal:
        """Units still to execute."""
        return self.qty - self.filled

    def set_edges(self) -> None:
        """Work out which prices can touch the order, after it came or was changed."""
        self.low_edge, self.high_edge = -math.inf, math.inf
        is_buy = self.side is Side.BUY
        if self.type is OrderType.LIMIT and self.limit is not None:
            # Buyers pay at least the last price and sellers get at most it, so the last price bounds both.
            px = as_float(self.limit)
            if is_buy:
                self.low_edge = px
            else:
                self.high_edge = px
        elif self.type is OrderType.STOP and self.stop is not None:
            px = as_float(self.stop)
            if is_buy:
                self.high_edge = px
            else:
                self.low_edge = px
        else:
            self.low_edge = math.inf
        if self.tif not in (Tif.DAY, Tif.GTC):
            self.low_edge = math.inf

    def is_touched(self, high: float, low: float) -> bool:
        """Return True if a bar could execute or change the order.

        The bar lies between `high` and `low` (quote currency).
        """
        is_changing = self.cancel_at or self.amend is not None
        return low <= self.low_edge or high >= self.high_edge or bool(is_changing)


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
