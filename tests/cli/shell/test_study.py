"""What the verbs of research share."""

from pathlib import Path

import pytest

from openbell.cli.shell import study
from openbell.cli.shell.failure import Wrong
from openbell.report.study import Page
from tests.cli.process import CONFIG


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> study.Study:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    file = tmp_path / "small.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    return study.open_study("sweep", file, study.Terms(html=tmp_path / "no" / "p.html"))


def test_a_study_knows_its_file_its_bars_and_its_store(opened: study.Study, tmp_path: Path) -> None:
    head = study.head_of(opened)
    assert (head["verb"], head["bars"], head["account"], head["is_synthetic"]) == ("sweep", 2880, "main", True)
    assert head["store"] == str(tmp_path / "home" / "research")
    assert opened.desk.subject.is_compiled is False
    assert ("Bars", "2,880") in study.facts_of(opened)


def test_a_page_that_cannot_be_written_is_noted(opened: study.Study, tmp_path: Path) -> None:
    (tmp_path / "no").write_text("a file", encoding="utf-8")
    notes: list[str] = []
    page = Page(title="x", study="SWEEP", is_synthetic=False, about="")
    assert study.publish(opened, page, notes) is None
    assert "could not be written" in notes[0]


def test_axes_need_values(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="no values to try"):
        study.axes_of(study.GridTerms())
    axes, values = study.axes_of(study.GridTerms(grid=["rules.daily_loss.limit=1%:3%:1%"]))
    assert [axis.name for axis in axes] == ["limit"]
    assert [dict(one)["rules.daily_loss.limit"] for one in values] == ["1%", "2%", "3%"]


def test_compiling_is_announced_where_runs_pay_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    file = tmp_path / "small.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    many = study.open_study("sweep", file, study.Terms(), runs=1000, power=study.Power())
    assert many.desk.subject.is_compiled is True
    assert many.desk.backend.jobs >= 1
    assert "is compiled once" in capfd.readouterr().err
    study.open_study("sweep", file, study.Terms(as_json=True), runs=1000)
    assert capfd.readouterr().err == ""
