"""Files that turn by size and by day, and go on where they were."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from openbell.edges.logs.files import Daily, Sized

LINE = "x" * 99 + "\n"


def test_a_file_turns_before_it_grows_too_large_and_the_oldest_goes(tmp_path: Path) -> None:
    file = Sized(tmp_path / "a.log", 1_000, 2)
    for n in range(45):
        file.write(f"{n:02d}" + LINE[2:], "2024-07-01")
    file.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a.log", "a.log.1", "a.log.2"]
    assert all(path.stat().st_size <= 1_000 for path in tmp_path.iterdir())
    assert (tmp_path / "a.log.1").read_text(encoding="utf-8").startswith("30")
    assert (tmp_path / "a.log").read_text(encoding="utf-8").startswith("40")


def test_a_file_begins_with_its_head_each_time_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        file = Sized(tmp_path / "t.log", 60, 9, "a,b\n")
        for n in range(3):
            file.write(f"{n},row\n", "2024-07-01")
        file.close()
    for path in tmp_path.iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0] == "a,b" and lines.count("a,b") == 1
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in tmp_path.iterdir()) == 6


def test_a_line_longer_than_a_file_is_written_all_the_same(tmp_path: Path) -> None:
    file = Sized(tmp_path / "a.log", 10, 1)
    file.write(LINE, "2024-07-01")
    file.write(LINE, "2024-07-01")
    file.close()
    assert (tmp_path / "a.log").read_text(encoding="utf-8") == LINE


def days(count: int) -> list[str]:
    return [str(date(2024, 7, 1) + timedelta(days=n)) for n in range(count)]


def test_midnight_turns_and_thirty_days_stay(tmp_path: Path) -> None:
    file = Daily(tmp_path / "d.log", 30)
    for day in days(31):
        file.write(f'{{"@timestamp":"{day}T23:59:59Z"}}\n', day)
    file.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 30
    assert names[0] == "d.log" and names[1] == "d.log.2024-07-02" and names[-1] == "d.log.2024-07-30"
    assert "2024-07-31" in (tmp_path / "d.log").read_text(encoding="utf-8")


def test_after_a_restart_on_the_next_day_yesterday_is_put_aside(tmp_path: Path) -> None:
    for day in days(2):
        file = Daily(tmp_path / "d.log", 30)
        file.write(f'{{"@timestamp":"{day}T10:00:00Z"}}\n', day)
        file.write(f'{{"@timestamp":"{day}T11:00:00Z"}}\n', day)
        file.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.log", "d.log.2024-07-01"]
    assert len((tmp_path / "d.log").read_text(encoding="utf-8").splitlines()) == 2


def test_only_its_owner_reads_a_file(tmp_path: Path) -> None:
    Sized(tmp_path / "a.log", 10, 1).close()
    assert (tmp_path / "a.log").stat().st_mode & 0o777 == 0o600
    with pytest.raises(OSError, match="No such file"):
        Sized(tmp_path / "nowhere" / "a.log", 10, 1)
