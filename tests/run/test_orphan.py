"""When a process beside an engine that lost its supervisor has nothing left to do."""

import os
from pathlib import Path

import pytest

from openbell.run.orphan import Orphan, Until
from openbell.run.pulse import Pulse, write_pulse
from openbell.run.supervise import MARK

NOBODY = 1 << 30
"""Number of no process."""


def beat(folder: Path, *, pid: int, is_closed: bool = False) -> None:
    write_pulse(folder, Pulse(pid=pid, epoch=1, seq=1, count=1, ts=1, is_closed=is_closed))


@pytest.mark.parametrize(
    ("until", "lives", "crashed", "other", "closed"),
    [
        ("closed", False, False, False, True),  # whoever looks after orders, whatever else happens
        ("replaced", False, False, True, True),  # whoever tells people: also of a crash
        ("gone", False, True, True, True),  # whoever holds a port
    ],
)
def test_it_ends_behind_its_supervisor_and_its_engine(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    until: Until,
    *,
    lives: bool,
    crashed: bool,
    other: bool,
    closed: bool,
) -> None:
    engine = {"pid": os.getpid()}
    monkeypatch.setenv(MARK, str(os.getppid()))
    orphan = Orphan(tmp_path, until)
    assert not orphan.is_done(), "no engine has begun"
    beat(tmp_path, **engine, is_closed=True)
    assert not orphan.is_done(), "the supervisor lives, and ends it itself"
    beat(tmp_path, pid=NOBODY)
    assert not orphan.is_done(), "the supervisor brings an engine back"
    beat(tmp_path, **engine)
    assert not orphan.is_done()
    monkeypatch.setenv(MARK, str(NOBODY))
    assert orphan.is_done() is lives
    beat(tmp_path, pid=os.getppid())
    assert orphan.is_done() is other
    beat(tmp_path, **engine, is_closed=True)
    assert orphan.is_done() is closed
    monkeypatch.setenv(MARK, str(os.getppid()))
    beat(tmp_path, pid=NOBODY)
    assert not orphan.is_done()
    monkeypatch.setenv(MARK, str(NOBODY))
    assert orphan.is_done() is crashed


def test_whoever_has_no_supervisor_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MARK, raising=False)
    beat(tmp_path, pid=NOBODY, is_closed=True)
    assert not Orphan(tmp_path, "gone").is_done()


@pytest.mark.parametrize("until", ["closed", "replaced", "gone"])
def test_an_engine_that_was_first_seen_behind_its_supervisor_is_not_another(
    until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MARK, str(NOBODY))
    orphan = Orphan(tmp_path, until)
    beat(tmp_path, pid=os.getpid())
    assert not orphan.is_done(), "its supervisor was killed before anybody looked"
    beat(tmp_path, pid=os.getppid())
    assert orphan.is_done() is (until != "closed")
