"""Names, docstrings and comments; every rule catches what was planted."""

import pytest

from tests.house import rules_words as rules
from tests.house.source import Rule, expect_none, plant, sources

LATER = "TO" + "DO"
SILENCE = "no" + "qa"
PLANTED = [
    (rules.find_missing_docstrings, "run/x.py", "a = 1"),
    (rules.find_missing_docstrings, "run/x.py", '"""Module."""\ndef f(): ...'),
    (rules.find_missing_docstrings, "run/x.py", '"""Module."""\nclass A:\n    """A."""\n    def f(self): ...'),
    (rules.find_long_first_lines, "run/x.py", f'"""{"a" * 89}"""'),
    (rules.find_long_first_lines, "run/x.py", f'def f():\n    """{"a" * 89}\n\n    More.\n    """'),
    (rules.find_vague_files, "run/utils.py", ""),
    (rules.find_vague_files, "common/x.py", ""),
    (rules.find_vague_files, "run/order_manager.py", ""),
    (rules.find_vague_files, "run/Order.py", ""),
    (rules.find_pct, "run/x.py", "loss_pct = 2"),
    (rules.find_pct, "run/x.py", "def f(max_pct_loss): ..."),
    (rules.find_pct, "run/x.py", "f(stop_pct=2)"),
    (rules.find_unfinished, "run/x.py", f"# {LATER}: later"),
    (rules.find_unfinished, "run/x.py", f'"""Do it. {LATER}"""'),
    (rules.find_bare_ignores, "run/x.py", "a = 1  # type: ignore"),
    (rules.find_bare_ignores, "run/x.py", "a = 1  # type: ignore[attr-defined]"),
    (rules.find_bare_ignores, "run/x.py", f"a = 1  # {SILENCE}"),
    (rules.find_bare_ignores, "run/x.py", f"a = 1  # {SILENCE}: S101"),
    (rules.find_dead_code, "run/x.py", "# a = b(1)"),
    (rules.find_dead_code, "run/x.py", "# send(order)"),
    (rules.find_dead_code, "run/x.py", "# import json"),
    (rules.find_dead_code, "run/x.py", "# if order.is_open:"),
    (rules.find_dead_code, "run/x.py", "# return None"),
]
HARMLESS = [
    (rules.find_missing_docstrings, "run/x.py", '"""Module."""\ndef _f(): ...\nclass _A:\n    def f(self): ...'),
    (rules.find_long_first_lines, "run/x.py", f'"""{"a" * 88}\n\n{"b" * 110}\n"""'),
    (rules.find_pct, "run/x.py", "loss_frac = 0.02"),
    (rules.find_bare_ignores, "run/x.py", "a = 1  # type: ignore[attr-defined]  # set by the C half"),
    (rules.find_bare_ignores, "run/x.py", f"a = 1  # {SILENCE}: BLE001 - a strategy may raise anything"),
    (rules.find_dead_code, "run/x.py", "# The venue rounds half up (page 12)."),
    (rules.find_dead_code, "run/x.py", "# note: half days close early"),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_package_reads_well(rule: Rule) -> None:
    expect_none([found for source in sources() for found in rule(source)])


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_caught(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text))


@pytest.mark.parametrize(("rule", "path", "text"), HARMLESS)
def test_what_is_allowed_passes(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text)) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(rules.RULES)
