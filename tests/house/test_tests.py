"""What tests may not do; every rule catches what was planted."""

import pytest

from tests.house import rules_tests as rules
from tests.house.source import Rule, expect_none, plant

PLANTED = [
    (rules.find_mocks, "from unittest.mock import Mock"),
    (rules.find_mocks, "from unittest import mock"),
    (rules.find_waits, "import time\ntime.sleep(1)"),
    (rules.find_waits, "from asyncio import sleep\nasync def test_a():\n    await sleep(1)"),
    (rules.find_skips, "@pytest.mark.skip(reason='later')\ndef test_a(): ..."),
    (rules.find_skips, "@pytest.mark.skip\ndef test_a(): ..."),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_tests_are_honest(rule: Rule) -> None:
    expect_none([found for source in rules.all_tests() for found in rule(source)])


@pytest.mark.parametrize(("rule", "text"), PLANTED)
def test_a_planted_violation_is_caught(rule: Rule, text: str) -> None:
    assert rule(plant("x.py", text))


def test_what_a_machine_lacks_may_be_skipped() -> None:
    assert (
        rules.find_skips(plant("x.py", "@pytest.mark.skipif(NO_SERVER, reason='no server')\ndef test_a(): ...")) == []
    )


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _ in PLANTED} == set(rules.RULES)
