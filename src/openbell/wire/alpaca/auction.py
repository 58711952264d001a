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


def open_at(clerk: Clerk, piece: Bar, volume: float) -> None:
    """Hold the opening auction of an instrument, at the first price of the session.

    It executes at most `volume`: what trades in its minute, units.
    """
    begin = piece.ts - piece.interval
    px = clerk.instruments[piece.instrument].price(piece.open, Rounding.HALF_EVEN)
    room = Decimal(int(volume))
    for record in clerk.books.open_orders(piece.instrument):
        if record.tif == "opg" and 0 < record.due <= begin:
            room -= _carry_out(clerk, record, px, room, begin)


def close_at(clerk: Clerk, now: int, volume: Callable[[str], float]) -> None:
    """Hold the closing auctions at or before `now` (UTC ns), at the last price.

    Each executes at most the `volume` of its symbol: what traded in the minute that ends there, units. Orders for the
    day end there, too.
    """
    rooms: dict[str, Decimal] = {}
    for record in clerk.books.open_orders():
        if record.is_open and 0 < record.due <= now:
            if record.tif == "cls":
                symbol = record.symbol
                room = rooms[symbol] if symbol in rooms else Decimal(int(volume(symbol)))
                rooms[symbol] = room - _carry_out(clerk, record, clerk.mark(symbol), room, now)
            elif record.tif == "day":
                manual.expire(clerk, record, now)


def _carry_out(clerk: Clerk, record: Record, px: Decimal, room: Decimal, now: int) -> Decimal:
    """Execute an order as far as there is room, take its rest back, and return how many units it took."""
    is_held = px and record.symbol not in clerk.halted and _is_met(record, px)
    qty = min(record.leaves, room) if is_held else ZERO
    if qty:
        clerk.book(record, Fill(
            ts=now, account="alpaca", oid=record.id, instrument=record.symbol, side=Side(record.side),
            qty=qty, px=px, exec_id=f"{record.tif}-{record.due}", time=now, venue_order=record.id,
            fee=ZERO, fee_currency="USD",
        ))  # fmt: skip
    if record.is_open:
        clerk.end(record, "canceled", now)
    return qty


def _is_met(record: Record, px: Decimal) -> bool:
    if record.limit is None:
        return True
    return px <= record.limit if record.side == "buy" else px >= record.limit
