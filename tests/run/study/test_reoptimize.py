"""Four steps, in order, each kept; a candidate is judged on days that it has not seen."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from openbell.config.operations import Bounds
from openbell.run.study.drift import Drift, Subject, drift
from openbell.run.study.reoptimize import STEPS, Candidate, Done, place_of, reoptimize, steps_of, validated
from openbell.run.study.sweep import Sweep
from openbell.run.study.transition import known
from openbell.run.study.trial import StudyError
from tests.run.study.drifted import FAST, GRID, SLOW
from tests.run.study.test_drift import subject
from tests.run.study.test_sweep import never

PRESENT = ((FAST, "12"), (SLOW, "26"))
FIT = Candidate(values=((FAST, "3"), (SLOW, "8")), efficiency=0.5, gain=0.01, fall=0.2, trades=20, days=9)
BOUNDS = Bounds(min_gain=Decimal("0.01"))


def mine(drifted: Path, folder: Path, **said: object) -> tuple[Subject, Drift]:
    """Return the run as a subject whose steps are kept in `folder`, and how it has drifted."""
    one = subject(drifted, folder / "store", **said)
    found = drift(one, never)
    assert isinstance(found, Drift)
    return msgspec.structs.replace(one, state=folder), found


def test_the_steps_run_in_order_and_each_is_kept(drifted: Path, tmp_path: Path) -> None:
    one, found = mine(drifted, tmp_path, train=20)
    done = reoptimize(one, found, never)
    assert isinstance(done, list)
    assert [(step.step, step.is_well) for step in done] == [(name, True) for name in STEPS]
    folder = place_of(tmp_path, found)
    assert [file.name for file in sorted(folder.glob("[1-4]-*"))] == [f"{n}-{s}.json" for n, s in enumerate(STEPS, 1)]
    times = [(folder / f"{n}-{s}.json").stat().st_mtime_ns for n, s in enumerate(STEPS, 1)]
    assert times == sorted(times)
    assert steps_of(folder) == [msgspec.json.decode(msgspec.json.encode(step), type=Done) for step in done]
    collected, walked, judged, proposed = done
    assert collected.details["data"] == one.desk.source.digest
    assert (collected.details["days_before"], collected.details["recent_days"]) == (40, 20)
    last = walked.details["folds"][-1]
    assert last["values"] == {FAST: "3", SLOW: "8"} == judged.details["values"]
    # What is judged lies behind what was chosen in.
    assert last["chosen_in"][1] < last["judged_in"][0] and last["judged_in"][1] == found.live.last
    (made,) = known(tmp_path).values()
    assert (made.values, made.present, made.taken) == (((FAST, "3"), (SLOW, "8")), PRESENT, ())
    assert "nothing is changed" in proposed.told


def test_what_is_refused_is_not_proposed(drifted: Path, tmp_path: Path) -> None:
    one, found = mine(drifted, tmp_path, train=20, bounds={"min_gain": "900%"})
    done = reoptimize(one, found, never)
    assert isinstance(done, list)
    assert [(step.step, step.is_well) for step in done] == [(STEPS[0], True), (STEPS[1], True), (STEPS[2], False)]
    assert "refused: min_gain 9" in done[-1].told
    assert known(tmp_path) == {} and len(steps_of(place_of(tmp_path, found))) == 3


def test_choosing_the_present_values_again_changes_nothing(drifted: Path, tmp_path: Path) -> None:
    one, found = mine(drifted, tmp_path, grid=[f"{FAST}=12", f"{SLOW}=26,200"], bounds={"min_efficiency": "-1000",
                      "min_gain": "-500%", "max_drawdown": "100%", "min_trades": 0})  # fmt: skip
    done = reoptimize(one, found, never)
    assert isinstance(done, list)
    if done[1].details["folds"][-1]["values"][SLOW] == "26":
        assert "the present values were chosen again" in done[-1].told
    assert (
        "the present values were chosen again"
        in validated(msgspec.structs.replace(FIT, values=((FAST, "12.0"), (SLOW, "26"))), PRESENT, BOUNDS).told
    )


def test_at_every_bound_a_candidate_passes() -> None:
    assert validated(FIT, PRESENT, BOUNDS).is_well


@pytest.mark.parametrize(
    ("field", "value", "bound"),
    [("efficiency", 0.499999, "min_efficiency"), ("efficiency", None, "min_efficiency"), ("gain", 0.009999, "min_gain"),
     ("fall", 0.200001, "max_drawdown"), ("trades", 19, "min_trades")],
)  # fmt: skip
def test_one_step_past_a_bound_it_is_refused(field: str, value: object, bound: str) -> None:
    found = validated(msgspec.structs.replace(FIT, **{field: value}), PRESENT, BOUNDS)
    assert not found.is_well and found.told.startswith(f"refused: {bound} ")
    assert len(found.details["refused"]) == 1


def test_without_a_grid_there_is_nothing_to_choose_from(drifted: Path, tmp_path: Path) -> None:
    one, found = mine(drifted, tmp_path, grid=[], triggers=["new_regime_detected"])
    with pytest.raises(StudyError, match="no values to choose from"):
        reoptimize(one, found, never)


def test_an_early_end_keeps_what_was_done_and_proposes_nothing(drifted: Path, tmp_path: Path) -> None:
    one, found = mine(drifted, tmp_path)
    other = msgspec.structs.replace(one, terms=one.terms.model_copy(update={"grid": (f"{FAST}=3,5,7,9", GRID[1])}))
    assert isinstance(reoptimize(other, found, lambda done, _: True), Sweep)
    assert [step.step for step in steps_of(place_of(tmp_path, found))] == [STEPS[0]] and known(tmp_path) == {}
