"""Which tests carry which fault and which invariant: found by their names, written by `python -m tools.docs`.

A test names what it shows: `test_F01_...`, or several, as in `test_F25_B05_...`. Faults stand in `tools/faults.toml`,
invariants in `tools/invariants.toml`. A fault with an owner there belongs to a part that is not built yet.
"""

import ast
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tools.table import row

FAULTS = Path("tools") / "faults.toml"
INVARIANTS = Path("tools") / "invariants.toml"
_NAMED = re.compile(r"test((?:_[FBL][0-9]{1,3})+)_[a-z0-9]")


class Subject(NamedTuple):
    """A fault or an invariant: `head` what it is, `text` what is right, `owner` who will carry it, if nobody does."""

    id: str
    head: str
    text: str
    shows: str
    owner: str


class Place(NamedTuple):
    """A test function: `path` relative to the root, and its name."""

    path: str
    name: str


def ids_of(name: str) -> list[str]:
    """Return the ids that a test's name carries, as written in the lists: F01, B3, L5. Pure."""
    found = _NAMED.match(name)
    return [_plain(word) for word in found[1].strip("_").split("_")] if found else []


def _plain(word: str) -> str:
    letter, number = word[0], int(word[1:])
    return f"F{number:02}" if letter == "F" else f"{letter}{number}"


def places(root: Path) -> dict[str, list[Place]]:
    """Return the tests below `root`/tests by the ids in their names."""
    found: dict[str, list[Place]] = {}
    for file in sorted((root / "tests").rglob("*.py")):
        path = file.relative_to(root).as_posix()
        for name in _names(file.read_text(encoding="utf-8")):
            for subject in ids_of(name):
                found.setdefault(subject, []).append(Place(path, name))
    return found


@lru_cache(maxsize=4096)
def _names(source: str) -> tuple[str, ...]:
    """Return the functions of a module whose names carry ids, wherever they stand."""
    # Most files have none, which is told without parsing them.
    if not _NAMED.search(source):
        return ()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return tuple(node.name for node in ast.walk(ast.parse(source)) if isinstance(node, kinds) and ids_of(node.name))


def faults(root: Path) -> list[Subject]:
    """Return the catalogue of faults, in its order."""
    table = tomllib.loads((root / FAULTS).read_text(encoding="utf-8"))
    return [Subject(key, f["fault"], f["right"], f["shows"], f.get("owner", "")) for key, f in table.items()]


def invariants(root: Path) -> list[Subject]:
    """Return the invariants, in their order."""
    table = tomllib.loads((root / INVARIANTS).read_text(encoding="utf-8"))
    return [Subject(key, one["name"], one["text"], "", "") for key, one in table.items()]


def strays(root: Path) -> list[str]:
    """Return the tests that carry an id which no list has."""
    known = {subject.id for subject in [*faults(root), *invariants(root)]}
    return [f"{at.path}: {at.name}" for id_, found in places(root).items() if id_ not in known for at in found]


def counts(subjects: list[Subject], found: dict[str, list[Place]]) -> tuple[int, int, int]:
    """Return how many subjects have tests, are open because their part is not built, and are missing. Pure."""
    tested = sum(subject.id in found for subject in subjects)
    later = sum(subject.id not in found and bool(subject.owner) for subject in subjects)
    return tested, later, len(subjects) - tested - later


def faults_page(root: Path) -> str:
    """Return the page of faults."""
    subjects, found = faults(root), places(root)
    tested, later, missing = counts(subjects, found)
    lines = [
        "# Faults",
        "",
        "What goes wrong in trading, what is right then, and the tests that show it;",
        "written by `make docs` from `tools/faults.toml` and the names of the tests.",
        "",
        f"{len(subjects)} faults: {tested} with tests, {later} open until their part is built, {missing} missing.",
        "",
        "| id | fault | right | shows in | tests |",
        "|---|---|---|---|---|",
    ]
    for one in subjects:
        cells = (one.id, one.head, one.text, one.shows, _carried(one, found))
        lines.append(row(cells))
    return "\n".join(lines) + "\n"


def invariants_page(root: Path) -> str:
    """Return the page of invariants."""
    subjects, found = invariants(root), places(root)
    tested, _, missing = counts(subjects, found)
    lines = [
        "# Invariants",
        "",
        "What must hold at every moment (B) and in the end (L), and the tests that carry its name;",
        "written by `make docs`. V is the venue, S the state, J the journal.",
        "",
        f"{len(subjects)} invariants: {tested} with tests of their name, {missing} missing.",
        "",
        "| id | name | what holds | tests |",
        "|---|---|---|---|",
    ]
    for one in subjects:
        cells = (one.id, one.head, one.text, _carried(one, found))
        lines.append(row(cells))
    return "\n".join(lines) + "\n"


def _carried(subject: Subject, found: dict[str, list[Place]]) -> str:
    tests = found.get(subject.id, [])
    if tests:
        return "<br>".join(f"[{at.name}](../../{at.path})" for at in tests)
    return f"open: {subject.owner}" if subject.owner else "**MISSING**"
