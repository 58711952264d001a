"""Files, functions and classes stay small; every rule catches what was planted."""

import pytest

from tests.house import rules_limits as rules
from tests.house.source import Rule, Source, TreeRule, expect_none, plant, sources


def _body(lines: int) -> str:
    return 'def f():\n    """Say what."""\n' + "    a = 1\n" * lines


def _nested(depth: int) -> str:
    return "def f(a):\n" + "".join("    " * (n + 1) + "if a:\n" for n in range(depth)) + "    " * (depth + 1) + "pass"


def _ways(branches: int) -> str:
    return "def f(a):\n" + "    if a:\n        pass\n" * branches


def _methods(count: int) -> str:
    return "class A:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(count))


ELIFS = "def f(a):\n if a: pass\n" + " elif b: pass\n" * 4 + " else: pass"
MIXED = "def f(a):\n for b in a:\n  with b:\n   try:\n    if b: pass\n   finally: pass"
PLANTED = [
    (rules.find_long_files, "core/x.py", "a = 1\n" * 401),
    (rules.find_long_functions, "core/x.py", _body(51)),
    (rules.find_long_functions, "parts/kernels/x.py", _body(81)),
    (rules.find_many_parameters, "core/x.py", "def f(a, b, c, d, e, f, g): ..."),
    (rules.find_many_parameters, "core/x.py", "class A:\n    def f(self, a, b, c, *, d, e, f, g): ..."),
    (rules.find_many_methods, "core/x.py", _methods(16)),
    (rules.find_deep_nesting, "core/x.py", _nested(4)),
    (rules.find_deep_nesting, "core/x.py", MIXED),
    (rules.find_complexity, "core/x.py", _ways(10)),
]
HARMLESS = [
    (rules.find_long_files, "core/x.py", "a = 1\n" * 400),
    (rules.find_long_functions, "core/x.py", _body(50)),
    (rules.find_long_functions, "parts/kernels/x.py", _body(80)),
    (rules.find_many_parameters, "core/x.py", "class A:\n    def f(self, a, b, c, d, e, f): ..."),
    (rules.find_many_methods, "core/x.py", _methods(15)),
    (rules.find_deep_nesting, "core/x.py", _nested(3)),
    (rules.find_deep_nesting, "core/x.py", ELIFS),
    (rules.find_complexity, "core/x.py", _ways(9)),
]
TREES = [
    (rules.find_deep_inheritance, "class A: ...\nclass B(A): ...\nclass C(B): ..."),
    (rules.find_deep_inheritance, "class SaveMixin: ..."),
    (rules.find_deep_inheritance, "class A: ...\nclass B: ...\nclass C(A, B): ..."),
    (rules.find_large_core, "a = 1\n" * 5601),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_limits(rule: Rule) -> None:
    expect_none([found for source in sources() for found in rule(source)])


@pytest.mark.parametrize("rule", rules.TREE_RULES, ids=lambda rule: rule.__name__)
def test_the_package_as_a_whole_keeps_the_limits(rule: TreeRule) -> None:
    expect_none(rule(sources()))


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_caught(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text))


@pytest.mark.parametrize(("rule", "path", "text"), HARMLESS)
def test_what_is_allowed_passes(rule: Rule, path: str, text: str) -> None:
    assert rule(plant(path, text)) == []


@pytest.mark.parametrize(("rule", "text"), TREES)
def test_a_planted_violation_over_the_tree_is_caught(rule: TreeRule, text: str) -> None:
    assert rule([plant("core/x.py", text)])


def test_a_class_on_a_protocol_is_not_deep() -> None:
    first: Source = plant("core/x.py", "class A(Protocol): ...\nclass B(A): ...")
    assert rules.find_deep_inheritance([first, plant("core/y.py", "class Config(PartConfig): ...")]) == []


def test_docstrings_and_layout_do_not_count_as_statements_of_the_core() -> None:
    text = '"""One\n\ntwo.\n"""\na = f(\n    1,\n)\n"""About a."""\nif a:\n    b = 1; c = 2\n'
    assert rules.statements(plant("core/x.py", text)) == 4


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(rules.RULES)
    assert {rule for rule, _ in TREES} == set(rules.TREE_RULES)
