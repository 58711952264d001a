"""The count of proven requirements: what counts, what does not, and what is an error."""

import json
import re
from pathlib import Path

import pytest

from tools import requirements
from tools.tree import REPORT, ROOT, fingerprint

TESTS = """
def test_plain(): ...

class TestGroup:
    def test_inside(self): ...
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(TESTS, encoding="utf-8")
    return tmp_path


def _list(tree: Path, text: str) -> None:
    (tree / "tests" / "requirements.toml").write_text(text, encoding="utf-8")


def _report(tree: Path, outcomes: dict[str, str]) -> None:
    (tree / REPORT).parent.mkdir(exist_ok=True)
    text = json.dumps({"tree": fingerprint(tree), "outcomes": outcomes})
    (tree / REPORT).write_text(text, encoding="utf-8")


def test_the_areas_add_up_to_all_requirements() -> None:
    assert requirements.TOTAL == 879


@pytest.mark.parametrize("text", ["S1-000", "S1-135", "S6-001", "S2-1", "S2-1234", "", "S1", "s1-001"])
def test_an_unknown_id_is_refused(text: str) -> None:
    assert not requirements.known_id(text)


@pytest.mark.parametrize("text", ["S1-001", "S1-134", "S2-143", "S3-178", "S4-252", "S5-172"])
def test_the_first_and_the_last_id_of_an_area_are_known(text: str) -> None:
    assert requirements.known_id(text)


@pytest.mark.parametrize(
    "line",
    [
        'S9-001 = {mark = "native", tests = ["a"]}',
        'S1-001 = {mark = "nearly", tests = ["a"]}',
        'S1-001 = {mark = "native", tests = []}',
        'S1-001 = {mark = "native", tests = [1]}',
        'S1-001 = {mark = "native"}',
        'S1-001 = "native"',
        "S1-001 =",
    ],
)
def test_a_wrong_line_is_a_problem(line: str) -> None:
    listed, problems = requirements.parse(line)
    assert (listed, len(problems)) == ([], 1)


def test_passed_tests_prove_and_are_counted_by_mark(tree: Path) -> None:
    _list(
        tree,
        'S1-001 = {mark = "literal", tests = ["tests/test_a.py::test_plain"]}\n'
        'S1-002 = {mark = "native", tests = ["tests/test_a.py::test_plain", '
        '"tests/test_a.py::TestGroup::test_inside"]}',
    )
    _report(tree, {"tests/test_a.py::test_plain[1]": "passed", "tests/test_a.py::TestGroup::test_inside": "passed"})
    assert requirements.count(tree) == (["proven 2 / 879 (literal 1, native 1)"], 0)


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_one_case_that_did_not_pass_leaves_it_unproven(tree: Path, outcome: str) -> None:
    _list(tree, 'S1-001 = {mark = "literal", tests = ["tests/test_a.py::test_plain"]}')
    _report(tree, {"tests/test_a.py::test_plain[1]": "passed", "tests/test_a.py::test_plain[2]": outcome})
    lines, code = requirements.count(tree)
    assert lines[-1] == "proven 0 / 879 (literal 0, native 0)"
    assert outcome in lines[0]
    assert code == 0


@pytest.mark.parametrize(
    "node",
    ["tests/test_b.py::test_plain", "tests/test_a.py::test_gone", "tests/test_a.py", "tests/test_a.py::A::test_x"],
)
def test_a_listed_test_that_does_not_exist_is_an_error(tree: Path, node: str) -> None:
    _list(tree, f'S1-001 = {{mark = "native", tests = ["{node}"]}}')
    lines, code = requirements.count(tree)
    assert code == 1
    assert "no such test" in lines[0]
    assert lines[-1] == "proven 0 / 879 (literal 0, native 0)"


def test_listed_tests_without_an_outcome_are_run(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _list(tree, 'S1-001 = {mark = "native", tests = ["tests/test_a.py::test_plain"]}')
    asked = []

    def run(tests: list[str], root: Path) -> None:
        asked.extend(tests)
        _report(root, dict.fromkeys(tests, "passed"))

    monkeypatch.setattr(requirements, "_run", run)
    assert requirements.count(tree) == (["proven 1 / 879 (literal 0, native 1)"], 0)
    assert asked == ["tests/test_a.py::test_plain"]


def test_a_report_of_another_tree_counts_for_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _list(tree, 'S1-001 = {mark = "native", tests = ["tests/test_a.py::test_plain"]}')
    _report(tree, {"tests/test_a.py::test_plain": "passed"})
    (tree / "tests" / "test_a.py").write_text(TESTS + "\n# changed since\n", encoding="utf-8")
    monkeypatch.setattr(requirements, "_run", lambda *_: None)
    lines, code = requirements.count(tree)
    assert lines == [
        "S1-001 not proven: tests/test_a.py::test_plain was not run",
        "proven 0 / 879 (literal 0, native 0)",
    ]
    assert code == 0


def test_listing_more_requirements_keeps_the_report(tree: Path) -> None:
    _list(tree, "")
    before = fingerprint(tree)
    _list(tree, 'S1-001 = {mark = "native", tests = ["tests/test_a.py::test_plain"]}')
    assert fingerprint(tree) == before


def test_the_list_of_this_tree_is_well_formed() -> None:
    text = (ROOT / "tests" / "requirements.toml").read_text(encoding="utf-8")
    listed, problems = requirements.parse(text)
    missing = [test for r in listed for test in r.tests if not requirements.exists(test, ROOT)]
    assert (problems, missing) == ([], [])


def test_every_requirement_is_either_listed_or_told_to_be_missing_with_its_reason() -> None:
    listed, problems = requirements.parse((ROOT / "tests" / "requirements.toml").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "reference" / "not-yet.md").read_text(encoding="utf-8")
    missing = re.findall(r"S[1-5]-[0-9]{3}", page)
    proven = {one.id for one in listed}
    known = {f"{area}-{n:03d}" for area, count in requirements.AREAS.items() for n in range(1, count + 1)}
    assert problems == []
    assert len(missing) == len(set(missing)), "told twice"
    assert proven & set(missing) == set(), "proven by now: take them off the page"
    assert known - proven == set(missing), "neither listed nor told to be missing"
    rows = [line for line in page.splitlines() if re.search(r"S[1-5]-[0-9]{3}", line)]
    assert all(line.startswith("| ") and len(line.split(" | ")[0]) > 12 for line in rows), "a row has its reason first"
