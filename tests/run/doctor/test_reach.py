"""Are people reached: sirens of the file's own runs alone, and each target of a trial."""

from pathlib import Path

from openbell.run.alerts import siren
from openbell.run.alerts.told import Told
from openbell.run.alerts.trial import Tried
from openbell.run.doctor.line import Line, well
from openbell.run.doctor.reach import sirens, tried
from openbell.run.state import Origin, write_origin
from tests.run.alerts.stage import NOW, market, notifier


def test_a_siren_counts_for_the_file_of_its_run_alone(tmp_path: Path) -> None:
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/x'}]")
    write_origin(made.state, Origin(file="/a.yaml", folder="/"))
    one = notifier(made)
    with one.outbox.change():
        one.desk.take(Told(event="kill_switch", level="critical", seq=1, index=1, ts=NOW, fields={"text": "x"}), NOW)
    one.close()
    due = NOW + siren.AFTER_NS
    (line,) = sirens(tmp_path, "/a.yaml", due)
    assert (line.level, str(made.state) in line.fix) == ("fail", True)
    assert sirens(tmp_path, "/a.yaml", due - 1) == sirens(tmp_path, "/b.yaml", due) == []
    assert sirens(tmp_path / "none", "/a.yaml", due) == []


def test_each_target_of_a_trial_has_a_line() -> None:
    found = [Tried(channel="a", kind="sms", number=1), Tried(channel="a", kind="sms", number=2, why="answered 401")]
    assert tried(found, Path("c.yaml")) == [
        well("trial alert to a (sms), target 1", "taken"),
        Line(part="trial alert to a (sms), target 2", level="fail", told="answered 401",
             fix="correct a under alerts: in c.yaml"),
    ]  # fmt: skip
