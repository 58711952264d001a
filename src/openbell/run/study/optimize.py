"""A search for good values: each point is chosen by what the points before it came to."""

from collections.abc import Sequence

import msgspec

from openbell.research.grid import Axis, drawn
from openbell.research.pareto import front
from openbell.run.study.search import Search, Terms
from openbell.run.study.sweep import (
    MEASURES,
    TRIED_FIRST,
    Desk,
    Runs,
    Sweep,
    Watch,
    need_one_sound,
    need_trades,
    values_of,
)
from openbell.run.study.trial import Outcome, StudyError, Values


class Optimum(msgspec.Struct, frozen=True, kw_only=True):
    """What a search came to.

    Attributes:
        found: Outcome of each trial, in order; a point may be tried again, which costs nothing.
        terms: How was searched. version: Of optuna.
        best: Trials that no other one is better than in all that was asked for, best first by the first of it.
    """

    found: Sweep
    terms: Terms
    version: str
    best: tuple[int, ...]

    @property
    def different(self) -> tuple[tuple[int, Outcome], ...]:
        """Number and outcome of each configuration when it was first tried."""
        first: dict[str, tuple[int, Outcome]] = {}
        for number, one in enumerate(self.found.outcomes):
            first.setdefault(one.key, (number, one))
        return tuple(first.values())


def optimize(desk: Desk, axes: Sequence[Axis], terms: Terms, watch: Watch) -> Optimum | Sweep:
    """Return the best values that a search found; what it made where it was ended early.

    Args:
        desk: Where and how runs are made.
        axes: What is varied.
        terms: How is searched.
        watch: Sees the progress.

    Raises:
        StudyError: optuna is not installed, or no trial has a figure. And as `sweep`.
    """
    search = Search(axes, terms)
    need_one_sound(desk, values_of(axes, drawn(axes, TRIED_FIRST, terms.seed)))
    tried: list[Values] = []
    with Runs(desk, watch, terms.trials) as runs:
        while len(tried) < terms.trials and not runs.is_over:
            batch = values_of(axes, search.ask(min(terms.batch, terms.trials - len(tried))))
            missing = runs.missing(batch)
            runs.done = len(tried) + len(batch) - len(missing)
            tried += batch
            runs.make(missing, terms.batch)
            outcomes = [outcome for one in batch if (outcome := runs.of(one)) is not None]
            if len(outcomes) == len(batch):
                search.tell([figures_of(one, terms.by) for one in outcomes])
        found = msgspec.structs.replace(runs.found(tried), asked=terms.trials)
    if not found.is_complete:
        return found
    need_trades(found.outcomes)
    best = best_of(found.outcomes, terms.by)
    if not best:
        raise StudyError(f"none of {terms.trials:,} trials has a figure", "take more days, or --by return")
    return Optimum(found=found, terms=terms, version=search.version, best=best)


def figures_of(outcome: Outcome, by: Sequence[str]) -> tuple[float, ...] | None:
    """Return what was asked for of a run, more is better; None where any of it is missing."""
    found = [MEASURES[name](outcome) for name in by]
    having = tuple(figure for figure in found if figure is not None)
    return having if not outcome.refused and len(having) == len(by) else None


def best_of(outcomes: Sequence[Outcome], by: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the runs that no other is better than, each once."""
    firsts = {one.key: number for number, one in reversed(list(enumerate(outcomes)))}
    numbers = sorted(firsts.values())
    having = [(n, figures) for n in numbers if (figures := figures_of(outcomes[n], by)) is not None]
    if len(by) == 1:
        return tuple(n for n, _ in sorted(having, key=lambda pair: -pair[1][0])[:1])
    places = front([figures for _, figures in having])
    return tuple(
        sorted((having[place][0] for place in places), key=lambda n: -(figures_of(outcomes[n], by) or (0.0,))[0])
    )
