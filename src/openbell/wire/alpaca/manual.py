"""Acts that no client asked for: trades by hand, orders turned down or lost, corrections."""

from decimal import Decimal

import msgspec

from openbell.core.effects import Cancel
from openbell.core.events import Fill
from openbell.core.types import ZERO, Side
from openbell.wire.alpaca.books import Execution, Record
from openbell.wire.alpaca.clerk import Clerk
from openbell.wire.alpaca.forms import identity

_ACCOUNT = "alpaca"
_UNSEEN_PX = Decimal(100)
"""Price of a trade by hand before the first one of the tape, USD."""


def price_of(clerk: Clerk, record: Record) -> Decimal:
    """Return what an order would trade at now, USD.

    The last price, or its own limit where that one is not met.
    """
    mark = clerk.mark(record.symbol)
    if record.limit is not None and mark:
        return min(record.limit, mark) if record.side == "buy" else max(record.limit, mark)
    return record.limit or mark or record.stop or _UNSEEN_PX


def fill_beyond(clerk: Clerk, record: Record, qty: Decimal, now: int) -> None:
    """Execute units that no matching made: behind an order's cancel, or beyond its quantity.

    An order that is full by that is matched no more.
    """
    was_open = record.is_open
    clerk.book(record, Fill(
        ts=now, account=_ACCOUNT, oid=record.id, instrument=record.symbol, side=Side(record.side), qty=qty,
        px=price_of(clerk, record), exec_id=f"x{len(clerk.books.executions)}", time=now, venue_order=record.id,
        fee=ZERO, fee_currency="USD",
    ))  # fmt: skip
    if was_open and not record.is_open:
        _withdraw(clerk, record, now)


def reject(clerk: Clerk, record: Record, now: int) -> None:
    """Turn an order that was taken down after all."""
    _withdraw(clerk, record, now)
    clerk.end(record, "rejected", now)


def expire(clerk: Clerk, record: Record, now: int) -> None:
    """End an order with its day."""
    _withdraw(clerk, record, now)
    clerk.end(record, "expired", now)


def forget(clerk: Clerk, record: Record, now: int) -> None:
    """Lose an order, as a venue does that comes back from an older copy of its books."""
    _withdraw(clerk, record, now)
    for known in (clerk.books.orders, clerk.books.live):
        known.pop(record.id, None)
    clerk.books.by_client.pop(record.client_order_id, None)


def correct(clerk: Clerk, done: Execution, px: Decimal | None, now: int) -> Execution:
    """Correct an execution to another price (USD); return what tells so.

    It is taken back where `px` is None.

    The activities by REST go on listing what was executed; the feed of activities tells what became of it.
    """
    record, sign = clerk.books.orders[done.order], Side(done.side).sign
    clerk.books.trade(done.symbol, -sign * done.qty, done.px)
    record.value -= done.qty * done.px
    if px is None:
        record.filled -= done.qty
    else:
        clerk.books.trade(done.symbol, sign * done.qty, px)
        record.value += done.qty * px
    record.updated = now
    held = clerk.books.held(done.symbol)
    made = msgspec.structs.replace(
        done, id=identity("execution", record.id, f"correction {len(clerk.books.executions)}"), time=now, held=held,
        px=done.px if px is None else px, total=record.filled, supersedes=done.id, is_bust=px is None,
    )  # fmt: skip
    clerk.books.executions.append(made)
    clerk.announce("trade_bust" if px is None else "trade_correct", record, now)
    return made


def _withdraw(clerk: Clerk, record: Record, now: int) -> None:
    """Take an order from the exchange without a word."""
    if record.status != "held":
        clerk.exchange.take(Cancel(oid=record.id, account=_ACCOUNT), now)
        clerk.exchange.speak(now)


def trade(clerk: Clerk, deal: tuple[str, str, Decimal], now: int) -> None:
    """Trade by hand: `deal` is symbol, side and units."""
    symbol, side, qty = deal
    cid = identity("hand", str(len(clerk.books.orders)), str(now))
    record = Record(
        id=identity("order", cid), client_order_id=cid, symbol=symbol, side=side, type="market", tif="day",
        order_class="simple", qty=qty, notional=None, limit=None, stop=None, trail_price=None, trail_percent=None,
        extended_hours=False, intent=f"{side}_to_open", created=now, updated=now, size=qty,
    )  # fmt: skip
    clerk.books.add(record)
    fill_beyond(clerk, record, qty, now)
