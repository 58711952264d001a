"""Files that appear whole or not at all."""

import os
from pathlib import Path

import pytest

from openbell.files import PRIVATE, SHARED, write_whole


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_in_one_step_and_belongs_to_its_owner_alone(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "owner.json"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        write_whole(path, b"new", durable=durable)
        assert reader.read() == b"old", "whoever had it open goes on reading the old contents"
    assert path.read_bytes() == b"new"
    assert mode(path) == PRIVATE
    assert list(tmp_path.iterdir()) == [path]


def test_a_shared_file_has_the_rights_that_the_mask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "report.html", b"<p>", mode=SHARED)
    finally:
        os.umask(before)
    assert mode(tmp_path / "report.html") == 0o640


def test_a_failure_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.mkdir()
    (path / "kept").touch()
    with pytest.raises(OSError, match="report"):
        write_whole(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
    assert list(path.iterdir()) == [path / "kept"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "away" / "file", b"new")
