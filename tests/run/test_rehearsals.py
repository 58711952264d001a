"""Outcomes of rehearsals, kept beside the states."""

from pathlib import Path

from openbell.run.drill import TRIGGERS
from openbell.run.rehearsals import NAMES, Outcome, outcomes, record


def test_every_trigger_that_can_be_rehearsed_has_its_name_here() -> None:
    assert tuple(TRIGGERS) == NAMES


def test_outcomes_are_kept_by_file_and_trigger(tmp_path: Path) -> None:
    first = Outcome(ts=1, is_good=True, told="a")
    record(tmp_path, "/x.yaml", {"kill file": first, "signal": first})
    later = Outcome(ts=2, is_good=False, told="b")
    record(tmp_path, "/x.yaml", {"signal": later})
    record(tmp_path, "/y.yaml", {"signal": first})
    assert outcomes(tmp_path, "/x.yaml") == {"kill file": first, "signal": later}
    assert outcomes(tmp_path, "/z.yaml") == {}
