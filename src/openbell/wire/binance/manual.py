"""Acts that no client asked for: trades by hand, orders turned down, ended or lost."""

from decimal import Decimal

from openbell.core.events import Fill
from openbell.core.types import ZERO, Side
from openbell.wire.binance.books import Record
from openbell.wire.binance.clerk import ACCOUNT, Clerk
from openbell.wire.binance.forms import name_of

_UNSEEN_PX = Decimal(100)
"""Price of a trade by hand before the first one of the tape, in quote currency."""


def price_of(clerk: Clerk, record: Record) -> Decimal:
    """Return what an order would trade at now, in quote currency.

    The last price, or its own limit where that one is not met.
    """
    mark = clerk.mark(record.symbol)
    if record.price and mark:
        return min(record.price, mark) if record.side == "BUY" else max(record.price, mark)
    return record.price or mark or record.stop or _UNSEEN_PX


def fill(clerk: Clerk, record: Record, qty: Decimal, now: int) -> None:
    """Execute some of a live order; one whose trigger has not been reached is none."""
    clerk.hear(clerk.exchange.fill(record.oid, min(qty, record.leaves), price_of(clerk, record), now), now)


def fill_beyond(clerk: Clerk, record: Record, qty: Decimal, now: int) -> None:
    """Execute units that no matching made: behind an order's cancel, or beyond its quantity.

    An order that is full by that is matched no more.
    """
    was_open = record.is_open
    clerk.book(record, Fill(
        ts=now, account=ACCOUNT, oid=record.oid, instrument=record.symbol, side=Side(record.side.lower()), qty=qty,
        px=price_of(clerk, record), exec_id=f"x{len(clerk.books.trades)}", time=now, venue_order=record.oid,
        fee=ZERO, fee_currency="",
    ))  # fmt: skip
    if was_open and not record.is_open:
        clerk.withdraw(record, now)


def overfill(clerk: Clerk, record: Record, beyond: Decimal | None, now: int) -> None:
    """Execute all of an order and so many units more.

    It is its symbol's least where that is not said. Nobody sells coins here that are not there.
    """
    listing = clerk.listings[record.symbol]
    qty = record.leaves + (beyond or listing.step)
    if record.side == "SELL":
        qty = min(qty, clerk.books.coins.get(listing.base, ZERO))
    if qty > 0:
        fill_beyond(clerk, record, qty, now)


def reject(clerk: Clerk, record: Record, now: int) -> None:
    """Turn an order that was taken down after all."""
    clerk.end(record, "REJECTED", now)


def forget(clerk: Clerk, record: Record, now: int) -> None:
    """Lose an order, as a venue does that comes back from an older copy of its books.

    One of a list is kept.
    """
    if record.list_id < 0:
        clerk.withdraw(record, now)
        for known in (clerk.books.orders, clerk.books.live):
            known.pop(record.id, None)
        clerk.books.by_name.pop((record.symbol, record.client_id), None)


def trade(clerk: Clerk, deal: tuple[str, str, Decimal], now: int) -> None:
    """Trade by hand: `deal` is symbol, side (buy or sell) and units."""
    symbol, side, qty = deal
    number = clerk.books.last + 1
    record = Record(
        id=number, client_id=name_of("hand", str(number), str(now)), symbol=symbol, side=side.upper(), type="MARKET",
        tif="GTC", qty=qty, quote_qty=None, price=None, stop=None, trail=None, iceberg=None, stp="NONE",
        strategy_id=None, strategy_type=None, created=now, updated=now,
    )  # fmt: skip
    clerk.books.add(record)
    fill_beyond(clerk, record, qty, now)
