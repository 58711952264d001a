"""The rehearsal of a lost disk passes on a sound run, and fails where a backup is not what it was made of."""

from pathlib import Path

import pytest

from openbell.run import salvage
from openbell.run.backup import BackupError
from tests.run.small import prepare, write

NOW = 1_700_000_000 * 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path


def test_a_sound_run_is_restored_and_ends_the_same(folder: Path) -> None:
    outcome = salvage.rehearse(lambda: prepare(folder / "small.yaml"), folder / "scratch", NOW)
    assert (outcome.is_good, outcome.ts) == (True, NOW), outcome.told
    assert not (folder / "scratch" / "lost").exists()
    assert (folder / "scratch" / "restored" / "journal").is_dir()


def test_a_backup_that_cannot_be_restored_fails_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path, state: Path) -> None:
        raise BackupError(f"{file} is damaged")

    monkeypatch.setattr(salvage, "restore", refuse)
    outcome = salvage.rehearse(lambda: prepare(folder / "small.yaml"), folder / "scratch", NOW)
    assert (outcome.is_good, outcome.told.endswith("is damaged")) == (False, True)


def test_another_end_fails_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What certainly differs between a whole run and the rest of one.
    monkeypatch.setattr(salvage, "SAME", ("bars_this_process",))
    outcome = salvage.rehearse(lambda: prepare(folder / "small.yaml"), folder / "scratch", NOW)
    assert (outcome.is_good, outcome.told) == (False, "the restored run ended with another bars_this_process")
