"""What tests may not do: fake what is pure, wait, or never run."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.house.source import (
    FUNCTIONS,
    ROOT,
    Function,
    Source,
    aliases,
    dotted,
    full_name,
    has_module,
    imports,
    read,
    walk,
)

WAITS = {"time.sleep", "asyncio.sleep"}
SKIP = re.compile(r"mark\.skip\b")
MOCKS = ("unittest.mock", "mock", "pytest_mock")


@cache
def all_tests(root: Path = ROOT) -> tuple[Source, ...]:
    """Read every file under `tests`, sorted by path; once for all rules."""
    return tuple(read(file, root) for file in sorted((root / "tests").rglob("*.py")))


def find_mocks(source: Source) -> list[str]:
    """Core and parts have nothing to mock; edges have fakes, which are product code."""
    if "mock" not in source.text:
        return []
    found = [node for node, name in imports(source.tree) if any(has_module(name, mock) for mock in MOCKS)]
    return [source.at(node, "a mock; use the product's own fake") for node in found]


def find_waits(source: Source) -> list[str]:
    """A test waits for nothing: it moves the clock."""
    if "sleep" not in source.text:
        return []
    names = aliases(source.tree)
    calls = [node for node in walk(source.tree) if isinstance(node, ast.Call)]
    return [source.at(call, "waits; move the clock") for call in calls if full_name(call.func, names) in WAITS]


def _is_skipped(function: Function) -> bool:
    return any(dotted(d.func if isinstance(d, ast.Call) else d).endswith("mark.skip") for d in function.decorator_list)


def find_skips(source: Source) -> list[str]:
    """A test that never runs is deleted; `skipif` may name what a machine lacks."""
    if not SKIP.search(source.text):
        return []
    found = [node for node in walk(source.tree) if isinstance(node, FUNCTIONS) and _is_skipped(node)]
    return [source.at(node, f"{node.name} never runs; delete it") for node in found]


RULES = [find_mocks, find_waits, find_skips]
