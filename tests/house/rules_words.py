"""Names, docstrings and comments."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache

from tests.house.source import FUNCTIONS, Source, docstring_of, walk

FIRST_LINE = 88
VAGUE_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "service", "handler", "impl"}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
IGNORE = re.compile(r"#\s*(type:\s*ignore|pyright:\s*ignore|no" + r"qa|pragma:\s*no cover)", re.IGNORECASE)
EXPLAINED = re.compile(
    r"#\s*(?:(?:type|pyright):\s*ignore\[[\w\-, ]+\]|no" + r"qa:\s*[A-Z]+\d+(?:[, ]+[A-Z]+\d+)*|pragma:\s*no cover)"
    r"\s*(?:#|-|:|;|,)*\s*\w+\W+\w+",
)
MARK = re.compile(r"^(type:|pyright:|no" + r"qa|pragma:|fmt:|ruff:|mypy:|!|-\*-)", re.IGNORECASE)


def _public(node: ast.AST, path: str) -> Iterator[tuple[ast.AST, str]]:
    for child in getattr(node, "body", []):
        if isinstance(child, (*FUNCTIONS, ast.ClassDef)) and not child.name.startswith("_"):
            yield child, f"{path}{child.name}"
            if isinstance(child, ast.ClassDef):
                yield from _public(child, f"{path}{child.name}.")


def _is_overload(node: ast.AST) -> bool:
    return any("overload" in ast.dump(d) or ".setter" in ast.unparse(d) for d in getattr(node, "decorator_list", []))


def find_missing_docstrings(source: Source) -> list[str]:
    """Every module, public class, function and method has a docstring."""
    named = [(source.tree, "the module"), *_public(source.tree, "")]
    bare = [(node, name) for node, name in named if not docstring_of(node) and not _is_overload(node)]
    return [source.at(node, f"{name} has no docstring") for node, name in bare]


def find_long_first_lines(source: Source) -> list[str]:
    """A public docstring's first line has at most 88 characters and is not empty."""
    found = []
    for node in [source.tree, *(node for node, _ in _public(source.tree, ""))]:
        statement = docstring_of(node)
        if statement is None:
            continue
        text = ast.get_docstring(node, clean=True) or ""  # type: ignore[arg-type]  # has a docstring
        size = len(text.partition("\n")[0])
        if size > FIRST_LINE or size == 0:
            found.append(source.at(statement, f"docstring begins with {size} characters, 1 to {FIRST_LINE} allowed"))
    return found


def find_vague_files(source: Source) -> list[str]:
    """A file or folder is named for what is in it: lower case, and never a word for anything."""
    found = []
    for part in source.inner.removesuffix(".py").split("/"):
        if part in VAGUE_FILES or set(part.split("_")) & (VAGUE_FILES - {"base"}):
            found.append(source.at(None, f"{part!r} says nothing; name what is inside"))
        elif not re.fullmatch(r"_{0,2}[a-z][a-z0-9_]*", part):
            found.append(source.at(None, f"{part!r} is not lower case"))
    return found


def _names(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in walk(tree):
        if isinstance(node, ast.Name):
            yield node, node.id
        elif isinstance(node, (ast.arg, ast.keyword)) and node.arg:
            yield node, node.arg
        elif isinstance(node, ast.Attribute):
            yield node, node.attr
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node, node.name


def find_pct(source: Source) -> list[str]:
    """No name says pct: 2 or 0.02? Write `_frac` or `_bps`."""
    found = {
        source.at(node, f"{name}: 2 or 0.02? name it _frac or _bps")
        for node, name in _names(source.tree)
        if re.search(r"(^|_)(pct|perc)(_|$)", name.lower())
    }
    return sorted(found)


@cache
def comments(source: Source) -> list[tuple[int, str]]:
    """Return line and text of every comment; read once for all rules."""
    if "#" not in source.text:
        return []
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def find_unfinished(source: Source) -> list[str]:
    """What is to be done is done, or stands in the changelog."""
    return [
        f"{source.path}:{number}: unfinished business; do it or drop it"
        for number, line in enumerate(source.text.splitlines(), 1)
        if UNFINISHED.search(line)
    ]


def find_bare_ignores(source: Source) -> list[str]:
    """An ignore names its code and its reason: `type: ignore[code]  # why so`."""
    return [
        f"{source.path}:{number}: ignore without code and reason"
        for number, text in comments(source)
        if IGNORE.search(text) and not EXPLAINED.search(text)
    ]


def _is_code(text: str) -> bool:
    if MARK.match(text) or not text:
        return False
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        try:
            body = ast.parse(text + "\n    pass").body if text.endswith(":") else []
        except (SyntaxError, ValueError):
            return False
    if len(body) != 1:
        return False
    node = body[0]
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call | ast.Await)
    if isinstance(node, ast.AnnAssign):
        return node.value is not None  # "note: text" parses as an annotation
    return True


def find_dead_code(source: Source) -> list[str]:
    """A comment is a sentence; code that does not run is deleted."""
    return [
        f"{source.path}:{number}: commented-out code; delete it"
        for number, text in comments(source)
        if _is_code(text.lstrip("#").strip())
    ]


RULES = [
    find_missing_docstrings,
    find_long_first_lines,
    find_vague_files,
    find_pct,
    find_unfinished,
    find_bare_ignores,
    find_dead_code,
]
