"""A sweep comes to the same however it is carried out, and forgets nothing."""

import pytest

from openbell.config.explain import ConfigError
from openbell.research.grid import parse_axis, points
from openbell.run.study.sweep import FIXED, ranked, row_of, sweep, values_of
from openbell.run.study.trial import Outcome, StudyError
from tests.run.study.desk import FAST, SLOW, desk

AXES = [parse_axis(f"{FAST}=3:12:3"), parse_axis(f"{SLOW}=10,20")]
VALUES = values_of(AXES, points(AXES))


def never(done: int, whole: int) -> bool:
    return False


def test_one_process_two_processes_and_a_resumed_sweep_agree(tmp_path):
    whole = sweep(desk(tmp_path / "a", days=2), VALUES, never)
    assert (len(whole.outcomes), whole.made, whole.trials, whole.is_complete) == (8, 8, 7, True)
    parted = desk(tmp_path / "b", days=2)
    part = sweep(parted, VALUES, lambda done, _: done >= 3)
    assert (part.made, part.is_complete) == (3, False)
    rest = sweep(desk(tmp_path / "b", days=2, jobs=2), VALUES, never)
    assert (rest.made, rest.outcomes, rest.trials) == (5, whole.outcomes, whole.trials)
    again = sweep(parted, VALUES, never)
    assert (again.made, again.outcomes) == (0, whole.outcomes)
    assert [one.values for one in whole.outcomes] == VALUES


def test_progress_begins_with_what_is_remembered(tmp_path):
    made, seen = desk(tmp_path, days=2), []
    sweep(made, VALUES[:2], never)
    sweep(made, VALUES[:4], lambda *told: bool(seen.append(told)))
    assert (seen[0][1], seen[-1]) == (4, (4, 4))
    assert min(done for done, _ in seen) >= 2


def test_values_that_can_never_be_run_are_told_at_once(tmp_path):
    wrong = values_of([parse_axis("deployments.cross.strategy.fats=1:9:1")], [(str(n),) for n in range(1, 10)])
    with pytest.raises(ConfigError, match="fats"):
        sweep(desk(tmp_path, days=2), wrong, never)
    assert not (tmp_path / "store").exists()


def test_what_changes_the_data_is_not_varied():
    for path in (*(f"{name}.x" for name in FIXED), "deployments.cross.instruments", "deployments.0.bars"):
        with pytest.raises(StudyError, match="changes the data"):
            values_of([parse_axis(f"{path}=1,2")], [("1",)])
    with pytest.raises(StudyError, match="stands twice"):
        values_of([parse_axis("a=1,2"), parse_axis("a=3,4")], [("1", "3")])


def test_runs_are_ranked_by_what_was_asked():
    low = Outcome(key="a", values=(("x", "1"),), sharpe=1.0, total_return=0.5, max_drawdown=0.4)
    high = Outcome(key="b", values=(("x", "2"),), sharpe=2.0, total_return=0.1, max_drawdown=0.5, trades=4, wins=1)
    none = Outcome(key="c", values=(("x", "3"),), total_return=0.0)
    bad = Outcome(key="d", values=(("x", "4"),), refused="no")
    every = [low, high, none, bad]
    assert ranked(every, "sharpe") == [high, low]
    assert ranked(every, "return") == [low, high, none]
    assert ranked(every, "drawdown") == [none, low, high]
    assert (row_of(high)["win_rate"], row_of(none)["win_rate"]) == (0.25, None)
    assert row_of(bad) == {"values": {"x": "4"}, "refused": "no"}
