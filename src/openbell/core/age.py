"""How old data may be: the instant at which silence becomes a breach. Pure."""

from openbell.core.book import Book
from openbell.core.spec import Subscription


def due(book: Book, subscription: Subscription) -> int | None:
    """Return the instant (ns) at which data are stale unless more come; None for never.

    None are expected before the first session, in a halt, and behind the last whole bar of a session. A bar as long
    as its session is expected at its close, whenever that is.
    """
    symbol = subscription.instrument
    session, mark = book.session(symbol), book.truth.marks[symbol]
    if not session.date or symbol in book.truth.halted:
        return None
    last = mark.last_ts.get(subscription.interval, 0) if subscription.interval else mark.quote_ts
    if subscription.interval >= session.close - session.open:
        return session.close + subscription.max_age - subscription.cadence if last < session.close else None
    at = max(last, session.open, mark.resumed_ts) + subscription.max_age
    return at if at <= session.close else None


def is_overdue(book: Book, symbol: str, ts: int) -> bool:
    """Return True if the data of any of a symbol's subscriptions are stale at `ts` (ns)."""
    for subscription in book.subscriptions.get(symbol, ()):
        at = due(book, subscription)
        if at is not None and at <= ts:
            return True
    return False
