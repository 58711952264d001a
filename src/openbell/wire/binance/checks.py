"""Filters, money and prices: may this order be taken?"""

from decimal import Decimal

from openbell.core.types import ZERO
from openbell.wire.binance.books import Record
from openbell.wire.binance.clerk import Clerk
from openbell.wire.binance.listing import MOST_ORDERS, MOST_STOPS, Listing
from openbell.wire.binance.refusal import (
    CLOSED,
    DUPLICATE,
    NO_LEVEL,
    TOO_POOR,
    WOULD_MATCH,
    WOULD_TRIGGER,
    Refused,
    filtered,
    rejected,
)
from openbell.wire.binance.ticket import TRIGGERED, Ticket
from openbell.wire.binance.trigger import waits_above


def units(clerk: Clerk, listing: Listing, ticket: Ticket) -> Decimal:
    """Return how many units an order is for.

    One in quote currency takes what stands in the book for it.

    Raises:
        Refused: It is stated in money, and that buys nothing.
    """
    if ticket.qty is not None or ticket.is_rest:
        return ticket.qty or ZERO
    qty = clerk.ladders[listing.symbol].worth(ticket.side, ticket.quote_qty or Decimal(0), listing.step)
    if not qty:
        raise filtered("LOT_SIZE")
    return qty


def check(clerk: Clerk, ticket: Ticket, qty: Decimal) -> None:
    """Check a new order of `qty` units against its symbol's filters.

    Raises:
        Refused: It does not pass one.
    """
    if ticket.symbol in clerk.halted:
        raise rejected(CLOSED)
    listing, last = clerk.listings[ticket.symbol], clerk.mark(ticket.symbol)
    for px in (ticket.price, ticket.stop):
        listing.check_price(px)
    mean = clerk.mean(ticket.symbol)
    listing.check_band(ticket.price, mean)
    px = ticket.price or ticket.stop or _pegged(clerk, ticket) or (mean if ticket.type == "MARKET" else last)
    if not px:
        raise Refused(-1013, CLOSED)
    if not ticket.is_rest:
        listing.check_qty(qty)
        listing.check_value(ticket.quote_qty or qty * px)
    opened = clerk.books.open_orders(ticket.symbol)
    if len(opened) >= MOST_ORDERS:
        raise filtered("MAX_NUM_ORDERS")
    if ticket.type in TRIGGERED and sum(one.type in TRIGGERED for one in opened) >= MOST_STOPS:
        raise filtered("MAX_NUM_ALGO_ORDERS")


def _pegged(clerk: Clerk, ticket: Ticket) -> Decimal | None:
    """Return the price of an order that hangs on the book as it stands.

    Raises:
        Refused: The book does not reach so far.
    """
    if ticket.peg is None:
        return None
    found = ticket.peg.price(clerk.ladders[ticket.symbol], ticket.side)
    if found is None:
        raise rejected(NO_LEVEL)
    return found


def check_name(clerk: Clerk, symbol: str, client_id: str) -> None:
    """Check that no open order has a client's id; that of an ended one may be used again.

    Raises:
        Refused: One has.
    """
    known = clerk.books.by_name.get((symbol, client_id)) if client_id else None
    if known is not None and known.is_open:
        raise rejected(DUPLICATE)


def check_start(clerk: Clerk, ticket: Ticket) -> None:
    """Check that an order may go to work at the prices of now.

    Raises:
        Refused: It would trade, or trigger, at once although it must not.
    """
    last = clerk.mark(ticket.symbol)
    if ticket.type == "LIMIT_MAKER" and clerk.ladders[ticket.symbol].would_take(
        ticket.side, ticket.price or _pegged(clerk, ticket)
    ):
        raise rejected(WOULD_MATCH)
    if ticket.type not in TRIGGERED or ticket.stop is None:
        return
    if ticket.stop <= last if waits_above(ticket) else ticket.stop >= last:
        raise rejected(WOULD_TRIGGER)


def check_money(clerk: Clerk, record: Record) -> None:
    """Check that an account has the coins for an order.

    Raises:
        Refused: It has not.
    """
    listing = clerk.listings[record.symbol]
    coin = listing.quote if record.side == "BUY" else listing.base
    if clerk.till.need(record) > clerk.till.free(coin):
        raise rejected(TOO_POOR)
