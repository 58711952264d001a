"""Faults and invariants are matched with tests by the tests' names."""

from pathlib import Path

from tools.proofs import counts, faults, faults_page, ids_of, invariants, invariants_page, places, strays
from tools.tree import ROOT

LATER = [13, 19, 20, *range(48, 54), 55, 56, 68, 87, *range(110, 121)]
"""Faults of brokers, futures and text inputs, which have no part yet."""


def planted(tmp_path: Path, *tests: str) -> Path:
    """Return a tree with the real lists and these tests."""
    for name in ("faults.toml", "invariants.toml"):
        (tmp_path / "tools").mkdir(exist_ok=True)
        (tmp_path / "tools" / name).write_bytes((ROOT / "tools" / name).read_bytes())
    (tmp_path / "tests").mkdir()
    body = "\n".join(f"def {name}():\n    pass\n" for name in tests)
    (tmp_path / "tests" / "test_it.py").write_text(body, encoding="utf-8")
    return tmp_path


def test_a_name_carries_each_id_at_its_front() -> None:
    assert ids_of("test_F01_a_time_out_is_no_verdict") == ["F01"]
    assert ids_of("test_F109_B05_L1_gates_fail_closed") == ["F109", "B5", "L1"]
    assert ids_of("test_B16_kill") == ["B16"]


def test_a_name_without_ids_carries_none() -> None:
    assert ids_of("test_FX_days_begin_at_five") == []
    assert ids_of("test_the_fault_F01_is_stood") == []
    assert ids_of("test_F01") == []


def test_every_fault_and_invariant_is_listed_once_and_in_order() -> None:
    assert [fault.id for fault in faults(ROOT)] == [f"F{n:02}" for n in range(1, 121)]
    assert [one.id for one in invariants(ROOT)] == [*(f"B{n}" for n in range(1, 37)), *(f"L{n}" for n in range(1, 6))]
    assert all(one.head and one.text for one in [*faults(ROOT), *invariants(ROOT)])


def test_exactly_the_faults_of_parts_not_built_have_an_owner() -> None:
    assert [fault.id for fault in faults(ROOT) if fault.owner] == [f"F{n:02}" for n in LATER]


def test_a_fault_without_test_is_missing_and_counted(tmp_path: Path) -> None:
    root = planted(tmp_path, "test_F01_a_time_out_is_no_verdict", "test_F110_hold")
    page = faults_page(root)
    assert "120 faults: 2 with tests, 23 open until their part is built, 95 missing." in page
    assert "[test_F01_a_time_out_is_no_verdict](../../tests/test_it.py)" in page
    assert page.count("**MISSING**") == 95
    assert page.count("| open: ") == 23


def test_the_invariants_have_a_page_of_the_same_kind(tmp_path: Path) -> None:
    root = planted(tmp_path, "test_B3_L1_evidence_ends_an_order")
    page = invariants_page(root)
    assert "41 invariants: 2 with tests of their name, 39 missing." in page
    assert page.count("[test_B3_L1_evidence_ends_an_order]") == 2


def test_an_id_that_no_list_has_is_found(tmp_path: Path) -> None:
    assert strays(planted(tmp_path, "test_F121_nothing", "test_B36_bounds")) == ["tests/test_it.py: test_F121_nothing"]


def test_no_test_of_ours_carries_an_unknown_id() -> None:
    assert strays(ROOT) == []


def test_what_is_counted_adds_up() -> None:
    for subjects in (faults(ROOT), invariants(ROOT)):
        assert sum(counts(subjects, places(ROOT))) == len(subjects)
