"""All rules together: each has a case, and nothing is found in a quiet file."""

from pathlib import Path

import pytest

from openbell.config.linter.review import RULES, explained, rule_of
from openbell.config.linter.rule import Rule
from openbell.run import assemble
from tests.config.linter.cases import CASES, QUIET, swap, warnings


def test_every_rule_has_its_case_and_its_own_id() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids) >= 25
    assert sorted(case.rule for case in CASES) == sorted(set(ids) - {"L401"})


def test_nothing_is_found_in_a_quiet_file(tmp_path: Path) -> None:
    assert warnings(tmp_path, QUIET) == []


def test_a_value_from_a_variable_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(swap(QUIET, "slow: 26", 'slow: "${SLOW}"').replace("capital: 50000 USD", 'capital: "${MONEY}"'))
    loaded, found = assemble.read(path, {"SLOW": "1950", "MONEY": "123456 USD"})
    told = " ".join(problem.text() for problem in assemble.prepare(loaded, found).loaded.warnings)
    assert "[L101]" in told
    assert "123456" not in told


@pytest.mark.parametrize("found", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_explained(found: Rule) -> None:
    text = explained(found)
    assert text.startswith(f"{found.id} (warning): ")
    assert rule_of(found.id.lower()) is found
    assert not found.title.endswith(".")
    assert not found.hint.endswith(".")
    assert all(part in text for part in (found.why, found.wrong, found.right, found.hint))
