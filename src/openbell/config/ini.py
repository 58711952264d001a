"""A configuration as INI: the keys and values of the YAML, each with its place.

`[accounts.main]` is a mapping in a mapping, `strategy.kind = ema_cross` a key in one; `[deployments.NAME]` and
`[alerts.NAME]` are entries of lists, in their order; what stands before every section, or in `[run]`, is at the top. A
value is what it would be in YAML: `2%`, `[SPY, QQQ]`, `{kind: per_share, rate: 0.005}`.
"""

import re

from openbell.config.document import DocumentError, Tree, parse_value
from openbell.config.explain import C, Fault

SUFFIXES = (".ini", ".ini.example")
TOP = "run"
LISTS = ("deployments", "alerts")
"""Keys of the top whose sections are entries of a list."""
_SECTION = re.compile(r"^\s*\[([^\]]*)\]\s*(?:[;#].*)?$")
_KEY = re.compile(r"^\s*([^=:;#\[\]\s][^=:]*?)\s*[=:]\s*(.*?)\s*$")
_STEP = re.compile(r'"([^"]*)"|([^.\s][^.]*)')
_COMMENT = re.compile(r"\s;.*$")


def parse_ini(text: str) -> tuple[Tree, list[Fault]]:
    """Return what `text` says, and the faults that do not end its reading.

    Raises:
        DocumentError: A line is neither section, key nor comment, or there is nothing in it.
    """
    root, faults = Tree(line=1, column=1, value={}), list[Fault]()
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip()[0] in ";#":
            continue
        head, key = _SECTION.match(line), _KEY.match(line)
        if head is not None:
            section = [step for step in _steps(head[1]) if [step] != [TOP]]
            _below(root, section, (number, head.start(1) + 1), faults)
        elif key is not None:
            _set(root, section, (number, key), faults)
        else:
            what, advice = "is neither [section] nor key = value", "write key = value, or ; before a comment"
            raise DocumentError(Fault(loc=(), code=C.SYNTAX, what=what, advice=advice, at=(number, 1)))
    if not root.value:
        advice = "`openbell init` writes a first configuration"
        raise DocumentError(Fault(loc=(), code=C.FILE, what="is empty", advice=advice))
    _make_lists(root)
    return root, faults


def _steps(path: str) -> list[str]:
    return [quoted or plain.strip() for quoted, plain in _STEP.findall(path)]


def _below(root: Tree, path: list[str], at: tuple[int, int], faults: list[Fault]) -> Tree:
    """Return the mapping at a path, made where it is not there."""
    here, (line, column) = root, at
    for depth, step in enumerate(path, 1):
        known = here.value.get(step)
        if known is None or not isinstance(known.value, dict):
            if known is not None:
                faults.append(_twice(tuple(path[:depth]), at, known.line))
            known = Tree(line=line, column=column, value={}, key_line=line, key_column=column)
            here.value[step] = known
        here = known
    return here


def _set(root: Tree, section: list[str], found: tuple[int, re.Match[str]], faults: list[Fault]) -> None:
    number, key = found
    *path, name = [*section, *_steps(key[1])]
    at = (number, key.start(1) + 1)
    holder = _below(root, path, at, faults)
    if name in holder.value:
        faults.append(_twice((*path, name), at, holder.value[name].line))
        return
    text = _COMMENT.sub("", key[2])
    tree = parse_value(text)
    if not text:
        tree.value, loc = None, (*path, name)
        faults.append(Fault(loc=loc, code=C.MISSING, what="has no value", advice="give one or delete the key"))
    _shift(tree, number, key.start(2))
    tree.key_line, tree.key_column = at
    holder.value[name] = tree


def _twice(loc: tuple[str, ...], at: tuple[int, int], first: int) -> Fault:
    what = f"the key stands here again, first on line {first}"
    return Fault(loc=loc, code=C.DUPLICATE, what=what, advice="delete one of the two", at=at)


def _shift(tree: Tree, line: int, column: int) -> None:
    """Move a value that was read by itself to its place in the file."""
    tree.line, tree.column = line, tree.column + column
    if tree.key_line:
        tree.key_line, tree.key_column = line, tree.key_column + column
    below = tree.value.values() if isinstance(tree.value, dict) else tree.value
    for child in below if isinstance(tree.value, dict | list) else ():
        _shift(child, line, column)


def _make_lists(root: Tree) -> None:
    for key in LISTS:
        tree = root.value.get(key)
        if tree is None or not isinstance(tree.value, dict):
            continue
        for name, entry in tree.value.items():
            if key == "deployments" and isinstance(entry.value, dict) and "name" not in entry.value:
                entry.value["name"] = Tree(line=entry.line, column=entry.column, value=name, raw=name)
        tree.value = list(tree.value.values())
