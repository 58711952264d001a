"""One source file as the house rules see it, and the walks they share."""

import ast
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = "src/openbell"

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Source:
    """A Python file: `path` is relative to the root, with forward slashes; it is parsed when a rule first looks inside."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def inner(self) -> str:
        """The path inside the package: `core/types.py`."""
        return self.path.removeprefix(PACKAGE + "/")

    @property
    def area(self) -> str:
        """The first folder inside the package, or nothing."""
        return self.inner.partition("/")[0] if "/" in self.inner else ""

    @property
    def pure(self) -> bool:
        """True for `core` and `parts`."""
        return self.area in {"core", "parts"}

    def at(self, node: object, message: str) -> str:
        """One finding: place and what to do."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {message}"


Rule = Callable[[Source], list[str]]
TreeRule = Callable[[Sequence[Source]], list[str]]


def plant(path: str, text: str) -> Source:
    """Make a source out of nothing, as if it stood at `path` inside the package."""
    return Source(f"{PACKAGE}/{path}", text)


def read(file: Path, root: Path) -> Source:
    """Read one file."""
    return Source(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))


@cache
def sources(root: Path = ROOT) -> tuple[Source, ...]:
    """Read every file of the package, sorted by path; once for all rules."""
    return tuple(read(file, root) for file in sorted((root / PACKAGE).rglob("*.py")))


@cache
def walk(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return every node of a file; walked once for all rules."""
    return tuple(ast.walk(tree))


@cache
def functions(tree: ast.Module) -> tuple[Function, ...]:
    """Return every function and method, also nested ones."""
    return tuple(node for node in walk(tree) if isinstance(node, FUNCTIONS))


@cache
def classes(tree: ast.Module) -> tuple[ast.ClassDef, ...]:
    """Return every class."""
    return tuple(node for node in walk(tree) if isinstance(node, ast.ClassDef))


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a name or an attribute of one, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


@cache
def imports(tree: ast.Module) -> tuple[tuple[ast.stmt, str], ...]:
    """Return every imported module or name, in full: `from a.b import c` gives `a.b.c`."""
    found: list[tuple[ast.stmt, str]] = []
    for node in walk(tree):
        if isinstance(node, ast.Import):
            found += ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found += ((node, f"{node.module or ''}.{alias.name}") for alias in node.names)
    return tuple(found)


@cache
def aliases(tree: ast.Module) -> dict[str, str]:
    """Map each imported name to what it stands for in full."""
    names: dict[str, str] = {}
    for node in walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    return names


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """`dt.now` with `from datetime import datetime as dt` is `datetime.datetime.now`."""
    text = dotted(node)
    head, _, rest = text.partition(".")
    head = names.get(head, head)
    return f"{head}.{rest}" if rest else head


def docstring_of(node: ast.AST) -> ast.Expr | None:
    """Return the docstring's statement, if there is one."""
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
        value = body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return body[0]
    return None


def has_module(name: str, module: str) -> bool:
    """True when `name` is `module` or something inside it."""
    return name == module or name.startswith(module + ".")


def expect_none(found: list[str]) -> None:
    """Fail with one line for each finding."""
    assert not found, "\n" + "\n".join(found)
