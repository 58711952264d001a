"""Rules about signals: found in a file that breaks them, and not just beyond."""

from pathlib import Path

import pytest

from openbell.config.linter.signals import RULES
from tests.config.linter.cases import Case, of_rules, try_out


@pytest.mark.parametrize("case", of_rules(RULES), ids=lambda case: case.rule)
def test_a_rule_finds_what_breaks_it_and_nothing_beyond(case: Case, tmp_path: Path) -> None:
    try_out(case, tmp_path)
