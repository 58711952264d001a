"""Orders for the opening and the closing auction, and those for a day.

When they are taken, and what becomes of them there.
"""

from collections.abc import Callable
from decimal import Decimal

from openbell.core.events import Bar, Fill, Schedule
from openbell.core.types import DAY_NS, NS, ZERO, Rounding, Side
from openbell.wire.alpaca import manual
from openbell.wire.alpaca.books import Record
from openbell.wire.alpaca.clerk import Clerk
from openbell.wire.alpaca.forms import POST_H, at_hour
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


def ends(sessions: Sessions, now: int, *, is_extended: bool) -> int:
    """Return when an order for a day taken at `now` ends, both UTC ns.

    It ends with the session, or with its extended hours; one that is taken behind that is for the next day. 0 where no
    session is known.
    """
    known = [one for one in sessions(now - DAY_NS, now + _AHEAD) if one.is_open]
    closes = [at_hour(one, POST_H) if is_extended else one.close for one in known]
    return min((at for at in closes if at > now), default=0)


def open_at(clerk: Clerk, piece: Bar) -> None:
    """Hold the opening auction of an instrument, at the first price of the session."""
    begin = piece.ts - piece.interval
    for record in clerk.books.open_orders(piece.instrument):
        if record.tif == "opg" and 0 < record.due <= begin:
            px = clerk.instruments[piece.instrument].price(piece.open, Rounding.HALF_EVEN)
            _carry_out(clerk, record, px, begin)


def close_at(clerk: Clerk, now: int) -> None:
    """Hold the closing auctions at or before `now` (UTC ns), at the last price.

    Orders for the day end there, too.
    """
    for record in clerk.books.open_orders():
        if record.is_open and 0 < record.due <= now:
            if record.tif == "cls":
                _carry_out(clerk, record, clerk.mark(record.symbol), now)
            elif record.tif == "day":
                manual.expire(clerk, record, now)


def _carry_out(clerk: Clerk, record: Record, px: Decimal, now: int) -> None:
    if not px or not _is_met(record, px):
        clerk.end(record, "canceled", now)
        return
    clerk.book(record, Fill(
        ts=now, account="alpaca", oid=record.id, instrument=record.symbol, side=Side(record.side),
        qty=record.leaves, px=px, exec_id=f"{record.tif}-{record.due}", time=now, venue_order=record.id,
        fee=ZERO, fee_currency="USD",
    ))  # fmt: skip


def _is_met(record: Record, px: Decimal) -> bool:
    if record.limit is None:
        return True
    return px <= record.limit if record.side == "buy" else px >= record.limit
