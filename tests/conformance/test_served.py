"""Every broker passes the list of cases at its own front, and its page tells how it did."""

from pathlib import Path

import pytest

from tests.conformance.counters import COUNTERS
from tests.conformance.grades import grade, written
from tests.conformance.served import SERVED
from tests.conformance.test_brokers import BENCHES
from tests.house.source import ROOT


def test_every_broker_with_a_bench_has_a_counter() -> None:
    assert sorted(COUNTERS) == sorted(BENCHES)


@pytest.mark.parametrize("name", sorted(COUNTERS))
def test_F01_F02_F04_F05_F08_F10_F11_F21_F22_F25_F43_F44_F54_F58_F60_F61_served(name: str, tmp_path: Path) -> None:
    made = grade(name, tmp_path)
    assert [line for line in made.splitlines() if "failed:" in line] == []
    page = (ROOT / "docs" / "brokers" / f"{name}.md").read_text(encoding="utf-8")
    assert written(page) == made, "what the page says is not what came of it: make grades"


def test_the_list_plays_each_fault_once_and_names_each_case_once() -> None:
    names = [case.id for case in SERVED]
    faults = [tuple(sorted(case.fault.items())) for case in SERVED if case.fault]
    assert (len(set(names)), len(set(faults))) == (len(names), len(faults))
