"""The machine's sensors: shares of what there is, from what the kernel tells."""

import os
from pathlib import Path

import pytest

from openbell.run.sensors import Machine, process_use

MEMORY = "MemTotal:       8000 kB\nMemFree:         100 kB\nMemAvailable:   2000 kB\n"


def stat(file: Path, busy: int, idle: int) -> None:
    file.write_text(f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 1 1 1\n", encoding="ascii")


def test_use_of_the_processor_is_that_since_the_last_look(tmp_path: Path) -> None:
    times, memory = tmp_path / "stat", tmp_path / "meminfo"
    memory.write_text(MEMORY, encoding="ascii")
    stat(times, 1000, 1000)
    machine = Machine(tmp_path, times, memory)
    stat(times, 1075, 1025)
    assert machine().cpu == pytest.approx(0.75)
    stat(times, 1075, 1125)
    assert machine().cpu == pytest.approx(0.0)
    # Twice at the same instant: nothing is known.
    assert machine().cpu is None


def test_use_of_memory_is_what_is_not_available(tmp_path: Path) -> None:
    times, memory = tmp_path / "stat", tmp_path / "meminfo"
    stat(times, 1, 1)
    memory.write_text(MEMORY, encoding="ascii")
    assert Machine(tmp_path, times, memory)().memory == pytest.approx(0.75)


def test_where_the_kernel_tells_nothing_the_queue_speaks_for_the_processor(tmp_path: Path) -> None:
    found = Machine(tmp_path, tmp_path / "none", tmp_path / "none")()
    assert found.cpu is not None and 0.0 <= found.cpu <= 1.0
    assert found.memory is None


def test_this_machine_is_seen_as_it_is(tmp_path: Path) -> None:
    found = Machine(tmp_path)()
    assert found.disk is not None and 0.0 < found.disk < 1.0
    assert found.memory is None or 0.0 < found.memory < 1.0


def test_the_use_of_a_process_is_read_behind_its_name(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    ticks = os.sysconf("SC_CLK_TCK")
    numbers = ["S", *["0"] * 10, str(3 * ticks), str(ticks // 2), *["0"] * 9]
    (tmp_path / "7" / "stat").write_text(f"7 (a) b (c) {' '.join(numbers)}\n", encoding="ascii")
    (tmp_path / "7" / "statm").write_text("900 25 10 1 0 5 0\n", encoding="ascii")
    found = process_use(7, tmp_path)
    assert found is not None
    assert (found.cpu_s, found.memory) == (3.5, 25 * os.sysconf("SC_PAGE_SIZE"))
    assert process_use(8, tmp_path) is None
