"""Every signal that came stands on disk, once."""

import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from openbell.edges.signals import names as module
from openbell.edges.signals.names import NAME, Came, Names


def came(id_: str = "a", at: int = 100, **changes: Any) -> Came:
    fields = {
        "source": "desk", "id": id_, "digest": "d", "instrument": "AAPL", "target": 1.0, "reason": "why", "at": at,
        "wall": at + 1, "peer": "127.0.0.1",
    }  # fmt: skip
    return Came(**{**fields, **changes})


def test_what_was_written_is_there_in_another_process_and_for_its_owner_alone(tmp_path: Path) -> None:
    names = Names(tmp_path)
    kept = names.add(came())
    names.answer(names.add(came("b")), "{}")
    # Not closed: nothing of it may depend on a farewell.
    other = Names(tmp_path)
    assert other.find("desk", "a") == kept == replace(came(), n=1)
    assert [one.id for one in other.unanswered()] == ["a"]
    assert other.find("desk", "c") is other.find("news", "a") is None
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_a_name_counts_once_at_its_source(tmp_path: Path) -> None:
    names = Names(tmp_path)
    names.add(came())
    names.add(came(source="news"))
    with pytest.raises(sqlite3.IntegrityError):
        names.add(came(digest="e"))


def test_what_was_signed_later_stands_before_what_was_signed_earlier(tmp_path: Path) -> None:
    names = Names(tmp_path)
    first = names.add(came())
    assert not names.is_overtaken(first)
    assert [names.is_overtaken(came("n", at)) for at in (99, 100, 101)] == [True, False, False]
    second = names.add(came("b"))
    # Within one second the order of coming counts.
    assert (names.is_overtaken(first), names.is_overtaken(second)) == (True, False)
    assert not names.is_overtaken(came("n", 1, instrument="MSFT"))
    assert not names.is_overtaken(came("n", 1, source="news"))


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    monkeypatch.setattr(module, "KEPT_REFUSED", 2)
    names = Names(tmp_path)
    for n in range(3):
        names.add(came(str(n)))
        names.refuse(n, "s" * 100, "127.0.0.1", "not signed")
    assert [names.find("desk", str(n)) is not None for n in range(3)] == [False, True, True]
    assert names.refused() == [(n, "s" * 64, "127.0.0.1", "not signed") for n in (1, 2)]


def test_it_remembers_whether_the_one_before_said_that_it_ended(tmp_path: Path) -> None:
    first = Names(tmp_path)
    assert not first.begin()
    assert Names(tmp_path).begin()
    first.end()
    assert not Names(tmp_path).begin()


def test_what_is_no_such_file_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"x" * 5_000)
    with pytest.raises(sqlite3.Error):
        Names(tmp_path)
