from pathlib import Path

import pytest

from openbell.cli import perform


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--symbols", "AAA:bond"], "AAA"),
        (["--bars", "1"], "length of time"),
        (["--cash", "1000"], "amount of money"),
        (["--speed", "fast"], "is not a speed"),
    ],
)
def test_a_wrong_word_ends_with_2_and_says_what_is_wrong(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert perform(["venue", "plain", "--port", "0", "--log", str(tmp_path / "v.log"), *words]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "v.log").exists()


def test_a_wrong_fault_script_is_told_with_its_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("faults:\n  - {do: mut}\n")
    assert perform(["venue", "plain", "--port", "0", "--log", str(tmp_path / "v.log"), "--faults", str(script)]) == 2
    assert f"{script}:2: do:" in capsys.readouterr().err


def test_without_a_verb_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert perform(["venue"]) == 0
    assert "plain" in capsys.readouterr().out
