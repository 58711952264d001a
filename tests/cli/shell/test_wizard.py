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


def bars(file: Path, step_min: int = 1, day: int = 2) -> None:
    """Write three bars, `step_min` minutes each."""
    lines = [f"2024-01-{day:02} {n * step_min // 60:02}:{n * step_min % 60:02},1,1,1,1" for n in range(3)]
    file.write_text("\n".join(["ts,open,high,low,close", *lines]) + "\n", encoding="utf-8")


def test_a_folder_is_read_by_what_it_holds(tmp_path: Path) -> None:
    bars(tmp_path / "SPY.csv")
    answers, _ = answered(Given(data=str(tmp_path)), is_asking=False)
    assert (answers.feed, answers.market) == ("csv", str(tmp_path))
    (tmp_path / "SPY.csv").write_text("ts,close\n", encoding="utf-8")
    with pytest.raises(Wrong, match="no bars are there"):
        answered(Given(data=str(tmp_path)), is_asking=False)
    (tmp_path / "SPY.csv").unlink()
    with pytest.raises(Wrong, match="no .parquet or .csv file"):
        answered(Given(data=str(tmp_path)), is_asking=False)


def test_of_recorded_bars_those_symbols_and_that_length_are_proposed_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, step in (
        ("EURUSD_a", 60),
        ("EURUSD_b", 60),
        ("GBPUSD", 60),
        ("AAPL", 5),
        ("USDJPY", 60),
        ("USDJPY_5m", 5),
    ):
        bars(tmp_path / f"{name}.csv", step)
    # What is proposed can be read and goes together: of EURUSD there are two recordings, and AAPL is a share.
    monkeypatch.setattr("sys.stdin", io.StringIO(f"\n{tmp_path}\nEURUSD\nSPY\nGBPUSD USDJPY\n\n\n"))
    answers, _ = answered(Given(), is_asking=True)
    assert (answers.symbols, answers.bars) == (("GBPUSD", "USDJPY"), "1h")
    said = capsys.readouterr().err
    assert "[AAPL]" in said
    assert "bars of EURUSD stand in EURUSD_a.csv and EURUSD_b.csv for one and the same time; name one of these" in said
    assert "there are no bars of SPY; there are bars of AAPL, EURUSD, GBPUSD, USDJPY" in said
    (tmp_path / "AAPL.csv").unlink()
    answers, _ = answered(Given(data=str(tmp_path)), is_asking=False)
    assert (answers.symbols, answers.bars) == (("GBPUSD", "USDJPY"), "1h")
    answers, _ = answered(Given(data=str(tmp_path), symbols="USDJPY"), is_asking=False)
    assert answers.bars == "5m"
    assert answered(Given(data=str(tmp_path), symbols="USDJPY", bars="15m"), is_asking=False)[0].bars == "15m"


def test_where_no_length_is_common_the_longest_of_the_shortest_is_taken(tmp_path: Path) -> None:
    bars(tmp_path / "AAPL.csv", 5)
    bars(tmp_path / "MSFT.csv", 15)
    answers, _ = answered(Given(data=str(tmp_path)), is_asking=False)
    assert (answers.symbols, answers.bars) == (("AAPL", "MSFT"), "15m")
