"""A search comes to the same however it is carried out, and goes on where it was."""

import pytest

from openbell.research.grid import parse_axis
from openbell.run.study.optimize import best_of, figures_of, optimize
from openbell.run.study.search import Terms
from openbell.run.study.sweep import sweep
from openbell.run.study.trial import Outcome, StudyError
from tests.run.study.desk import FAST, SLOW, desk

AXES = [parse_axis(f"{FAST}=3:14"), parse_axis(f"{SLOW}=10:30")]
TERMS = Terms(trials=14, batch=4, seed=5)


def never(done: int, whole: int) -> bool:
    return False


def test_one_process_two_processes_and_a_resumed_search_agree(tmp_path):
    whole = optimize(desk(tmp_path / "a", days=2), AXES, TERMS, never)
    outcomes = whole.found.outcomes
    assert (len(outcomes), whole.found.made, whole.found.is_complete) == (14, len({one.key for one in outcomes}), True)
    part = optimize(desk(tmp_path / "b", days=2), AXES, TERMS, lambda done, _: done >= 6)
    assert (part.is_complete, part.made, part.asked) == (False, 6, 14)
    rest = optimize(desk(tmp_path / "b", days=2, jobs=2), AXES, TERMS, never)
    assert (rest.found.outcomes, rest.best, rest.found.trials) == (outcomes, whole.best, whole.found.trials)
    assert rest.found.made == whole.found.made - 6
    again = optimize(desk(tmp_path / "b", days=2), AXES, TERMS, never)
    assert (again.found.made, again.found.outcomes) == (0, outcomes)


def test_runs_of_a_search_are_those_of_a_sweep(tmp_path):
    made = desk(tmp_path, days=2)
    found = optimize(made, AXES, TERMS, never)
    values = [one.values for _, one in found.different]
    swept = sweep(made, values, never)
    assert (swept.made, swept.outcomes, swept.trials) == (
        0, tuple(one for _, one in found.different), found.found.trials,
    )  # fmt: skip


def test_several_measures_leave_a_front(tmp_path):
    terms = Terms(trials=16, batch=4, seed=5, sampler="nsga2", by=("return", "drawdown"))
    found = optimize(desk(tmp_path, days=2), AXES, terms, never)
    best = [figures_of(found.found.outcomes[n], terms.by) for n in found.best]
    assert best == sorted(best, reverse=True)
    assert [one[1] for one in best] == sorted(one[1] for one in best)


def test_progress_counts_trials_to_their_end(tmp_path):
    seen = []
    optimize(desk(tmp_path, days=2), AXES, TERMS, lambda *told: bool(seen.append(told)))
    assert (seen[-1], seen == sorted(seen)) == ((14, 14), True)


def test_the_best_is_the_first_of_equals_and_has_a_figure():
    def one(key, sharpe, fall=0.1, refused=""):
        return Outcome(key=key, values=(("x", key),), sharpe=sharpe, max_drawdown=fall, refused=refused)

    given = [
        one("a", None),
        one("b", 1.0),
        one("c", 9.0, refused="no"),
        one("d", 1.0),
        one("b", 1.0),
        one("e", 0.5, 0.01),
    ]
    assert best_of(given, ("sharpe",)) == (1,)
    assert best_of(given, ("sharpe", "drawdown")) == (1, 3, 5)
    assert best_of(given[:1], ("sharpe",)) == ()


def test_a_search_without_a_figure_says_so(tmp_path):
    axes = [parse_axis("accounts.main.spread=99%:100%")]
    with pytest.raises(StudyError, match="none of 2 trials has a figure"):
        optimize(desk(tmp_path, days=1), axes, Terms(trials=2, batch=2), never)
