"""Sizes that keep a file readable in one sitting."""

import ast
from collections.abc import Iterable, Sequence

from tests.house.source import FUNCTIONS, Function, Source, classes, docstring_of, dotted, functions, walk

FILE_LINES = 400
BODY_LINES = 50
KERNEL_LINES = 80
PARAMETERS = 6
COMMAND_PARAMETERS = 10
"""A command's parameters are its options; they cannot be a Struct."""
METHODS = 15
NESTING = 3
COMPLEXITY = 10
INHERITANCE = 2
CORE_STATEMENTS = 5_600
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler)


def find_long_files(source: Source) -> list[str]:
    """A file has at most 400 lines."""
    count = len(source.text.splitlines())
    return [source.at(None, f"{count} lines, {FILE_LINES} allowed; split it")] if count > FILE_LINES else []


def body_lines(function: Function) -> int:
    """Lines of a body from its first statement after the docstring to its end."""
    body = function.body[1:] if docstring_of(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def find_long_functions(source: Source) -> list[str]:
    """A body has at most 50 lines without its docstring, a kernel's 80."""
    limit = KERNEL_LINES if source.inner.startswith("parts/kernels/") else BODY_LINES
    counts = [(f, body_lines(f)) for f in functions(source.tree)]
    return [source.at(f, f"{f.name} has {n} lines, {limit} allowed; split it") for f, n in counts if n > limit]


def find_many_parameters(source: Source) -> list[str]:
    """A function has at most 6 parameters, self aside; more is a Struct."""
    limit = COMMAND_PARAMETERS if source.area == "cli" else PARAMETERS
    found = []
    for function in functions(source.tree):
        names = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        names += [extra for extra in (function.args.vararg, function.args.kwarg) if extra]
        count = len(names) - (bool(names) and names[0].arg in {"self", "cls"})
        if count > limit:
            found.append(source.at(function, f"{function.name} has {count} parameters, {limit} allowed; make a Struct"))
    return found


def find_many_methods(source: Source) -> list[str]:
    """A class has at most 15 methods, properties counted."""
    counts = [(c, sum(isinstance(item, FUNCTIONS) for item in c.body)) for c in classes(source.tree)]
    return [source.at(c, f"{c.name} has {n} methods, {METHODS} allowed; split it") for c, n in counts if n > METHODS]


def _children(node: ast.AST) -> Iterable[ast.AST]:
    """Yield the statements, handlers and cases right inside; what is inside expressions is no block."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        inside = getattr(node, field, None)
        if isinstance(inside, list):
            yield from (c for c in inside if not isinstance(c, (*FUNCTIONS, ast.ClassDef)))


def nesting(node: ast.AST) -> int:
    """Depth of blocks inside blocks; an elif is not one deeper, an inner function starts anew."""
    deepest = 0
    for child in _children(node):
        is_elif = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        own = isinstance(child, BLOCKS) and not is_elif
        deepest = max(deepest, own + nesting(child))
    return deepest


def find_deep_nesting(source: Source) -> list[str]:
    """Blocks nest at most 3 deep."""
    depths = [(f, nesting(f)) for f in functions(source.tree)]
    return [source.at(f, f"{f.name} nests {n} deep, {NESTING} allowed; return early") for f, n in depths if n > NESTING]


def complexity(function: Function) -> int:
    """Ways through a function, counted as McCabe did: one, and one for each branch."""

    def count(node: ast.AST) -> int:
        own = isinstance(node, BRANCHES)
        if isinstance(node, ast.match_case):
            own = not (isinstance(node.pattern, ast.MatchAs) and node.pattern.pattern is None)
        return own + sum(count(child) for child in _children(node))

    return 1 + sum(count(child) for child in _children(function))


def find_complexity(source: Source) -> list[str]:
    """At most 10 ways through a function; a kernel is limited by its lines."""
    if source.inner.startswith("parts/kernels/"):
        return []
    ways = [(f, complexity(f)) for f in functions(source.tree)]
    return [source.at(f, f"{f.name} has {n} ways, {COMPLEXITY} allowed; split it") for f, n in ways if n > COMPLEXITY]


def _bases(node: ast.ClassDef) -> list[str]:
    heads = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    return [dotted(head).rpartition(".")[2] for head in heads]


def find_deep_inheritance(all_sources: Sequence[Source]) -> list[str]:
    """A class of ours stands on at most one other of ours, and on no mixin."""
    places = [(source, node) for source in all_sources for node in classes(source.tree)]
    ours: dict[str, list[str]] = {}
    for _, node in places:
        ours.setdefault(node.name, []).extend(b for b in _bases(node) if b != node.name)

    def depth(name: str, seen: frozenset[str]) -> int:
        if name not in ours or name in seen:
            return 0
        return 1 + max((depth(base, seen | {name}) for base in ours[name]), default=0)

    found = []
    for source, node in places:
        deep = 1 + max((depth(b, frozenset({node.name})) for b in _bases(node)), default=0)
        if deep > INHERITANCE:
            found.append(source.at(node, f"{node.name} is {deep} classes deep, {INHERITANCE} allowed; hold it"))
        if node.name.endswith("Mixin") or len([b for b in _bases(node) if b in ours]) > 1:
            found.append(source.at(node, f"{node.name} mixes classes; use functions"))
    return found


def statements(source: Source) -> int:
    """Statements of a file, however they are laid out; docstrings, also of those that explain a constant, are none."""
    found = [node for node in walk(source.tree) if isinstance(node, ast.stmt)]
    texts = [
        n
        for n in found
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) and isinstance(n.value.value, str)
    ]
    return len(found) - len(texts)


def find_large_core(all_sources: Sequence[Source]) -> list[str]:
    """The whole core has at most 5,600 statements."""
    total = sum(statements(s) for s in all_sources if s.area == "core")
    return [f"core has {total} statements, {CORE_STATEMENTS} allowed"] if total > CORE_STATEMENTS else []


RULES = [
    find_long_files,
    find_long_functions,
    find_many_parameters,
    find_many_methods,
    find_deep_nesting,
    find_complexity,
]
TREE_RULES = [find_deep_inheritance, find_large_core]
