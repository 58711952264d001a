"""`openbell restore`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said


def test_a_drill_state_to_file_to_state(call: Callable[..., Said], finished: Path, tmp_path: Path) -> None:
    made = call("backup", finished, tmp_path / "a.backup", "--json").data
    said = call("restore", tmp_path / "a.backup", tmp_path / "again", "--json")
    assert said.code == 0
    assert (said.data["seq"], said.data["facts"]) == (made["seq"], made["facts"])
    assert call("journal", "verify", tmp_path / "again").code == 0
    before, after = (call("status", folder, "--json").data for folder in (finished, tmp_path / "again"))
    assert {key: value for key, value in before.items() if key != "state"} == {
        key: value for key, value in after.items() if key != "state"
    }


def test_a_damaged_backup_is_refused_by_safety(call: Callable[..., Said], finished: Path, tmp_path: Path) -> None:
    call("backup", finished, tmp_path / "a.backup")
    data = bytearray((tmp_path / "a.backup").read_bytes())
    data[len(data) // 2] ^= 0x41
    (tmp_path / "a.backup").write_bytes(data)
    said = call("restore", tmp_path / "a.backup", tmp_path / "again")
    assert said.code == 3
    assert not (tmp_path / "again").exists()


def test_a_restore_says_where_the_state_stands(call: Callable[..., Said], finished: Path, tmp_path: Path) -> None:
    call("backup", finished, tmp_path / "a.backup")
    said = call("restore", tmp_path / "a.backup", tmp_path / "again")
    assert "openbell status" in said.out
