"""The cache answers as the package does, without pandas, and damage to it is harmless."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from openbell.core.types import NS
from openbell.edges.calendars import cache, exchange, sessions

START = int(datetime(2024, 6, 1, tzinfo=UTC).timestamp()) * NS
END = int(datetime(2024, 8, 1, tzinfo=UTC).timestamp()) * NS
LATER = START + 3 * 366 * 86400 * NS


def test_a_cached_answer_is_equal_and_needs_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "sessions.json"
    first = sessions("NYSE", START, END, cache_file=path)
    monkeypatch.delattr(exchange, "extract")
    assert sessions("NYSE", START, END, cache_file=path) == first
    assert sessions("NYSE", START + 4 * 86400 * NS, END, cache_file=path) == first[4:]


def test_a_cached_start_loads_neither_pandas_nor_the_package(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    sessions("NYSE", START, END, cache_file=path)
    code = (
        "import sys; from pathlib import Path; from openbell.edges.calendars import sessions;"
        f"found = sessions('NYSE', {START}, {END}, None, Path({str(path)!r}));"
        "print(len(found), 'pandas' in sys.modules, 'exchange_calendars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["82", "False", "False"]


def test_other_calendars_and_ranges_are_kept_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sessions.json"
    asked = [("NYSE", START, END), ("KRX", START, END), ("NYSE", LATER, LATER + END - START)]
    first = [sessions(name, a, b, cache_file=path) for name, a, b in asked]
    monkeypatch.delattr(exchange, "extract")
    assert [sessions(name, a, b, cache_file=path) for name, a, b in asked] == first


def test_a_wider_range_replaces_the_narrow_one(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    sessions("NYSE", START, END, cache_file=path)
    size = path.stat().st_size
    sessions("NYSE", START - 100 * 86400 * NS, END + 100 * 86400 * NS, cache_file=path)
    sessions("NYSE", START, END, cache_file=path)
    assert len(cache._read(path)) == 1
    assert path.stat().st_size > size
    assert [entry.name for entry in tmp_path.iterdir()] == ["sessions.json"]


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "not json", "other format"])
def test_a_damaged_cache_is_taken_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "sessions.json"
    first = sessions("NYSE", START, END, cache_file=path)
    text = path.read_text()
    changed = {
        "cut": text[:-40],
        "changed": text.replace(str(first[0].open), str(first[0].open + 1)),
        "empty": "",
        "not json": "sessions",
        "other format": text.replace('"format":1', '"format":2'),
    }
    path.write_text(changed[damage])
    assert sessions("NYSE", START, END, cache_file=path) == first
    assert path.read_text() == text


def test_another_version_of_the_package_is_not_answered(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    sessions("NYSE", START, END, cache_file=path)
    span = (date(2024, 6, 3), date(2024, 6, 4))
    assert cache.find(path, ("NYSE", exchange.version()), span) is not None
    assert cache.find(path, ("NYSE", "0.0"), span) is None
    cache.store(path, ("KRX", "0.0"), exchange.extract("KRX", *span))
    assert [entry.calendar for entry in cache._read(path)] == ["KRX"]
