"""Strategies side by side over equal periods: what each made of its own capital.

Pure. It looks on while records are read and keeps one number for each deployment and trading day.
"""

import statistics
from collections.abc import Mapping, Sequence

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.effects import Effect
from openbell.core.types import as_float
from openbell.report import returns
from openbell.report.curves import Line, lines
from openbell.report.performance import Figure, label_of, text_of
from openbell.report.sections import Column, Table
from openbell.report.sheet import Picture

KEYS = ("days", "total_return", "volatility", "sharpe", "max_drawdown", "best_day", "worst_day", "positive_days")
"""Figures of a deployment, in reading order."""
_DIGITS = 6


class Rivals:
    """What each deployment was worth at the end of each trading day, as records are read."""

    def __init__(self) -> None:
        """Begin before the first record."""
        self._levels: dict[str, dict[str, float]] = {}
        self._dates: dict[str, str] = {}

    def watch(self, book: Book, event: ev.Event, _effects: Sequence[Effect]) -> None:
        """Take one record: the event, its effects, and the book with both applied."""
        if isinstance(event, ev.Schedule):
            for name, account in book.truth.accounts.items():
                before = self._dates.get(name, "")
                if before != account.session:
                    self._note(book, name, before)
                    self._dates[name] = account.session

    def _note(self, book: Book, account: str, date: str) -> None:
        """Keep what the deployments of an account are worth as a day ends.

        An empty date is the time before the first one.
        """
        for name, spec in book.spec.deployments.items():
            if spec.account == account:
                worth = spec.capital + book.stakes.result(name)
                self._levels.setdefault(name, {})[date] = as_float(worth)

    def daily(self, book: Book) -> dict[str, dict[str, float]]:
        """Return the return of each deployment on each day that all of them have.

        The day under way is one. A return is the day's result over what the deployment was worth as the day began: its
        capital and what it had made.
        """
        for account, date in self._dates.items():
            self._note(book, account, date)
        found = {}
        for name, levels in self._levels.items():
            dates, worth = list(levels), list(levels.values())
            found[name] = {
                date: now / then - 1.0 if then > 0.0 else 0.0
                for date, then, now in zip(dates[1:], worth, worth[1:], strict=False)
            }
        shared = set.intersection(*map(set, found.values())) if found else set[str]()
        return {name: {date: one for date, one in days.items() if date in shared} for name, days in found.items()}


def figures(daily: Mapping[str, Mapping[str, float]], per_year: float) -> dict[str, dict[str, Figure]]:
    """Return the figures of each deployment; one that cannot be computed is None."""
    found: dict[str, dict[str, Figure]] = {}
    for name, days in daily.items():
        changes = list(days.values())
        made: dict[str, Figure] = {
            "days": len(changes),
            "total_return": returns.total(changes),
            "volatility": returns.volatility(changes, per_year),
            "sharpe": returns.sharpe(changes, per_year),
            "max_drawdown": returns.deepest(returns.levels(changes)),
            "best_day": max(changes, default=None),
            "worst_day": min(changes, default=None),
            "positive_days": statistics.fmean(one > 0.0 for one in changes) if changes else None,
        }
        found[name] = {key: round(value, _DIGITS) if isinstance(value, float) else value for key, value in made.items()}
    return found


def table(found: Mapping[str, Mapping[str, Figure]]) -> Table | None:
    """Return the deployments as columns beside each other; None for fewer than two."""
    if len(found) < 2:
        return None
    head = (Column("Figure", is_number=False), *(Column(name, is_number=True) for name in found))
    rows = [(label_of(key), *(text_of(key, one[key], "") for one in found.values())) for key in KEYS]
    return Table("Strategies side by side", head, rows)


def picture(daily: Mapping[str, Mapping[str, float]]) -> Picture | None:
    """Return the growth of each deployment over one axis; None for fewer than two."""
    if len(daily) < 2:
        return None
    dates = list(next(iter(daily.values())))
    drawn = [
        Line(name, returns.levels(days.values()), "" if place else "main")
        for place, (name, days) in enumerate(daily.items())
    ]
    svg = lines("Growth of 1", drawn, (dates[0], dates[-1]) if dates else ("", ""))
    note = (
        f"Each deployment on its own capital, over the {len(dates):,} days that all of them traded: {', '.join(daily)}."
    )
    return Picture("Strategies side by side", note, svg) if svg else None
