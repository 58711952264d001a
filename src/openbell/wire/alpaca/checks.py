"""Money, units and the account's state: may this order be taken?"""

from decimal import Decimal

from openbell.core.types import ZERO, Rounding, div
from openbell.wire.alpaca.books import Record
from openbell.wire.alpaca.clerk import Clerk
from openbell.wire.alpaca.refusal import (
    FORBIDDEN,
    Refused,
    too_few_units,
    too_little_coin,
    too_little_money,
    unprocessable,
)
from openbell.wire.alpaca.ticket import Ticket
from openbell.wire.alpaca.views import LEAST_COIN, Flags, Switches, equity, is_crypto, market_value

MULTIPLIER = Decimal(2)
"""Buying power for each USD of equity."""
LEAST_PART = Decimal(1)
"""What a purchase in money, or of a part of a share, must be worth at least, USD."""
FINEST = Decimal("0.000000001")
_QUOTE = "USD"
_BY_ITSELF = ("market", "stop", "stop_limit", "trailing_stop")
"""Orders that can execute at any price: nothing of the other side stands beside them."""


def units(ticket: Ticket, mark: Decimal) -> Decimal:
    """Return how many units an order is for.

    Raises:
        Refused: It is stated in money, and there is no price yet.
    """
    if ticket.qty is not None:
        return ticket.qty
    if not mark:
        raise unprocessable(f"no price of {ticket.symbol} is known yet")
    return div(ticket.notional or ZERO, mark, FINEST, Rounding.FLOOR)


def spendable(clerk: Clerk, symbol: str) -> Decimal:
    """Return what an order in a symbol may cost, USD: open buys have their part already."""
    bound = sum((_cost(clerk, one, one.leaves) for one in clerk.books.open_orders() if _is_entry(one)), ZERO)
    if is_crypto(symbol):
        return max(clerk.books.cash - bound, ZERO)
    return max(MULTIPLIER * equity(clerk.books, clerk.marks) - market_value(clerk.books, clerk.marks) - bound, ZERO)


def _is_entry(record: Record) -> bool:
    return record.side == "buy" and record.status != "held" and record.role in ("", "entry")


def _cost(clerk: Clerk, order: Record | Ticket, qty: Decimal) -> Decimal:
    px = order.limit or order.stop or clerk.mark(order.symbol)
    return qty * px


def check(clerk: Clerk, ticket: Ticket, qty: Decimal, switches: Switches) -> None:
    """Check a new order of `qty` units against the account.

    Raises:
        Refused: The account's state, its money or its units forbid it, or it would meet the account's own order.
    """
    if switches.suspend_trade:
        raise Refused(403, FORBIDDEN, "new orders are rejected by user request")
    if not clerk.instruments[ticket.symbol].positive or qty <= 0:
        raise unprocessable("qty must be > 0")
    held, flags = clerk.books.held(ticket.symbol), clerk.listed(ticket.symbol)
    inferred = intent_of(ticket.side, held)
    if ticket.intent not in ("", inferred):
        raise unprocessable(f"position intent mismatch, inferred: {inferred}, specified: {ticket.intent}")
    if not flags.tradable:
        raise unprocessable(f"asset {ticket.symbol} is not tradable")
    if ticket.order_class == "oco":
        _check_free(clerk, ticket, qty, held)
        return
    sign = 1 if ticket.side == "buy" else -1
    if held * sign < 0:
        _check_free(clerk, ticket, qty, held)
    else:
        _check_listed(ticket, flags, qty, ticket.notional or _cost(clerk, ticket, qty))
        if sign < 0:
            _check_short(ticket, qty, switches)
        _check_money(clerk, ticket, qty)
    check_wash(clerk, ticket)


def intent_of(side: str, held: Decimal) -> str:
    """Return what an order of one side does to a position of so many units."""
    return f"{side}_to_close" if held * (1 if side == "buy" else -1) < 0 else f"{side}_to_open"


def check_change(clerk: Clerk, old: Record, new: Record) -> None:
    """Check that an order in the place of another can be paid for, with what that one bound.

    Raises:
        Refused: There is too little money.
    """
    sign = 1 if new.side == "buy" else -1
    if new.role in ("", "entry") and clerk.books.held(new.symbol) * sign >= 0:
        _check_money(clerk, new, new.size, _cost(clerk, old, old.leaves) if _is_entry(old) else ZERO)


def _check_money(clerk: Clerk, ticket: Ticket | Record, qty: Decimal, freed: Decimal = ZERO) -> None:
    cost, most = _cost(clerk, ticket, qty), spendable(clerk, ticket.symbol) + freed
    if cost > most and is_crypto(ticket.symbol):
        cash = clerk.books.cash
        raise too_little_coin(_QUOTE, cost, cash, cash - most)
    if cost > most:
        raise too_little_money(most, cost)


def _check_listed(ticket: Ticket, flags: Flags, qty: Decimal, worth: Decimal) -> None:
    """Check that the list lets an order in, of so many units and worth (USD), that opens or adds to a position.

    What only reduces one never asks.
    """
    if ticket.is_fractional and not flags.fractionable:
        raise unprocessable(f"asset {ticket.symbol} is not fractionable")
    if ticket.is_fractional and ticket.side == "buy" and not is_crypto(ticket.symbol) and worth < LEAST_PART:
        raise unprocessable("notional value of a fractional order must be at least 1")
    if is_crypto(ticket.symbol) and qty < LEAST_COIN:
        raise unprocessable(f"qty must be >= {LEAST_COIN}, the min_order_size of {ticket.symbol}")
    if ticket.side == "sell" and not (flags.shortable and flags.easy_to_borrow):
        raise Refused(403, FORBIDDEN, f"asset {ticket.symbol} is not shortable")


def _check_short(ticket: Ticket, qty: Decimal, switches: Switches) -> None:
    if is_crypto(ticket.symbol):
        raise too_little_coin(ticket.symbol.partition("/")[0], qty, ZERO)
    if switches.no_shorting:
        raise Refused(403, FORBIDDEN, "account is not allowed to short")
    if ticket.is_fractional:
        raise unprocessable("fractional orders cannot be sold short")


def _check_free(clerk: Clerk, ticket: Ticket, qty: Decimal, held: Decimal) -> None:
    """Check that so many units of the position are not promised to other exits."""
    bound = promised(clerk, ticket.symbol, ticket.side)
    if qty > abs(held) - bound or (ticket.side == "sell") != (held > 0):
        if is_crypto(ticket.symbol):
            raise too_little_coin(ticket.symbol.partition("/")[0], qty, abs(held), bound)
        raise too_few_units(ticket.symbol, qty, abs(held), bound)


def promised(clerk: Clerk, symbol: str, side: str) -> Decimal:
    """Return the units that open exits hold; the legs of one group hold the same."""
    groups: dict[str, Decimal] = {}
    for one in clerk.books.open_orders(symbol):
        if one.side == side and one.status != "held":
            key = one.group or one.id
            groups[key] = max(groups.get(key, ZERO), one.leaves)
    return sum(groups.values(), ZERO)


def check_wash(clerk: Clerk, ticket: Ticket) -> None:
    """Check that the account would not trade with itself.

    Raises:
        Refused: A single order of the other side stands there, and could meet this one.
    """
    for one in clerk.books.open_orders(ticket.symbol):
        if one.side == ticket.side or one.group or ticket.order_class != "simple":
            continue
        if ticket.type in _BY_ITSELF or one.type in _BY_ITSELF or _crosses(ticket, one):
            text = "potential wash trade detected. use complex orders"
            reason = f"opposite side {one.type.split('_')[0]} order exists"
            raise Refused(403, FORBIDDEN, text, existing_order_id=one.id, reject_reason=reason)


def _crosses(ticket: Ticket, other: Record) -> bool:
    buy, sell = (ticket.limit, other.limit) if ticket.side == "buy" else (other.limit, ticket.limit)
    return buy is not None and sell is not None and buy >= sell
