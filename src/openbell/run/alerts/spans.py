"""Weeks and months: what their reports say, and when they are due.

A week counts until its report is due, a month until a session of another one opens: holidays need no rule of their own.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from openbell.config.alerts import Alerts
from openbell.core import events as ev
from openbell.core.account import Account, week_and_month
from openbell.core.book import Book
from openbell.core.types import E8, NS, ZERO, div
from openbell.report.figures import amount, percent
from openbell.run.alerts.days import Counts, Day, Ripe, in_words
from openbell.words import counted

WEEK, MONTH = "week", "month"
EVENTS = {WEEK: "weekly_report", MONTH: "monthly_report"}
Clock = tuple[time, ZoneInfo]


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When reports are due.

    Attributes:
        day: Of each day, None for the end of its session.
        week: Day of the week (0: Monday), time and zone, None for no report. has_months: True where months have one.
        month: Its time on the first trading day, None for the opening.
    """

    day: Clock | None = None
    week: tuple[int, time, ZoneInfo] | None = None
    has_months: bool = False
    month: Clock | None = None


def times_of(terms: Alerts) -> Times:
    """Return when the reports of a file are due."""
    return Times(
        day=terms.summary.when() if terms.summary is not None else None,
        week=terms.weekly.when() if terms.weekly is not None else None,
        has_months=terms.monthly is not None,
        month=terms.monthly.when() if terms.monthly is not None else None,
    )


class Stretch(Counts, kw_only=True):
    """An account's week or month under way, base currency.

    Attributes:
        number: Which: when the report of a week is due, UTC ns; a month as the core counts them.
        first, last: Session dates, ISO. start, equity: Before and now.
        result: Deposits apart. best, worst: Results of single days. sessions: Ended in it.
    """

    number: int
    first: str
    last: str
    start: Decimal
    equity: Decimal = ZERO
    result: Decimal = ZERO
    best: Decimal = ZERO
    worst: Decimal = ZERO
    sessions: int = 0


def close_day(stretches: dict[str, Stretch], account: Account, day: Day, due: int) -> None:
    """Add an account's session that ends to its week and its month; another one begins anew.

    Args:
        stretches: By kind and account, changed.
        account: As its session ends.
        day: What happened in it.
        due: When the next report of a week is due, UTC ns; 0 for none.
    """
    for kind, number in ((WEEK, due), (MONTH, week_and_month(account.session)[1])):
        key = f"{kind}/{account.name}"
        if key not in stretches or stretches[key].number != number:
            date = account.session
            stretches[key] = Stretch(number=number, first=date, last=date, start=account.session_equity)
        one, result = stretches[key], account.session_result
        one.last, one.equity, one.result = account.session, account.equity, one.result + result
        one.best = max(one.best, result) if one.sessions else result
        one.worst = min(one.worst, result) if one.sessions else result
        one.sessions += 1
        one.add(day)


def week_so_far(stretches: dict[str, Stretch], accounts: list[Account], due: int) -> Ripe | None:
    """Return the report, due at an instant (UTC ns), of a week with a session that ended.

    Until then the next session makes another one of the same mark, which takes its place. None where `due` is 0.
    """
    return _ripe(WEEK, stretches, accounts, due) if due else None


def month_gone(stretches: dict[str, Stretch], book: Book, event: ev.Event, times: Times) -> Ripe | None:
    """Return the report of a month behind which a session of another opens, else None."""
    if not times.has_months or not isinstance(event, ev.Schedule) or not event.is_open:
        return None
    number = week_and_month(event.date)[1]
    gone = []
    for account in book.truth.accounts.values():
        one = stretches.get(f"{MONTH}/{account.name}")
        if one is not None and one.number != number and book.spec.accounts[account.name].calendar == event.calendar:
            gone.append(account)
    return _ripe(MONTH, stretches, gone, first_at(event.ts, times.month)) if gone else None


def _ripe(kind: str, stretches: dict[str, Stretch], accounts: list[Account], due: int) -> Ripe:
    found = [stretches[f"{kind}/{account.name}"] for account in accounts]
    names = "-".join(account.name for account in accounts)
    lines = [line for one, account in zip(found, accounts, strict=True) for line in _lines(one, account)]
    last = max(one.last for one in found)
    lines.append(f"all of it: openbell report --period {kind} --on {last}")
    fields = {
        "first": min(one.first for one in found), "last": last, "summary": "\n".join(lines),
        "equity": amount(found[0].equity, accounts[0].currency),
        "result": amount(found[0].result, accounts[0].currency, signed=True),
    }  # fmt: skip
    return Ripe(due=due, mark=f"{kind}-{names}-{found[0].number}", fields=fields, event=EVENTS[kind])


def _lines(one: Stretch, account: Account) -> Iterator[str]:
    money = account.currency
    share = div(one.result, one.start, E8) if one.start else ZERO
    result = amount(one.result, money, signed=True)
    yield f"{account.name}: {result} ({percent(share, signed=True)}), equity {amount(one.equity, money)}"
    yield f"{counted(one.sessions, 'session')}: {in_words(one)}"
    yield f"best day {amount(one.best, money, signed=True)}, worst {amount(one.worst, money, signed=True)}"


def next_at(ts: int, when: tuple[int, time, ZoneInfo] | None) -> int:
    """Return when a time of a weekday comes next, from `ts` (UTC ns) on; 0 for None."""
    if when is None:
        return 0
    weekday, clock, zone = when
    local = datetime.fromtimestamp(ts // NS, tz=zone)
    ahead = (weekday - local.weekday()) % 7
    for days in (ahead, ahead + 7):
        due = _instant(local.date() + timedelta(days=days), clock, zone)
        if due >= ts:
            return due
    return ts


def first_at(ts: int, when: Clock | None) -> int:
    """Return a time on the day of `ts` (UTC ns), `ts` where it has passed or is None."""
    if when is None:
        return ts
    clock, zone = when
    day = datetime.fromtimestamp(ts // NS, tz=zone).date()
    return max(_instant(day, clock, zone), ts)


def _instant(day: date, clock: time, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, clock, tzinfo=zone).timestamp()) * NS
