"""Questions that are asked again until the answer is right."""

import io
from pathlib import Path

import pytest

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.wizard import Given, answered


def test_a_wrong_answer_is_told_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "real\ndry_run\n\n,\nspy  QQQ\nHIGH\nno\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    answers, url = answered(Given(), is_asking=True)
    assert (answers.mode, answers.symbols, answers.risk, url) == ("dry_run", ("spy", "QQQ"), "high", "")
    said = capsys.readouterr().err
    assert said.count("Where do orders go?") == said.count("What is traded?") == 2
    assert "'real' is none of them; write sim, dry_run or paper" in said


def test_what_an_option_says_is_not_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n" * 4))
    answers, _ = answered(Given(symbols="AURA"), is_asking=True)
    assert answers.symbols == ("AURA",)
    assert capsys.readouterr().err.count("]: ") == 4


def test_where_nobody_answers_the_way_without_questions_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(Wrong) as caught:
        answered(Given(), is_asking=True)
    assert "--yes" in caught.value.next


def test_a_folder_is_read_by_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "SPY.csv").write_text("ts,close\n", encoding="utf-8")
    answers, _ = answered(Given(data=str(tmp_path)), is_asking=False)
    assert (answers.feed, answers.market) == ("csv", str(tmp_path))
    (tmp_path / "SPY.csv").unlink()
    with pytest.raises(Wrong, match="no .parquet or .csv file"):
        answered(Given(data=str(tmp_path)), is_asking=False)
