"""Orders for the opening and the closing auction.

When they are taken, and what becomes of them there.
"""

from collections.abc import Callable
from decimal import Decimal

from openbell.core.events import Fill, Schedule
from openbell.core.types import DAY_NS, NS, ZERO, Side
from openbell.wire.alpaca.books import Record
from openbell.wire.alpaca.clerk import AUCTIONS, Clerk
from openbell.wire.alpaca.refusal import FORBIDDEN, Refused

Sessions = Callable[[int, int], list[Schedule]]
"""Takes two instants (UTC ns) and returns the exchange's hours between them."""
_LEAD = {"opg": 120 * NS, "cls": 600 * NS}
"""How long before its auction the last order for it is taken."""
_AGAIN = 570 * 60 * NS
"""How long behind the open orders for the next auction are taken again: 19:00 behind 9:30."""
_AHEAD = 10 * DAY_NS


def due(tif: str, sessions: Sessions, now: int) -> int:
    """Return when the next auction of a kind begins behind `now`, both UTC ns.

    0 where none is known.

    Raises:
        Refused: Too late for today's, and too early for the next one.
    """
    known = [one for one in sessions(now - DAY_NS, now + _AHEAD) if one.is_open]
    for one in known:
        instant = one.open if tif == "opg" else one.close
        if instant - _LEAD[tif] < now < one.open + _AGAIN:
            word = "open" if tif == "opg" else "close"
            text = f"{tif} orders are not taken between shortly before the {word} and 7:00pm New York"
            raise Refused(403, FORBIDDEN, text)
    return min((at for one in known if (at := one.open if tif == "opg" else one.close) > now), default=0)


def hold(clerk: Clerk, now: int) -> None:
    """Carry out what waits for an auction at or before `now` (UTC ns).

    Its price is the last one.
    """
    for record in clerk.books.open_orders():
        if record.tif in AUCTIONS and record.due and record.due <= now:
            px = clerk.mark(record.symbol)
            if px and _is_met(record, px):
                clerk.book(record, Fill(
                    ts=now, account="alpaca", oid=record.id, instrument=record.symbol, side=Side(record.side),
                    qty=record.leaves, px=px, exec_id=f"{record.tif}-{record.due}", time=now, venue_order=record.id,
                    fee=ZERO, fee_currency="USD",
                ))  # fmt: skip
            else:
                clerk.end(record, "canceled", now)


def _is_met(record: Record, px: Decimal) -> bool:
    if record.limit is None:
        return True
    return px <= record.limit if record.side == "buy" else px >= record.limit
