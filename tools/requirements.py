"""Count the requirements that passed tests prove: `python -m tools.requirements`.

`tests/requirements.toml` says which tests prove which requirement, and whether literally or natively (the same
behaviour under our own key). Proven means: listed, run and passed in the last report of this very tree, none of
its tests skipped. Listed tests without an outcome are run first.

Exit codes: 0 counted, 1 an id or a test that does not exist. The last line is `proven N / 879 (literal L, native M)`.
"""

import ast
import json
import subprocess
import sys
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tools.tree import REPORT, ROOT, fingerprint

AREAS = {"S1": 134, "S2": 143, "S3": 178, "S4": 252, "S5": 172}
"""How many requirements each area has; ids run from 001."""
TOTAL = sum(AREAS.values())
MARKS = ("literal", "native")
PASSED = "passed"


class Requirement(NamedTuple):
    """One listed requirement: `mark` is one of `MARKS`, `tests` are pytest node ids."""

    id: str
    mark: str
    tests: tuple[str, ...]


def known_id(text: str) -> bool:
    """Say whether `text` is the id of a requirement, such as `S1-014`."""
    area, _, number = text.partition("-")
    return len(number) == 3 and number.isdigit() and 1 <= int(number) <= AREAS.get(area, 0)


def _entry(key: str, value: object) -> tuple[Requirement | None, str]:
    if not known_id(key):
        return None, f"{key}: no such requirement"
    if not isinstance(value, dict) or set(value) != {"mark", "tests"}:
        return None, f'{key}: write {{mark = "literal" | "native", tests = ["tests/..."]}}'
    mark, tests = value["mark"], value["tests"]
    if mark not in MARKS:
        return None, f"{key}: mark {mark!r} is neither literal nor native"
    if not isinstance(tests, list) or not tests or not all(isinstance(t, str) for t in tests):
        return None, f"{key}: tests must be a list of at least one node id"
    return Requirement(key, mark, tuple(tests)), ""


def parse(text: str) -> tuple[list[Requirement], list[str]]:
    """Return the requirements listed in TOML `text`, and what is wrong with the list. Pure."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [], [f"not TOML: {error}"]
    entries = [_entry(key, value) for key, value in table.items()]
    return [entry for entry, _ in entries if entry], [problem for _, problem in entries if problem]


def exists(node: str, root: Path) -> bool:
    """Say whether the test function that `node` names is written in its file; parameters are not looked at."""
    path, _, name = node.partition("[")[0].partition("::")
    file = root / path
    return bool(name) and file.is_file() and name in _named(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=2048)
def _named(source: str) -> frozenset[str]:
    """Return the functions and classes of a module, and what stands in its classes, as node ids name them."""
    found: set[str] = set()
    waiting = [("", item) for item in ast.parse(source).body]
    while waiting:
        before, item = waiting.pop()
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(before + item.name)
        if isinstance(item, ast.ClassDef):
            waiting += [(f"{before}{item.name}::", inner) for inner in item.body]
    return frozenset(found)


def outcomes_of(node: str, outcomes: dict[str, str]) -> list[str]:
    """Return the outcomes of `node`: one, or one for each set of parameters."""
    if node in outcomes:
        return [outcomes[node]]
    return [outcome for name, outcome in outcomes.items() if name.startswith(f"{node}[")]


def unproven(requirement: Requirement, outcomes: dict[str, str]) -> str:
    """Return why `requirement` is not proven by `outcomes`, or nothing when it is. Pure."""
    for test in requirement.tests:
        got = outcomes_of(test, outcomes)
        if not got:
            return f"{test} was not run"
        bad = [outcome for outcome in got if outcome != PASSED]
        if bad:
            return f"{test} {bad[0]}"
    return ""


def load_report(root: Path) -> dict[str, str]:
    """Return node id -> outcome of the last test run, empty unless it was made from this very tree."""
    try:
        report = json.loads((root / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    outcomes: dict[str, str] = report["outcomes"] if report.get("tree") == fingerprint(root) else {}
    return outcomes


def _run(tests: list[str], root: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", *tests]
    subprocess.run(command, cwd=root, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def count(root: Path) -> tuple[list[str], int]:
    """Return the lines to print and the exit code, after running the listed tests that have no outcome yet."""
    listed, problems = parse((root / "tests" / "requirements.toml").read_text(encoding="utf-8"))
    missing = [(r, test) for r in listed for test in r.tests if not exists(test, root)]
    problems += [f"{requirement.id}: no such test: {test}" for requirement, test in missing]
    outcomes = load_report(root)
    wanted = sorted({test for r in listed for test in r.tests if not outcomes_of(test, outcomes)})
    if wanted and not problems:
        _run(wanted, root)
        outcomes = load_report(root)
    proven = dict.fromkeys(MARKS, 0)
    lines = [f"error: {problem}" for problem in problems]
    for requirement in listed:
        reason = unproven(requirement, outcomes)
        if reason:
            lines.append(f"{requirement.id} not proven: {reason}")
        else:
            proven[requirement.mark] += 1
    total = sum(proven.values())
    lines.append(f"proven {total} / {TOTAL} (literal {proven['literal']}, native {proven['native']})")
    return lines, 1 if problems else 0


def main() -> int:
    """Print the count and return the exit code."""
    lines, code = count(ROOT)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
