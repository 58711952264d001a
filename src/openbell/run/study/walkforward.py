"""Walk-forward over a sweep: runs are made once, and their days judged in folds.

A run never sees what comes after a day, so the days of one run up to any date are those of a run that ended there. What
is chosen in a fold is judged as if it had been running since the first day.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from openbell.report import returns
from openbell.research.folds import Floats, Score, Step, Terms, by_drawdown, by_return, by_sharpe, folds, joined, walk
from openbell.run.study.robustness import matrix
from openbell.run.study.sweep import Desk, Sweep, Watch, need_trades, sweep
from openbell.run.study.trial import Outcome, StudyError, Values

SCORES: dict[str, Score] = {"sharpe": by_sharpe, "return": by_return, "drawdown": by_drawdown}
"""What is chosen by in each fold."""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk-forward came to.

    Attributes:
        found: The sweep under it. having: Runs that could be chosen, in the order of the columns.
        dates: Of all trading days. per_year: Trading days in a year.
        steps: The folds. daily: Returns of what was chosen, over all judged days in order.
        hindsight: Of the run that was best over all judged days, chosen with hindsight.
        by: What was chosen by. terms: How days were cut.
    """

    found: Sweep
    having: tuple[Outcome, ...]
    dates: tuple[str, ...]
    per_year: float
    steps: tuple[Step, ...]
    daily: Floats
    hindsight: Floats
    by: str
    terms: Terms

    @property
    def sharpe(self) -> float | None:
        """Ratio a year over all judged days."""
        return returns.sharpe(self.daily.tolist(), self.per_year)

    @property
    def total_return(self) -> float:
        """Compounded over all judged days, a fraction."""
        return float(by_return(self.daily[:, None])[0])

    @property
    def max_drawdown(self) -> float:
        """Deepest fall at the ends of judged days, a positive fraction."""
        return -float(by_drawdown(self.daily[:, None])[0])

    @property
    def efficiency(self) -> float | None:
        """Mean figure outside over that inside; None unless the latter is above zero."""
        inside = float(np.mean([step.inside for step in self.steps]))
        return float(np.mean([step.outside for step in self.steps])) / inside if inside > 0.0 else None

    @property
    def most_chosen(self) -> int:
        """Number of folds in which the configuration chosen most often was chosen."""
        return Counter(step.chosen for step in self.steps).most_common(1)[0][1]


def walkforward(desk: Desk, values: Sequence[Values], how: tuple[str, Terms], watch: Watch) -> Walk | Sweep:
    """Return what choosing anew in each fold came to; the sweep where it was ended.

    Args:
        desk: Where and how runs are made.
        values: Of each run.
        how: What is chosen by, and how days are cut.
        watch: Sees the progress.

    Raises:
        StudyError: There are too few days or runs. And as `sweep`.
    """
    by, terms = how
    found = sweep(desk, values, watch)
    if not found.is_complete:
        return found
    need_trades(found.outcomes)
    having = tuple(one for one in found.outcomes if not one.refused)
    if len(having) < 2:
        raise StudyError(f"only {len(having)} of {found.asked:,} runs can be chosen from", "name more values")
    daily = matrix(having)
    try:
        every = folds(len(daily), terms)
    except ValueError as error:
        what, _, advice = str(error).partition("; ")
        raise StudyError(what, advice) from None
    steps = walk(daily, every, SCORES[by])
    judged = daily[every[0].test[0] :]
    return Walk(
        found=found,
        having=having,
        dates=having[0].dates,
        per_year=having[0].per_year,
        steps=tuple(steps),
        daily=joined(daily, steps),
        hindsight=judged[:, int(np.argmax(SCORES[by](judged)))],
        by=by,
        terms=terms,
    )
