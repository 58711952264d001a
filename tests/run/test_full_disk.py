"""A real file system of one mebibyte, filled by a real run; it needs the right to mount one."""

import contextlib
import os
import shutil
import subprocess

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.record import digest
from openbell.edges.journal import DiskFailed, Options
from openbell.run import state
from openbell.run.live import Settings, live
from openbell.run.reading import read_book
from openbell.run.records import entries
from tests.run.small import journal_of, small

SMALL = Options(segment_bytes=128 << 10, reserve_bytes=64 << 10, is_compressing=False, is_background=False)
"""A segment holds some hundred bars; with 1 MiB in all the disk is full within the first days."""


@pytest.fixture
def tight(tmp_path):
    """Return a folder with room for one mebibyte."""
    place = tmp_path / "tight"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a file system of 1 MiB")
    yield place
    subprocess.run(["umount", str(place)], capture_output=True, check=True)


def is_halfway(book):
    """Return True once something is held, some days behind the start."""
    return any(book.holders.values()) and book.truth.counts.events > 300


def fill(ballast):
    """Leave no room: somebody else's file takes all that there is."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1024))


def test_F94_B34_a_full_disk_stops_entries_and_lets_a_kill_through(tmp_path, tight):
    prepared, told = small(tmp_path, days=20)
    here = tight / "state"
    books, when, killed, ballast = [], {}, [], tight / "ballast"

    def watch(book, event, effects):
        books[:] = [book]
        if is_halfway(book) and not ballast.exists():
            fill(ballast)
        if isinstance(event, ev.DiskState):
            when.setdefault(event.is_healthy, book.truth.counts.events)
        if not book.truth.is_disk_healthy and not killed and any(book.holders.values()):
            killed.append(event.ts)
            # Room for the command's file, and not for going on.
            os.truncate(ballast, ballast.stat().st_size - 8192)
            command = ev.Command(ts=0, id="drill", kind="kill", actor="op", reason="drill", close=True)
            state.leave_command(here, command)

    settings = Settings(state=here, watch=watch, journal=SMALL)
    with pytest.raises(DiskFailed, match="protection"):
        live(prepared, told, settings)
    assert False in when
    book = books[0]
    found = list(entries(journal_of(here)))
    full = next(i for i, entry in enumerate(found) if isinstance(entry.event, ev.DiskState))
    after = [effect for entry in found[full:] for effect in entry.effects]
    assert not [effect for effect in after if isinstance(effect, fx.Submit) and not effect.reduce_only]
    assert killed
    assert not any(position.qty for position in book.all_positions())
    assert digest(read_book(journal_of(here)).book.truth) == digest(book.truth)


def test_F94_the_run_goes_on_where_it_stood_once_there_is_room(tmp_path, tight):
    prepared, told = small(tmp_path, days=20)
    here = tight / "state"
    with pytest.raises(DiskFailed):
        live(prepared, told, Settings(state=here, journal=SMALL))
    subprocess.run(["mount", "-o", "remount,size=32m", str(tight)], capture_output=True, check=True)
    assert not read_book(state.journal(here)).book.truth.is_disk_healthy
    result = live(prepared, told, Settings(state=here, journal=SMALL))
    assert result.is_complete
    assert result.book.truth.is_disk_healthy
    assert result.book.truth.counts.source == len(list(told.events()))
