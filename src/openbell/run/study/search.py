"""Where to look next: optuna is asked for points, and told what they came to.

Nothing of it is kept. The same seed and the same answers ask for the same points, so a study that goes on asks for all
of them again, and finds those that were made before in the store.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from openbell.research.grid import Axis, Point
from openbell.run.study.afar import need

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.samplers import BaseSampler

SAMPLERS = ("tpe", "nsga2")
BATCHES = {"tpe": 8, "nsga2": 20}
"""Points that are asked for together, by sampler; for NSGA-II this is a generation."""
WORST = 0.0
"""Told of a run without a figure; that it is not possible is told apart."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How is searched.

    Attributes:
        trials: Points in all. by: What is to become large, one or several. sampler: One of `SAMPLERS`.
        batch: Points asked for before what one of them came to is told. seed: Of all that is drawn.
    """

    trials: int = 100
    by: tuple[str, ...] = ("sharpe",)
    sampler: str = "tpe"
    batch: int = 8
    seed: int = 1


class Search:
    """A search that has begun: ask, tell, ask again."""

    def __init__(self, axes: Sequence[Axis], terms: Terms) -> None:
        """Begin with nothing known.

        Raises:
            StudyError: optuna is not installed.
        """
        need("optuna", "optimize")
        import optuna
        from optuna.distributions import CategoricalDistribution, IntDistribution

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.version: str = optuna.__version__
        self._axes, self._count = axes, len(terms.by)
        self._study = optuna.create_study(sampler=_sampler(terms), directions=["maximize"] * self._count)
        self._space: dict[str, Any] = {
            axis.path: IntDistribution(0, axis.count - 1)
            if axis.is_ordered
            else CategoricalDistribution(tuple(range(axis.count)))
            for axis in axes
        }
        self._asked: list[Trial] = []

    def ask(self, count: int) -> list[Point]:
        """Return the next points; what the last ones came to has been told."""
        # Each is asked for with those before it under way, so that no two are the same without need.
        self._asked = [self._study.ask(self._space) for _ in range(count)]
        return [tuple(axis.value(one.params[axis.path]) for axis in self._axes) for one in self._asked]

    def tell(self, figures: Sequence[tuple[float, ...] | None]) -> None:
        """Say what the points came to, in their order; None for one without figures."""
        for trial, found in zip(self._asked, figures, strict=True):
            trial.set_constraint("possible", 1.0 if found is None else 0.0)
            self._study.tell(trial, list(found or (WORST,) * self._count))


def _sampler(terms: Terms) -> "BaseSampler":
    from optuna.samplers import NSGAIISampler, TPESampler

    if terms.sampler == "nsga2":
        return NSGAIISampler(seed=terms.seed, population_size=terms.batch)
    return TPESampler(seed=terms.seed)
