"""Trading days: what the summary of each says, and when it is due."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from openbell.core import events as ev
from openbell.core.account import Account
from openbell.core.book import Book
from openbell.core.types import E8, NS, ZERO, Status, div
from openbell.report.figures import amount, percent, price, quantity
from openbell.run.alerts.told import named
from openbell.words import counted

MOST_LINES = 20
"""Positions named one by one in a summary."""


class Counts(msgspec.Struct, kw_only=True):
    """What a stretch of time is told by."""

    fills: int = 0
    trades: int = 0
    wins: int = 0
    rejected: int = 0

    def add(self, other: "Counts") -> None:
        """Count what another stretch has counted."""
        self.fills += other.fills
        self.trades += other.trades
        self.wins += other.wins
        self.rejected += other.rejected


class Day(Counts, kw_only=True):
    """What happened on an account's day under way.

    Attributes:
        date: ISO. high: Highest equity at the end of a day before, base currency.
    """

    date: str = ""
    high: Decimal = ZERO


class Ripe(msgspec.Struct, kw_only=True):
    """A summary that waits for its time: when (ns), its mark, fields and happening."""

    due: int
    mark: str
    fields: dict[str, str]
    event: str = "daily_summary"


def tally(days: dict[str, Day], book: Book, event: ev.Event, closed: tuple[str, Decimal] | None) -> None:
    """Count what an event adds to the day of its account.

    Args:
        days: By account, changed.
        book: With the event applied.
        event: What came.
        closed: Deployment and profit of a trade that it ended, None for none.
    """
    for one in book.dealt:
        today = day_of(days, book.truth.accounts[one.fill.account])
        # What is taken back may have been another day's.
        today.fills = max(today.fills + one.is_new - (one.old is not None), 0)
    if not isinstance(event, (ev.Fill, ev.OrderUpdate)):
        return
    day = day_of(days, book.truth.accounts[event.account])
    if isinstance(event, ev.OrderUpdate) and (order := book.truth.orders.get(event.oid)) is not None:
        day.rejected += order.status is Status.REJECTED and event.happening == "rejected"
    if closed is not None:
        day.trades += 1
        day.wins += closed[1] > 0


def day_of(days: dict[str, Day], account: Account) -> Day:
    """Return an account's day, a fresh one where it has begun another session."""
    found = days.setdefault(account.name, Day(date=account.session, high=account.equity_start))
    if found.date != account.session:
        found = days[account.name] = Day(date=account.session, high=found.high)
    return found


def ending(book: Book, event: ev.Event) -> list[Account]:
    """Return the accounts whose day an event ends."""
    if not isinstance(event, ev.Schedule) or event.is_open:
        return []
    accounts = book.truth.accounts.values()
    return [one for one in accounts if book.spec.accounts[one.name].calendar == event.calendar and one.session]


def highest(days: dict[str, Day], accounts: list[Account]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield mark and fields of each account that ends a day higher than ever before."""
    for account in accounts:
        day = day_of(days, account)
        if account.equity > day.high:
            day.high = account.equity
            yield (
                f"high-{account.name}-{day.date}",
                {"account": account.name, "date": day.date, "equity": amount(account.equity, account.currency),
                 "result": amount(account.session_result, account.currency, signed=True)},
            )  # fmt: skip


def summary(days: dict[str, Day], book: Book, accounts: list[Account]) -> dict[str, str]:
    """Return the fields of the summary of a day that some accounts have ended."""
    lines = [line for account in accounts for line in _lines(days, book, account)]
    first = accounts[0]
    return {
        "date": first.session, "summary": "\n".join(lines), "equity": amount(first.equity, first.currency),
        "result": amount(first.session_result, first.currency, signed=True),
    }  # fmt: skip


def in_words(told: Counts) -> str:
    """Return the counts of a day, week or month as a line."""
    rejected = f", {counted(told.rejected, 'order')} rejected" if told.rejected else ""
    return f"{counted(told.fills, 'fill')}, {counted(told.trades, 'trade')} closed, {told.wins} with a profit{rejected}"


def _lines(days: dict[str, Day], book: Book, account: Account) -> Iterator[str]:
    day, money = day_of(days, account), account.currency
    name = named(book.spec.accounts[account.name])
    share = div(account.session_result, account.session_equity, E8) if account.session_equity else ZERO
    yield (
        f"{name}: {amount(account.session_result, money, signed=True)} ({percent(share, signed=True)}),"
        f" equity {amount(account.equity, money)}"
    )
    yield in_words(day)
    fall = div(max(account.peak - account.equity, ZERO), account.peak, E8) if account.peak > 0 else ZERO
    yield f"drawdown {percent(fall)}, deepest so far {percent(account.max_drawdown)}"
    held = [one for one in book.all_positions() if one.qty and one.account == account.name]
    yield f"{counted(len(held), 'position')} open" if held else "nothing is held"
    for one in held[:MOST_LINES]:
        instrument, mark = book.instrument(one.instrument), book.mark_px(one.instrument)
        at = f" at {price(mark, instrument)}" if mark is not None else ""
        result = amount(one.unrealised, instrument.currency, signed=True)
        yield f"  {quantity(one.qty)} {one.instrument}{at}, {result} ({one.deployment})"
    if len(held) > MOST_LINES:
        yield f"  and {len(held) - MOST_LINES} more"
    shut = [latch.scope for latch in book.truth.latches.values()]
    if shut:
        yield f"closed for entries: {', '.join(shut)}"


def due_at(ts: int, when: tuple[time, ZoneInfo] | None) -> int:
    """Return when a clock next shows a time of the day, from `ts` (ns) on; `ts` for None."""
    if when is None:
        return ts
    clock, zone = when
    local = datetime.fromtimestamp(ts // NS, tz=zone)
    wanted = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    if wanted < local:
        wanted = (local + timedelta(days=1)).replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return max(int(wanted.timestamp()) * NS, ts)
