"""Freshness: silence is noticed, said, and refuses entries until the data have come back.

Each subscription has one timer of the engine's own. It stands at the instant at which silence becomes a breach and is
looked at only then, so that data that keep coming cost nothing. Nothing is expected while no session runs, behind
the last whole bar of a session, and in a halt.
"""

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.age import due, is_overdue
from openbell.core.book import Book
from openbell.core.desk import Desk
from openbell.core.protect import is_protected
from openbell.core.spec import Subscription
from openbell.core.types import NS, Rounding, round_ratio, seconds

PROOF_NS = 60 * NS
"""How long data must have been fresh again before entries are let through."""
WATCH, CLEAR = "fresh", "clear"
"""First words of the engine's own timers."""


def on_event(desk: Desk, event: ev.Event, absent: int) -> None:
    """Watch what an event concerns; `absent` is what `missing` said of a bar."""
    if isinstance(event, (ev.Bar, ev.Quote)):
        if absent:
            _say_gap(desk, event, absent)
        _on_data(desk, event)
    elif isinstance(event, ev.Timer) and not event.deployment:
        word, _, rest = event.name.partition("/")
        if word == WATCH:
            symbol, _, interval = rest.rpartition("/")
            _look(desk, symbol, int(interval))
        elif word == CLEAR:
            _clear(desk, rest)
    elif isinstance(event, ev.Schedule) and event.is_open:
        for symbol, instrument in desk.book.spec.instruments.items():
            if instrument.calendar == event.calendar:
                _arm(desk, symbol)
    elif isinstance(event, ev.Halt) and not event.is_halted:
        _arm(desk, event.instrument)


def missing(book: Book, event: ev.Bar) -> int:
    """Return how many bars are missing before a bar, since the one before it in its session."""
    interval = event.nominal or event.interval
    if all(s.interval != interval for s in book.subscriptions.get(event.instrument, ())):
        return 0
    session, mark = book.session(event.instrument), book.truth.marks[event.instrument]
    begin = max(mark.last_ts.get(interval, 0), session.open, mark.resumed_ts)
    if begin >= event.open_ts or not session.holds(event.open_ts):
        return 0
    return round_ratio(event.open_ts - begin, interval, Rounding.FLOOR)


def _say_gap(desk: Desk, event: ev.Bar | ev.Quote, absent: int) -> None:
    span = f"{absent} bar{'s' if absent > 1 else ''} before {event.ts}"
    text = f"{event.instrument}: {span} did not come; what looks at bars has not seen that time"
    desk.emit(fx.Alert(level="warning", key=f"gap/{event.instrument}", text=text))


def _on_data(desk: Desk, event: ev.Bar | ev.Quote) -> None:
    """Data came: watch them, and if they were stale, let them prove that they are back.

    Quotes prove nothing of bars that do not come.
    """
    book, symbol = desk.book, event.instrument
    _arm(desk, symbol)
    if isinstance(event, ev.Quote) and all(s.interval for s in book.subscriptions.get(symbol, ())):
        return
    is_proving = f"/{CLEAR}/{symbol}" in book.truth.timers
    if _latch(symbol) in book.truth.latches and not is_proving and not is_overdue(book, symbol, desk.ts):
        desk.emit(fx.SetTimer(deployment="", name=f"{CLEAR}/{symbol}", at=desk.ts + PROOF_NS))


def _arm(desk: Desk, symbol: str) -> None:
    """Set the timers of a symbol's subscriptions that are not set."""
    for subscription in desk.book.subscriptions.get(symbol, ()):
        if f"/{_timer(subscription)}" not in desk.book.truth.timers:
            _set(desk, subscription)


def _set(desk: Desk, subscription: Subscription) -> None:
    at = due(desk.book, subscription)
    if at is not None:
        # Told in the middle of a session, as at a start, data have as long once more to come before silence is said.
        at = at if at > desk.ts else desk.ts + subscription.max_age
        desk.emit(fx.SetTimer(deployment="", name=_timer(subscription), at=at))


def _look(desk: Desk, symbol: str, interval: int) -> None:
    """A timer is due: wait on where data have come, else say that they have not."""
    for subscription in desk.book.subscriptions.get(symbol, ()):
        if subscription.interval != interval:
            continue
        at = due(desk.book, subscription)
        if at is not None and at <= desk.ts:
            _breach(desk, subscription)
        else:
            _set(desk, subscription)


def _breach(desk: Desk, subscription: Subscription) -> None:
    symbol = subscription.instrument
    if _latch(symbol) in desk.book.truth.latches:
        return
    what = f"{seconds(subscription.interval)} s bars" if subscription.interval else "quotes"
    reason = f"{symbol}: no {what} for more than {seconds(subscription.max_age)} s"
    desk.emit(fx.Latch(kind="stale", scope=f"instrument:{symbol}", is_on=True, release="evidence", reason=reason))
    blind = _blind(desk.book, symbol)
    level, more = ("critical", f"; the stops of {blind} are SYNTHETIC and see nothing") if blind else ("error", "")
    desk.emit(fx.Alert(level=level, key=f"stale/{symbol}", text=f"{reason}; entries are refused{more}"))


def _blind(book: Book, symbol: str) -> str:
    """Return the deployments that hold a symbol without a stop at the venue, in words."""
    deployments = book.spec.deployments
    held = [p for p in book.holders[symbol] if p.deployment in deployments]
    meant = [p.deployment for p in held if is_protected(deployments[p.deployment].exits, p)]
    return ", ".join(name for name in meant if not book.account_spec(name).caps.resting_stop)


def _clear(desk: Desk, symbol: str) -> None:
    """The time of proof is over: open again where the data are fresh now, else wait for the next."""
    book = desk.book
    if _latch(symbol) not in book.truth.latches or is_overdue(book, symbol, desk.ts):
        return
    reason = f"{symbol}: data have been fresh for {seconds(PROOF_NS)} s"
    desk.emit(fx.Latch(kind="stale", scope=f"instrument:{symbol}", is_on=False, reason=reason))
    desk.emit(fx.Alert(level="info", key=f"stale/{symbol}", text=reason))


def _latch(symbol: str) -> str:
    return f"stale/instrument:{symbol}"


def _timer(subscription: Subscription) -> str:
    return f"{WATCH}/{subscription.instrument}/{subscription.interval}"
