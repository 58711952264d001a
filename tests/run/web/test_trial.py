"""A backtest in its folder."""

from pathlib import Path

import msgspec

from openbell.run.web.trial import FILE, PROGRESS, REPORT, RESULT, Outcome, Progress, carry_out
from tests.run.small import write


def test_figures_and_report_stand_beside_the_configuration(tmp_path: Path) -> None:
    write(tmp_path).rename(tmp_path / FILE)
    carry_out(tmp_path)
    outcome = msgspec.json.decode((tmp_path / RESULT).read_bytes(), type=Outcome)
    assert outcome.fault == "" and outcome.figures["trades"] > 0
    progress = msgspec.json.decode((tmp_path / PROGRESS).read_bytes(), type=Progress)
    assert 0 <= progress.taken <= progress.events == outcome.figures["bars"]
    assert (tmp_path / REPORT).stat().st_size > 10_000


def test_what_cannot_be_run_says_why(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("mode: sim\n", encoding="utf-8")
    carry_out(tmp_path)
    outcome = msgspec.json.decode((tmp_path / RESULT).read_bytes(), type=Outcome)
    assert "deployments" in outcome.fault and not outcome.figures
    assert not (tmp_path / REPORT).exists()
