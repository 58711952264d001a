"""`openbell backup`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said


def test_a_backup_says_what_it_holds(call: Callable[..., Said], finished: Path, tmp_path: Path) -> None:
    said = call("backup", finished, tmp_path / "a.backup", "--json")
    assert said.code == 0
    assert said.data["seq"] > 100
    assert (tmp_path / "a.backup").stat().st_size == said.data["bytes"]
    again = call("backup", finished, tmp_path / "a.backup")
    assert again.code == 3
    assert "is there already" in again.err


def test_with_one_word_it_is_the_file_and_the_state_is_named_aside(
    call: Callable[..., Said], finished: Path, tmp_path: Path
) -> None:
    said = call("backup", tmp_path / "b.backup", "--state", finished)
    assert said.code == 0
    assert "read again and compared" in said.out
