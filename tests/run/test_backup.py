"""A state goes into one file and comes back as it was, or not at all."""

import gzip
import io
import json
import shutil
import tarfile

import pytest

from openbell.core.record import digest
from openbell.edges import journal as log
from openbell.edges.journal import Options
from openbell.run import backup as backups
from openbell.run import state
from openbell.run.backup import MANIFEST, BackupError, backup, restore
from openbell.run.facts import facts_hash
from openbell.run.live import Settings, live
from openbell.run.reading import read_book
from tests.run.small import journal_of, small

NARROW = Options(segment_bytes=64 << 10, is_compressing=True, is_background=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with a finished state and its backup; tests change neither."""
    folder = tmp_path_factory.mktemp("backup")
    prepared, told = small(folder)
    live(prepared, told, Settings(state=folder / "state", journal=NARROW))
    state.write_origin(folder / "state", state.Origin(file="small.yaml"))
    backup(folder / "state", folder / "a.backup")
    return folder


def book_of(path):
    return read_book(journal_of(path)).book


def rewritten(source, target, change):
    """Copy a backup with its files changed by `change(name, data)`; None leaves one out."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for entry in old:
            data = change(entry.name, old.extractfile(entry).read())
            if data is not None:
                entry.size = len(data)
                new.addfile(entry, io.BytesIO(data))
    return target


def test_a_restored_state_has_the_hash_of_its_source(made, tmp_path):
    told = restore(made / "a.backup", tmp_path / "again")
    assert digest(book_of(tmp_path / "again").truth) == digest(book_of(made / "state").truth)
    assert told.facts == facts_hash(book_of(made / "state"))
    assert log.verify(journal_of(tmp_path / "again")).is_sound
    assert state.read_origin(tmp_path / "again").file == "small.yaml"


def test_a_restored_run_goes_on_to_the_end_that_the_whole_one_reached(made, tmp_path):
    prepared, told = small(tmp_path)
    live(prepared, told, Settings(state=tmp_path / "half", until_bars=300))
    backup(tmp_path / "half", tmp_path / "half.backup")
    restore(tmp_path / "half.backup", tmp_path / "again")
    live(prepared, told, Settings(state=tmp_path / "again"))
    assert facts_hash(book_of(tmp_path / "again")) != facts_hash(book_of(tmp_path / "half"))
    ended, whole = book_of(tmp_path / "again").truth, book_of(made / "state").truth
    assert (ended.orders_hash, ended.accounts["main"].cash) == (whole.orders_hash, whole.accounts["main"].cash)


def test_a_backup_overwrites_nothing(made):
    with pytest.raises(BackupError, match="is there already"):
        backup(made / "state", made / "a.backup")


def test_a_backup_is_restored_into_a_new_place_only(made, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    with pytest.raises(BackupError, match="holds something"):
        restore(made / "a.backup", tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    (tmp_path / "file").write_text("keep")
    with pytest.raises(BackupError, match="holds something"):
        restore(made / "a.backup", tmp_path / "file")
    (tmp_path / "empty").mkdir()
    restore(made / "a.backup", tmp_path / "empty")


def test_every_damaged_byte_is_refused_and_nothing_is_left_behind(made, tmp_path):
    whole = bytearray((made / "a.backup").read_bytes())
    for at in range(64, len(whole), max(len(whole) // 40, 1)):
        bad = tmp_path / "bad"
        bad.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        with pytest.raises(BackupError):
            restore(bad, tmp_path / "again")
    bad.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupError):
        restore(bad, tmp_path / "again")
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


def test_content_that_does_not_sum_up_is_refused_as_damage(made, tmp_path):
    """Cut short inside a file, it ends as a stream should end: the sum at its end alone tells."""
    content = gzip.decompress((made / "a.backup").read_bytes())
    short = bytearray(gzip.compress(content[: len(content) // 2]))
    short[-8] ^= 1
    (tmp_path / "bad").write_bytes(short)
    with pytest.raises(BackupError, match="CRC check failed"):
        restore(tmp_path / "bad", tmp_path / "again")
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


def test_a_file_that_is_missing_added_or_outside_is_refused(made, tmp_path):
    lost = rewritten(made / "a.backup", tmp_path / "lost", lambda name, data: None if name.endswith("head") else data)
    with pytest.raises(BackupError, match="journal/head missing"):
        restore(lost, tmp_path / "again")
    bare = rewritten(made / "a.backup", tmp_path / "bare", lambda name, data: None if name == MANIFEST else data)
    with pytest.raises(BackupError, match="does not begin with a manifest"):
        restore(bare, tmp_path / "again")

    def climb(name, data):
        if name != MANIFEST:
            return data
        told = json.loads(data)
        told["files"]["../climbed"] = [0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
        return json.dumps(told).encode()

    outside = rewritten(made / "a.backup", tmp_path / "outside", climb)
    with tarfile.open(tmp_path / "plain", "w") as plain, tarfile.open(outside) as old:
        for entry in old:
            plain.addfile(entry, old.extractfile(entry))
        plain.addfile(tarfile.TarInfo("../climbed"))
    outside.write_bytes(gzip.compress((tmp_path / "plain").read_bytes()))
    with pytest.raises(BackupError, match="not what its manifest says"):
        restore(outside, tmp_path / "deep" / "again")
    assert not (tmp_path / "climbed").exists()


def test_another_format_and_another_ending_are_refused_by_name(made, tmp_path):
    def swapped(field, value):
        def change(name, data):
            return json.dumps({**json.loads(data), field: value}).encode() if name == MANIFEST else data

        return rewritten(made / "a.backup", tmp_path / field, change)

    for field, value, words in (("format", 9, "format 9"), ("seq", 7, "not 7"), ("facts", "00", "does not amount")):
        with pytest.raises(BackupError, match=words):
            restore(swapped(field, value), tmp_path / "again")


def test_a_damaged_state_is_not_backed_up(made, tmp_path):
    shutil.copytree(made / "state", tmp_path / "state")
    packed = min((tmp_path / "state" / "journal").glob("0*"))
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 1
    packed.write_bytes(data)
    with pytest.raises(BackupError, match="cannot be backed up"):
        backup(tmp_path / "state", tmp_path / "a.backup")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_journal_that_changes_under_the_copy_is_copied_anew(made, tmp_path, monkeypatch):
    tries = []
    real = backups._copy

    def flicker(source, staged):
        tries.append(source)
        if len(tries) == 1:
            raise FileNotFoundError(2, "gone", "journal/000001.seg")
        real(source, staged)

    monkeypatch.setattr(backups, "_copy", flicker)
    backup(made / "state", tmp_path / "a.backup")
    assert len(tries) == 2

    def vanish(source, staged):
        raise FileNotFoundError(2, "gone", "journal/000001.seg")

    monkeypatch.setattr(backups, "_copy", vanish)
    with pytest.raises(BackupError, match="went away"):
        backup(made / "state", tmp_path / "b.backup")


def test_only_the_owner_may_read_a_backup_and_what_is_made_of_it(made, tmp_path):
    assert (made / "a.backup").stat().st_mode & 0o777 == 0o600
    restore(made / "a.backup", tmp_path / "again")
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700
    files = [path for path in (tmp_path / "again").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
