"""What contradicts what. The texts of errors stand in errors.txt, the linter's rules in linter/cases.txt."""

from pathlib import Path

import pytest

from openbell.config.lint import references
from tests.config.fake import read, swap


def test_a_rule_that_is_not_on_cannot_be_switched_off(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("limit: 3%}\n", "limit: 3%}\n  - {duplicate: off}\n")))
    assert [problem.text().partition("c.yaml:")[2] for problem in loaded.warnings] == [
        "15:17 rules[1].duplicate: warning: duplicate is no standard rule and off without this [C111]"
    ]


@pytest.mark.parametrize(
    "data", [{}, {"accounts": 1, "deployments": 2}, {"deployments": [1, {"name": [], "instruments": "x"}]}]
)
def test_references_tolerate_any_data(data: dict[str, object]) -> None:
    assert references(data) == []
