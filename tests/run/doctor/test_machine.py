"""The machine: each thing that is broken has its own line."""

from pathlib import Path

import msgspec
import pytest

from openbell.run.doctor.machine import GB, Figures, figures, machine, try_to_write

GOOD = Figures(python=(3, 12), cores=4, memory=16 * GB, disk=50 * GB, clock=0)


def levels(found: Figures, why: str = "") -> dict[str, str]:
    lines = machine(Path("/home/states"), found, lambda _: why)
    assert all(bool(line.fix) == (line.level != "ok") for line in lines)
    return {line.part: line.level for line in lines}


def test_a_good_machine_is_well() -> None:
    assert levels(GOOD) == {"python": "ok", "machine": "ok", "disk": "ok", "clock": "ok"}


@pytest.mark.parametrize(
    ("change", "part", "level"),
    [
        ({"python": (3, 10)}, "python", "fail"),
        ({"python": (3, 14)}, "python", "fail"),
        ({"cores": 1}, "machine", "warn"),
        ({"memory": GB // 2}, "machine", "warn"),
        ({"disk": GB // 2}, "disk", "warn"),
        ({"disk": GB // 20}, "disk", "fail"),
        ({"clock": 5}, "clock", "warn"),
        ({"clock": -1}, "clock", "warn"),
    ],
)
def test_what_is_broken_has_the_one_bad_line(change: dict[str, object], part: str, level: str) -> None:
    found = levels(msgspec.structs.replace(GOOD, **change))
    assert {name: one for name, one in found.items() if one != "ok"} == {part: level}


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    assert levels(GOOD, "no permission")["disk"] == "fail"
    assert try_to_write(tmp_path) == ""
    assert try_to_write(tmp_path / "nowhere") == "No such file or directory"
    assert list(tmp_path.iterdir()) == []


def test_this_machine_is_told_as_it_is(tmp_path: Path) -> None:
    found = figures(tmp_path)
    assert found.cores >= 1
    assert found.memory > 0
    assert found.disk > 0
