"""The trading days of a run as a table for other programs. Pure."""

import csv
import io
from collections.abc import Mapping

from openbell.core.book import Book
from openbell.report import returns
from openbell.report.figures import exact
from openbell.report.recorder import Recorder
from openbell.report.sheet import rolling

HEAD = ("date", "account", "start", "end", "deposits", "result", "return", "drawdown", "rolling_return",
        "rolling_volatility", "rolling_sharpe")  # fmt: skip


def days_csv(recorder: Recorder, book: Book, rivals: Mapping[str, Mapping[str, float]]) -> str:
    """Return a line for each account and trading day, with each deployment's return.

    Money is exact; returns and drawdown are fractions, the latter from the highest level so far at the ends of days;
    rolling figures stand from the day on that has enough before it. What cannot be computed is empty.

    Args:
        recorder: That watched the run.
        book: As the run left it.
        rivals: Returns by deployment and date.
    """
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow((*HEAD, *(f"return_{name}" for name in rivals)))
    for name in book.truth.accounts:
        days = recorder.days(name)
        windows = {one["date"]: one for one in rolling(days)}
        own = {k: each for k, each in rivals.items() if book.spec.deployments[k].account == name}
        changes = [returns.change(day) for day in days]
        peak = 1.0
        for day, change, level in zip(days, changes, returns.levels(one or 0.0 for one in changes)[1:], strict=True):
            peak = max(peak, level)
            window = windows.get(day.date, {})
            lines.writerow((
                day.date, name, exact(day.start), exact(day.equity), exact(day.flows),
                exact(day.equity - day.start - day.flows), "" if change is None else round(change, 6),
                round(1.0 - level / peak, 6), *(window.get(key) for key in ("total_return", "volatility", "sharpe")),
                *(round(own[k][day.date], 6) if day.date in own.get(k, {}) else "" for k in rivals),
            ))  # fmt: skip
    return out.getvalue()
