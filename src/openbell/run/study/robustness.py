"""How far to believe the best run of a sweep: its neighbours, overfitting, luck."""

import statistics
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from openbell.research.grid import Axis
from openbell.research.neighbours import Around, around, neighbours
from openbell.research.overfit import Overfit, overfit
from openbell.research.sharpe import Shape, deflated, expected_best, probabilistic, shape_of
from openbell.run.study.sweep import MEASURES, Desk, Sweep, Watch, need_trades, ranked, sweep, values_of
from openbell.run.study.trial import Outcome, StudyError, Values

SURE = 0.95
"""Probability from which a Sharpe ratio is called more than luck."""
LIKELY = 0.5
"""Probability of overfitting from which choosing is worth nothing."""
KEPT = 0.5
"""Part of the best figure that its neighbours should keep."""


class Luck(msgspec.Struct, frozen=True, kw_only=True):
    """What the Sharpe ratio of the best run is worth, ratios a day.

    Attributes:
        shape: Of its returns. trials: Configurations ever tried on these data. variance: Of their ratios.
        probabilistic: Probability that the true ratio is above zero. expected: Ratio of the best of worthless ones.
        deflated: Probability that the true ratio is above that.
    """

    shape: Shape
    trials: int
    variance: float
    probabilistic: float
    expected: float
    deflated: float


class Robustness(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of the best run of a sweep.

    Attributes:
        found: The sweep. by: What the best was chosen by. best: The best run.
        around: What its neighbours are worth, None where it has none. beside: The neighbours.
        overfit: Of the whole sweep, None for too few days or runs. luck: None for a series without spread.
        doubts: What speaks against believing it, in words.
    """

    found: Sweep
    by: str
    best: Outcome
    around: Around | None
    beside: tuple[Outcome, ...]
    overfit: Overfit | None
    luck: Luck | None
    doubts: tuple[str, ...] = ()


def robustness(
    desk: Desk, axes: Sequence[Axis], values: Sequence[Values], how: tuple[str, Watch]
) -> Robustness | Sweep:
    """Return how far to believe the best run; the sweep where it was ended early.

    Args:
        desk: Where and how runs are made.
        axes: Of the grid.
        values: Of each run.
        how: What the best is chosen by, and who sees the progress.

    Raises:
        StudyError: No run has a figure. And as `sweep`.
    """
    by, watch = how
    found = sweep(desk, values, watch)
    if not found.is_complete:
        return found
    need_trades(found.outcomes)
    order = ranked(found.outcomes, by)
    if not order:
        raise StudyError(f"none of {found.asked:,} runs has a figure to be chosen by", "take more days, or --by return")
    best = order[0]
    point = tuple(dict(best.values)[axis.path] for axis in axes)
    near = sweep(desk, values_of(axes, neighbours(axes, point)), watch)
    if not near.is_complete:
        return near
    measure = MEASURES[by]
    figures = [figure for one in near.outcomes if not one.refused and (figure := measure(one)) is not None]
    having = [one for one in found.outcomes if not one.refused]
    made = Robustness(
        found=msgspec.structs.replace(found, trials=near.trials, made=found.made + near.made),
        by=by,
        best=best,
        around=around(measure(best) or 0.0, figures),
        beside=near.outcomes,
        overfit=overfit(matrix(having)),
        luck=_luck(best, near.trials, desk),
    )
    return msgspec.structs.replace(made, doubts=tuple(_doubts(made)))


def matrix(outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    """Return the daily returns of runs, a row for each day, a column for each run.

    Raises:
        StudyError: The runs have not the same days.
    """
    if len({one.dates for one in outcomes}) > 1:
        raise StudyError("runs have different trading days", "vary no option that changes the account's calendar")
    return np.array([one.daily for one in outcomes], dtype=np.float64).T.reshape(-1, len(outcomes))


def _luck(best: Outcome, trials: int, desk: Desk) -> Luck | None:
    """Return what the ratio is worth among all that was ever tried on these data."""
    shape = shape_of(best.daily)
    if shape is None:
        return None
    known = desk.store.read(desk.subject.data).outcomes.values()
    ratios = [found.ratio for one in known if (found := shape_of(one.daily)) is not None]
    variance = statistics.variance(ratios) if len(ratios) > 1 else 0.0
    return Luck(
        shape=shape,
        trials=trials,
        variance=variance,
        probabilistic=probabilistic(shape),
        expected=expected_best(trials, variance),
        deflated=deflated(shape, trials, variance),
    )


def _doubts(made: Robustness) -> list[str]:
    """Return what speaks against believing the best run."""
    found = []
    if made.luck is None:
        found.append("its returns have no spread, so nothing can be said of luck")
    elif made.luck.deflated < SURE:
        found.append(
            f"after {made.luck.trials:,} configurations on these data, the probability that its Sharpe ratio is more "
            f"than luck is {100 * made.luck.deflated:.1f}%, below {100 * SURE:.0f}%"
        )
    if made.overfit is None:
        found.append("there are too few days or runs to tell overfitting")
    elif made.overfit.probability >= LIKELY:
        found.append(
            f"choosing the best here is overfitting with a probability of {100 * made.overfit.probability:.1f}%"
        )
    if made.around is None:
        found.append("it has no neighbours that can be run")
    elif made.by != "drawdown" and (made.around.kept is None or made.around.kept < KEPT):
        kept = "nothing" if made.around.kept is None else f"{100 * made.around.kept:.0f}% of it"
        found.append(f"it stands on a peak: its neighbours keep {kept}")
    return found
