"""The repository as a whole; every rule catches what was planted in a small tree."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import rules_repo as rules
from tests.house.source import ROOT, expect_none, plant, sources

RepoRule = Callable[[Path], list[str]]
FENCE = "`" * 3
SHELL = "{fence}sh\n{line}\n{fence}\n"
PLANTED = [
    (rules.find_missing_mirrors, {"src/openbell/core/order.py": "a = 1"}),
    (rules.find_missing_mirrors, {"src/openbell/cli/__init__.py": "def main(): ..."}),
    (rules.find_registry_addresses, {"README.md": "see https://py" + "pi.org/simple"}),
    (rules.find_registry_addresses, {"requirements.lock": "--index" + "-url x"}),
    (rules.find_machine_paths, {"docs/a.md": "in /wo" + "rk/main/src"}),
    (rules.find_machine_paths, {"src/openbell/run/x.py": "A = '/ho" + "me/ann/data'"}),
    (rules.find_dead_links, {"README.md": "[there](docs/nowhere.md)"}),
    (rules.find_dead_links, {"docs/a.md": "[there](b.md#part)"}),
    (rules.find_unknown_commands, {"README.md": SHELL.format(fence=FENCE, line="openbell fly")}),
    (rules.find_unknown_commands, {"README.md": SHELL.format(fence=FENCE, line="make money")}),
    (rules.find_bare_examples, {"examples/demo/config.yaml": "mode: sim"}),
    (rules.find_long_first_run, {"examples/demo/config.yaml": "a: 1\n" * 26}),
    (rules.find_unexplained_exceptions, {"pyproject.toml": '[tool.ruff.lint]\nignore = [\n    "D105",\n]'}),
    (rules.find_many_dependencies, {"pyproject.toml": f"[project]\ndependencies = {[f'p{n}' for n in range(26)]}"}),
    (rules.find_unlocked, {"pyproject.toml": "[project]\ndependencies = ['numpy<2.5']", "requirements.lock": ""}),
    (rules.find_unlocked, {"pyproject.toml": "[project]\ndependencies = ['rich']", "requirements.lock": "rich==1\n"}),
    (rules.find_glossary_gaps, {"docs/why/glossary.md": "| word | means | not |\n|---|---|---|\n| order | a | |\n"}),
    (rules.find_glossary_gaps, {}),
]


def _grow(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_repository_is_whole(rule: RepoRule) -> None:
    expect_none(rule(ROOT))


@pytest.mark.parametrize(("rule", "files"), PLANTED)
def test_a_planted_violation_is_caught(rule: RepoRule, files: dict[str, str], tmp_path: Path) -> None:
    assert rule(_grow(tmp_path, files))


def test_a_whole_little_tree_passes(tmp_path: Path) -> None:
    files = {
        "src/openbell/__init__.py": '"""Docs only."""',
        "src/openbell/core/order.py": "a = 1",
        "tests/core/test_order.py": "",
        "src/openbell/cli/demo.py": "",
        "tests/cli/test_demo.py": "",
        "Makefile": "demo: setup\n\techo\n",
        "README.md": "[core](src/openbell/core/order.py#top) [web](https://example.org)\n"
        + SHELL.format(fence=FENCE, line="make demo  # see make money\nv/bin/openbell demo --speed max"),
        "examples/a/config.yaml": "",
        "examples/a/README.md": "",
        "examples/a/expected.json": "{}",
        "pyproject.toml": "[project]\ndependencies = ['ruamel.yaml>=1']",
        "requirements.lock": "ruamel-yaml==1 \\\n    --hash=sha256:00\n",
        "docs/why/glossary.md": "\n".join(f"| {word} | what | |" for word in rules.GLOSSARY_WORDS),
    }
    root = _grow(tmp_path, files)
    assert [found for rule in rules.RULES for found in rule(root)] == []


def test_the_package_uses_the_words_of_the_glossary() -> None:
    expect_none(rules.find_second_words(sources(), ROOT))


def test_a_planted_second_word_is_caught(tmp_path: Path) -> None:
    root = _grow(tmp_path, {"docs/why/glossary.md": "| deployment | what | bot |\n"})
    assert rules.find_second_words([plant("run/x.py", "class TradingBot: ...")], root)
    assert rules.find_second_words([plant("run/x.py", "def robot_arm(): ...")], root) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _ in PLANTED} == set(rules.RULES)
