"""Modules hold no state; every rule catches what was planted."""

import pytest

from tests.house import rules_state as rules
from tests.house.source import Rule, expect_none, plant, sources

PLANTED = [
    (rules.find_module_state, "run/x.py", "cache = {}"),
    (rules.find_module_state, "run/x.py", "seen: set[int] = set()"),
    (rules.find_module_state, "run/x.py", "CACHE = {}\ndef f(a):\n    CACHE[a] = 1"),
    (rules.find_module_state, "run/x.py", "_SEEN = []\ndef f(a):\n    _SEEN.append(a)"),
    (rules.find_module_state, "run/x.py", "from collections import defaultdict\nby_name = defaultdict(list)"),
    (rules.find_global_statements, "run/x.py", "N = 0\ndef f():\n    global N\n    N = 1"),
    (rules.find_patching, "run/x.py", "import json\njson.loads = None"),
    (rules.find_patching, "run/x.py", "from a import B\ndef f():\n    B.limit = 3"),
    (rules.find_patching, "run/x.py", "import json\nsetattr(json, 'loads', None)"),
    (rules.find_import_effects, "run/x.py", "start()"),
    (rules.find_import_effects, "run/x.py", "for a in b:\n    c(a)"),
    (rules.find_hidden_risk, "run/x.py", "def f(a, qty=1): ..."),
    (rules.find_hidden_risk, "run/x.py", "def f(*, account='main'): ..."),
    (rules.find_hidden_risk, "run/x.py", "def f(tif=Tif.DAY): ..."),
]
HARMLESS = [
    (rules.find_module_state, "run/x.py", "NAMES = {'a': 1}\ndef f(a):\n    return NAMES[a]"),
    (rules.find_module_state, "run/x.py", "__all__ = ['a']"),
    (rules.find_patching, "run/x.py", "class A:\n    def __init__(self):\n        self.a = 1"),
    (rules.find_import_effects, "run/x.py", "if __name__ == '__main__':\n    main()"),
    (rules.find_import_effects, "cli/x.py", "app.command('x')(f)"),
    (rules.find_hidden_risk, "run/x.py", "def f(account, qty, tif, speed=1): ..."),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_no_state(rule: Rule) -> None:
    expect_none([found for source in sources() for found in rule(source)])


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_caught(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text))


@pytest.mark.parametrize(("rule", "path", "text"), HARMLESS)
def test_what_is_allowed_passes(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text)) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(rules.RULES)
