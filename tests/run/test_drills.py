"""Outcomes of rehearsals are kept by file, and the last of each trigger counts."""

from pathlib import Path

from openbell.run.drills import Outcome, outcomes, record


def test_the_latest_outcome_of_each_trigger_is_kept(tmp_path: Path) -> None:
    old, new = Outcome(ts=1, is_good=False, told="a"), Outcome(ts=2, is_good=True, told="b")
    assert outcomes(tmp_path, "/x.yaml") == {}
    record(tmp_path, "/x.yaml", {"signal": old, "guardian": old})
    record(tmp_path, "/x.yaml", {"signal": new})
    record(tmp_path, "/y.yaml", {"signal": old})
    assert outcomes(tmp_path, "/x.yaml") == {"signal": new, "guardian": old}
