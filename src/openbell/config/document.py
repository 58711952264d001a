"""YAML 1.2 with the place of every key and value.

Only true, false, null and numbers are more than text: the ticker `ON`, the time `10:30` and the date `2024-01-02`
stay as written. Every fault of a document is reported, not only the first; a syntax error ends the reading.
"""

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from openbell.config.explain import C, Fault, Loc, nearest

MAX_BYTES = 1 << 20
"""Largest file that is read; a configuration is a few kB."""
MAX_NODES = 100_000
"""Most values after aliases are followed; a few lines of nested aliases can stand for billions."""
_MAX_NUMBER = 100
"""A longer number stays text, which no option takes for a number."""
_TAG = "tag:yaml.org,2002:"


class Tree(msgspec.Struct, kw_only=True):
    """One value with its place.

    Attributes:
        line, column: Where the value starts, from 1. key_line, key_column: Its key, 0 in lists and at the top.
        value: None, bool, int, float, text, a list of trees or a dict of them.
        raw: A scalar as it stands in the file.
        is_secret: It came, at least in part, from a variable.
        origin: What put it here in place of the file, such as `environment OPENBELL__MODE`; empty for the file itself.
    """

    line: int
    column: int
    value: Any = None
    raw: str = ""
    key_line: int = 0
    key_column: int = 0
    is_secret: bool = False
    origin: str = ""

    def child(self, step: str | int) -> "Tree | None":
        """Return the value under a key or an index, None where there is none."""
        if isinstance(self.value, dict):
            found = self.value.get(str(step))
        else:
            inside = isinstance(self.value, list) and isinstance(step, int) and step < len(self.value)
            found = self.value[step] if inside else None
        return found if isinstance(found, Tree) else None

    def mark(self, origin: str) -> None:
        """Say of this and all below it what put it here; the file has no place for it."""
        self.line, self.column, self.key_line, self.key_column, self.origin = 0, 0, 0, 0, origin
        below = self.value.values() if isinstance(self.value, dict) else self.value
        for child in below if isinstance(self.value, dict | list) else ():
            child.mark(origin)

    def plain(self) -> Any:
        """Return the same data without places."""
        if isinstance(self.value, dict):
            return {key: tree.plain() for key, tree in self.value.items()}
        if isinstance(self.value, list):
            return [tree.plain() for tree in self.value]
        return self.value


class DocumentError(Exception):
    """The document cannot be read at all; `fault` says where and why."""

    def __init__(self, fault: Fault) -> None:
        """Keep the one fault."""
        self.fault = fault
        super().__init__(fault.what)


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """Return a file's text, UTF-8 with or without mark.

    Raises:
        DocumentError: It is missing, a directory, unreadable, over `max_bytes` or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
    except FileNotFoundError:
        near = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise _unreadable("there is no such file", nearest(path.name, near)) from None
    except (IsADirectoryError, NotADirectoryError):
        raise _unreadable("is a directory, or lies below a file; name a file") from None
    except OSError as error:
        raise _unreadable(f"cannot be read: {error.strerror}") from None
    if len(raw) > max_bytes:
        raise _unreadable(f"is larger than {max_bytes} bytes, which no configuration is")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        what = f"byte {raw[error.start]:#04x} is not UTF-8"
        fault = Fault(loc=(), code=C.FILE, what=what, advice="save the file as UTF-8", at=(line, column))
        raise DocumentError(fault) from None


def parse_document(text: str) -> tuple[Tree, list[Fault]]:
    """Return the one document in `text` and the faults that do not end its reading.

    Raises:
        DocumentError: Syntax error, empty, several documents, not a mapping, nested too deeply.
    """
    try:
        root = YAML(typ="rt").compose(text)
    except MarkedYAMLError as error:
        raise DocumentError(_syntax(error, text)) from None
    except YAMLError as error:
        place = int(getattr(error, "position", 0))
        at = (text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))
        raise DocumentError(Fault(loc=(), code=C.SYNTAX, what=str(error).splitlines()[0], at=at)) from None
    except RecursionError:
        raise DocumentError(Fault(loc=(), code=C.SYNTAX, what="is nested too deeply", at=(1, 1))) from None
    if root is None:
        raise _unreadable("is empty; `openbell init` writes a first configuration")
    if not isinstance(root, MappingNode):
        at = (root.start_mark.line + 1, root.start_mark.column + 1)
        what = "a configuration is a mapping of keys to values, such as `mode: sim`"
        raise DocumentError(Fault(loc=(), code=C.TYPE, what=what, at=at))
    builder = _Builder()
    return builder.build(root, ()), builder.faults


def parse_value(text: str) -> Tree:
    """Return the one value that `text` is in YAML, or the text itself where it is none."""
    plain = Tree(line=1, column=1, value=text, raw=text)
    try:
        root = YAML(typ="rt").compose(text)
    except YAMLError:
        return plain
    is_scalar = isinstance(root, ScalarNode)
    if root is None or root.value == "" or not (is_scalar or root.flow_style):
        return plain
    builder = _Builder()
    made = builder.build(root, ())
    return plain if builder.faults else made


class _Builder:
    """Turns composed nodes into trees and collects faults."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._open: list[Node] = []
        self._count = 0

    def build(self, node: Node, loc: Loc) -> Tree:
        line, column = _place(node)
        tree = Tree(line=line, column=column)
        self._count += 1
        if self._count > MAX_NODES:
            raise DocumentError(Fault(loc=loc, code=C.SYNTAX, what="has too many values", at=(line, column)))
        if not str(node.tag).startswith(_TAG):
            self._add(node, loc, f"the tag {node.tag} means nothing here", "delete it")
        if isinstance(node, ScalarNode):
            tree.raw, tree.value = node.value, _scalar(node)
            return tree
        if any(node is outer for outer in self._open):
            self._add(node, loc, "an alias inside what it stands for", "repeat the value instead")
            return tree
        self._open.append(node)
        if isinstance(node, MappingNode):
            tree.value = self._mapping(node, loc)
        else:
            tree.value = [self.build(item, (*loc, i)) for i, item in enumerate(node.value)]
        self._open.pop()
        return tree

    def _mapping(self, node: MappingNode, loc: Loc) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._add(key, loc, "a key must be text, not a list or a mapping", "")
                continue
            name = str(key.value)
            if key.tag == f"{_TAG}merge":
                self._add(key, (*loc, name), "merge keys are not part of YAML 1.2", "repeat the keys instead")
                continue
            if name in found:
                first = found[name].key_line
                fault = Fault(
                    loc=(*loc, name), code=C.DUPLICATE, what=f"the key stands here again, first on line {first}",
                    advice="delete one of the two", at=_place(key),
                )  # fmt: skip
                self.faults.append(fault)
                continue
            tree = self.build(value, (*loc, name))
            tree.key_line, tree.key_column = _place(key)
            found[name] = tree
            if isinstance(value, ScalarNode) and value.tag == f"{_TAG}null" and not value.value:
                # The place of a value that is not there would be that of the next key.
                tree.line, tree.column = tree.key_line, tree.key_column
                fault = Fault(
                    loc=(*loc, name), code=C.MISSING, what="has no value", advice="give one or delete the key"
                )
                self.faults.append(fault)
        return found

    def _add(self, node: Node, loc: Loc, what: str, advice: str) -> None:
        self.faults.append(Fault(loc=loc, code=C.SYNTAX, what=what, advice=advice, at=_place(node)))


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _scalar(node: ScalarNode) -> Any:
    raw, tag = str(node.value), str(node.tag).removeprefix(_TAG)
    if tag == "null":
        return None
    if tag == "bool" and raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    if len(raw) > _MAX_NUMBER:
        return raw
    if tag == "int" and re.fullmatch(r"[+-]?[0-9][0-9_]*", raw):
        return int(raw)
    if tag == "int" and re.fullmatch(r"0[xo][0-9a-fA-F_]+", raw):
        return int(raw, 0)
    return _float(raw) if tag == "float" else raw


def _float(raw: str) -> float | str:
    """Return a float, or the text where the float would not be exactly what is written."""
    try:
        exact = Decimal(raw.replace("_", ""))
    except InvalidOperation:
        return {".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}.get(raw.lower(), raw)
    number = float(exact)
    return number if Decimal(repr(number)) == exact else raw


_SYNTAX_ADVICE = (
    ("${", "a brace of a variable is taken for one of the mapping", "inside { } and [ ] write '${NAME}' in quotes"),
    ("\\t", "a tab stands where only spaces may", "indent with spaces"),
    ("'@'", "a value cannot begin with @", "put it in quotes"),
    ("'`'", "a value cannot begin with `", "put it in quotes"),
    ("'%'", "a value cannot begin with %", "put it in quotes"),
    ("mapping values are not allowed", "a second colon in one line", "put the value in quotes, or begin a new line"),
    ("another document", "a second document begins", "delete the line ---"),
    ("undefined alias", "an alias has no anchor", "put a text that begins with * in quotes"),
    ("end of stream", "a quote is not closed", "add the closing quote"),
    ("expected ',' or ']'", "a list is not closed, or lacks a comma", "check the brackets [ ]"),
    ("expected ',' or '}'", "a mapping is not closed, or lacks a comma", "check the braces { }"),
    ("expected <block end>", "is indented unlike the lines above", "align it with its siblings"),
    ("could not find expected ':'", "a key lacks its colon", "write key: value"),
)


def _syntax(error: MarkedYAMLError, text: str) -> Fault:
    problem = str(error.problem or error.context or "not YAML")
    mark = error.problem_mark or error.context_mark
    if any(sign in problem for sign in ("end of stream", "<stream end>", "could not find expected ':'")):
        mark = error.context_mark or mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    lines = text.splitlines()
    if line <= len(lines) and "\t" in lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip())]:
        problem = "\\t"
    if "expected ','" in problem and line <= len(lines) and re.search(r"[{\[].*\$\{", lines[line - 1]):
        problem = "${"
    found = next(((what, advice) for sign, what, advice in _SYNTAX_ADVICE if sign in problem), (problem, ""))
    return Fault(loc=(), code=C.SYNTAX, what=found[0], advice=found[1], at=(line, column))


def _unreadable(what: str, meant: str = "") -> DocumentError:
    what, _, advice = what.partition("; ")
    return DocumentError(Fault(loc=(), code=C.FILE, what=what, meant=meant, advice=advice))
