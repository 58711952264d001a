"""Variables of the process and of a `.env` beside the file, and options they override.

The process environment comes before `.env`. A variable `OPENBELL__A__B` stands in the place of the option `a.b`:
the path in capitals with two underscores between its steps, entries of lists by name, kind or number from 0.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from openbell.config.document import DocumentError, Tree, parse_value, read_text
from openbell.config.explain import C, Fault, Loc, Problem, known_text, nearest

DOTENV = ".env"
"""Name of the file of variables, in the folder of the configuration."""
PREFIX = "OPENBELL__"
"""What the name of a variable that overrides an option begins with."""
_LINE = re.compile(r"^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$")


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Variables by name, and where each came from.

    Attributes:
        process: Those of the process. kept: Those of the `.env`, with their lines. path: That file, as shown.
    """

    process: Mapping[str, str]
    kept: Mapping[str, tuple[str, int]] = {}
    path: str = DOTENV

    @property
    def values(self) -> dict[str, str]:
        """Every variable; those of the process come first."""
        return {**{name: value for name, (value, _) in self.kept.items()}, **self.process}

    def origin(self, name: str) -> str:
        """Return where a variable is from, an empty text where it is not set.

        In the process it is `environment NAME`, else `.env:2 NAME`.
        """
        if name in self.process:
            return f"environment {name}"
        return f"{self.path}:{self.kept[name][1]} {name}" if name in self.kept else ""


def surroundings(folder: Path, process: Mapping[str, str]) -> tuple[Environment, list[Problem]]:
    """Return the variables of a configuration in `folder`, and what is wrong with its `.env`.

    None is needed there.
    """
    path = folder / DOTENV
    if not path.exists():
        return Environment(process=process), []
    try:
        text = read_text(path)
    except DocumentError as error:
        fault = error.fault
        line, column = fault.at
        advice = fault.advice or "make it a readable text file, or delete it"
        return Environment(process=process), [
            Problem(file=str(path), line=line, column=column, path="", code=fault.code, what=fault.what, advice=advice)
        ]
    kept, wrong = parse_dotenv(text)
    advice = "write NAME=value, or # before it"
    problems = [
        Problem(file=str(path), line=line, column=1, path="", code=C.SYNTAX, what=what, advice=advice)
        for line, what in wrong
    ]
    return Environment(process=process, kept=kept, path=str(path)), problems


def parse_dotenv(text: str) -> tuple[dict[str, tuple[str, int]], list[tuple[int, str]]]:
    """Return the variables of a `.env` with their lines from 1, and what is wrong by line.

    Values are never told.
    """
    found: dict[str, tuple[str, int]] = {}
    wrong = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.match(stripped)
        if match is None:
            wrong.append((number, "is not NAME=value"))
            continue
        value = match[2]
        if value[:1] in ("'", '"'):
            end = value.find(value[0], 1)
            if end < 0:
                wrong.append((number, f"the quote of {match[1]} is not closed"))
                continue
            value = value[1:end]
        else:
            value = re.split(r"(?:^|\s)#", value, maxsplit=1)[0].strip()
        found[match[1]] = (value, number)
    return found, wrong


def override(tree: Tree, environment: Environment) -> list[Fault]:
    """Put each `OPENBELL__…` variable in its option's place; return those that lead nowhere.

    Args:
        tree: The file's values, changed in place.
        environment: Variables.
    """
    faults = []
    for name, text in sorted(environment.values.items()):
        if not name.startswith(PREFIX):
            continue
        steps = name.removeprefix(PREFIX).split("__")
        fault = _put(tree, steps, text, environment.origin(name))
        faults += [fault] if fault is not None else []
    return faults


def assign(tree: Tree, values: Mapping[str, str]) -> list[Fault]:
    """Put each value in the place of its option; return those that lead nowhere.

    Args:
        tree: The file's values, changed in place.
        values: By path, such as `deployments.cross.strategy.fast`; entries of lists by name, kind or number from 0.
    """
    found = (_put(tree, path.split("."), text, f"the value of {path}") for path, text in values.items())
    return [fault for fault in found if fault is not None]


def _put(tree: Tree, steps: list[str], text: str, origin: str) -> Fault | None:
    """Put one value at a path; return why it cannot stand there."""
    where, loc = tree, list[str | int]()
    for i, step in enumerate(steps):
        is_last = i == len(steps) - 1
        if not step or not isinstance(where.value, dict | list):
            what = "a step of its name is empty" if not step else f"{_words(loc)} has no options below it"
            form = "OPENBELL__A__B" if PREFIX in origin else "a.b"
            return _lost(origin, what, f"write {form} for the option a.b")
        key = _found(where, step)
        if key is None and isinstance(where.value, list):
            known = [_label(child) or str(n) for n, child in enumerate(where.value)]
            meant = nearest(step, known)
            return _lost(origin, f"{_words(loc)} has no entry {step.lower()}", known_text(known), meant)
        if key is None:
            key = step.lower()
        loc.append(key)
        if is_last:
            _set(where, key, text, origin)
            return None
        child = where.child(key)
        if child is None and isinstance(where.value, dict):
            child = where.value[str(key)] = Tree(line=0, column=0, value={}, origin=origin)
        where = child if child is not None else where
    return None


def _set(where: Tree, key: str | int, text: str, origin: str) -> None:
    made = parse_value(text)
    made.mark(origin)
    if isinstance(where.value, list):
        where.value[int(key)] = made
    else:
        where.value[str(key)] = made


def _found(tree: Tree, step: str) -> str | int | None:
    """Return the key or index that a step means, None where there is none."""
    wanted = _plain(step)
    if isinstance(tree.value, dict):
        return next((key for key in tree.value if _plain(key) == wanted), None)
    if step.isdecimal() and int(step) < len(tree.value):
        return int(step)
    return next((i for i, child in enumerate(tree.value) if _plain(_label(child)) == wanted), None)


def _label(tree: Tree) -> str:
    """Return what an entry of a list is called by: its name or its kind."""
    for key in ("name", "kind"):
        child = tree.child(key)
        if child is not None and isinstance(child.value, str):
            return child.value
    return str(tree.value) if isinstance(tree.value, str) else ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", text.lower())


def _words(loc: list[str | int]) -> str:
    return ".".join(map(str, loc)) or "the file"


def _lost(origin: str, what: str, advice: str, meant: str = "") -> Fault:
    loc: Loc = ()
    return Fault(loc=loc, code=C.VARIABLE, what=what, meant=meant, advice=advice, origin=origin)
