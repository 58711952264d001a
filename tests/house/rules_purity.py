"""`core` and `parts` are pure, money is never divided in passing, and a step means the same compiled and plain."""

import ast
import sys

from tests.house.source import Function, Source, aliases, dotted, full_name, functions, has_module, imports, walk

BANNED_MODULES = {
    "time": "the event's own ts",
    "datetime": "nanoseconds from the event, or Schedule events",
    "zoneinfo": "Schedule events, made at an edge",
    "calendar": "Schedule events, made at an edge",
    "random": "core.draw",
    "secrets": "core.draw",
    "uuid": "a counter in the book",
    "os": "an option handed in by run",
    "sys": "an option handed in by run",
    "platform": "an option handed in by run",
    "io": "an edge",
    "pathlib": "an edge",
    "shutil": "an edge",
    "tempfile": "an edge",
    "glob": "an edge",
    "fileinput": "an edge",
    "sqlite3": "an edge",
    "mmap": "an edge",
    "pickle": "msgspec",
    "shelve": "an edge",
    "socket": "an edge",
    "ssl": "an edge",
    "http": "an edge",
    "urllib": "an edge",
    "select": "an edge",
    "selectors": "an edge",
    "subprocess": "an edge",
    "multiprocessing": "an edge",
    "threading": "run",
    "_thread": "run",
    "queue": "run",
    "concurrent": "run",
    "asyncio": "run",
    "contextvars": "an argument",
    "signal": "run",
    "logging": "a Note or an Alert effect",
    "warnings": "a Note or an Alert effect",
    "importlib": "run.assemble",
    "gc": "nothing",
    "atexit": "run",
}
BANNED_CALLS = {
    "open": "an edge",
    "print": "a Note effect",
    "input": "an Ask effect",
    "eval": "plain code",
    "exec": "plain code",
    "__import__": "run.assemble",
    "globals": "an argument",
    "id": "a counter in the book",
    "hash": "the book's own hash (that of text changes from process to process)",
}
PARTS_LIBRARIES = {"core": {"msgspec"}, "parts": {"msgspec", "pydantic", "typing_extensions"}}
KERNEL_LIBRARIES = {"numba", "numpy", "llvmlite"}
VENUE_IMPORTS = {"types", "codes", "events", "effects", "draw"}
"""`codes` belongs to `events`: it names the reasons that an answer carries."""
DIVISION_EXEMPT = {"core/types.py", "core/fmath.py", "core/draw.py"}
MODES = {"mode", "live", "backtest", "paper", "dry_run", "is_live", "is_backtest", "is_paper", "run_mode"}
STEP_CALLS = {"sum", "fsum", "round", "pow", "divmod"}
STEP_MATH = {"math.sqrt", "math.floor", "math.isnan", "math.nan", "math.inf"}


def find_banned_imports(source: Source) -> list[str]:
    """No clock, chance, environment, files, network, threads, async or logging in core and parts."""
    if not source.pure:
        return []
    found = []
    for node, name in imports(source.tree):
        top = name.partition(".")[0]
        if top in BANNED_MODULES:
            found.append(source.at(node, f"imports {top}; use {BANNED_MODULES[top]}"))
    return found


def find_foreign_libraries(source: Source) -> list[str]:
    """Core takes the standard library and msgspec; parts also option models; kernels also numba and numpy."""
    if not source.pure:
        return []
    allowed = {"openbell", *sys.stdlib_module_names, *PARTS_LIBRARIES[source.area]}
    if source.inner.startswith("parts/kernels/"):
        allowed |= KERNEL_LIBRARIES
    tops = [(node, name.partition(".")[0]) for node, name in imports(source.tree)]
    return [source.at(n, f"imports {top}; {source.area} has no use for it") for n, top in tops if top not in allowed]


def find_venue_imports(source: Source) -> list[str]:
    """The simulated exchange knows names, events, effects and chance, and nothing else of ours."""
    if not source.inner.startswith("parts/venue/"):
        return []
    found = []
    for node, name in imports(source.tree):
        allowed = {f"openbell.core.{m}" for m in VENUE_IMPORTS} | {"openbell.parts.venue", "openbell.schema"}
        if has_module(name, "openbell") and not any(has_module(name, a) for a in allowed):
            found.append(
                source.at(node, f"venue imports {name}; it may import core.types, codes, events, effects, draw")
            )
    return found


def find_banned_calls(source: Source) -> list[str]:
    """No call in core and parts reaches outside, or depends on the process it runs in; nothing there is async."""
    if not source.pure:
        return []
    found = []
    for node in walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BANNED_CALLS:
            found.append(source.at(node, f"calls {node.func.id}(); use {BANNED_CALLS[node.func.id]}"))
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            found.append(source.at(node, "async in a pure package; waiting is run's business"))
    return found


def _divisions(source: Source, tree: ast.AST, advice: str) -> list[str]:
    signs = {ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in signs:
            found.append(source.at(node, f"`{signs[type(node.op)]}` {advice}"))
        if isinstance(node, ast.Call) and dotted(node.func) in {"float", "divmod"}:
            found.append(source.at(node, f"`{dotted(node.func)}()` {advice}"))
    return found


def _mentions_decimal(function: Function) -> bool:
    return any(isinstance(n, ast.Name | ast.Attribute) and dotted(n).endswith("Decimal") for n in ast.walk(function))


def find_division(source: Source) -> list[str]:
    """Money is divided by core.types.div alone."""
    if source.area == "core" and source.inner not in DIVISION_EXEMPT:
        return _divisions(source, source.tree, "in core; use core.types.div or round_ratio")
    found: list[str] = []
    if source.area == "parts":
        for function in functions(source.tree):
            if _mentions_decimal(function):
                found += _divisions(source, function, "where Decimal is; use core.types.div")
    return sorted(set(found))


def _asks_mode(test: ast.AST) -> str:
    # What something is looked for in is a collection: `order in live` asks for no mode.
    compares = [node for node in ast.walk(test) if isinstance(node, ast.Compare)]
    pairs = [pair for node in compares for pair in zip(node.ops, node.comparators, strict=True)]
    looked_in = [right for op, right in pairs if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Name)]
    for node in ast.walk(test):
        if node in looked_in:
            continue
        if isinstance(node, ast.Name) and node.id.lower() in MODES:
            return node.id
        if isinstance(node, ast.Attribute) and node.attr.lower() in MODES:
            return node.attr
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in MODES:
            return node.value
    return ""


def find_mode_branches(source: Source) -> list[str]:
    """No branch in core and parts asks in which mode it runs: one code path for all."""
    if not source.pure:
        return []
    found = []
    for node in walk(source.tree):
        tests: list[ast.AST] = []
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            tests = [node.test]
        elif isinstance(node, ast.Match):
            tests = [node.subject, *(case.pattern for case in node.cases)]
        found += [source.at(node, f"branches on {a!r}; only run/modes may ask") for t in tests if (a := _asks_mode(t))]
    return found


def find_set_iteration(source: Source) -> list[str]:
    """Nothing in core and parts follows the order of a set, which is that of hashes."""
    if not source.pure:
        return []
    found = []
    for node in walk(source.tree):
        loops = []
        if isinstance(node, ast.For):
            loops = [node.iter]
        elif isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp):
            loops = [g.iter for g in node.generators]
        elif isinstance(node, ast.Call) and dotted(node.func) in {"list", "tuple", "next", "iter", "enumerate"}:
            loops = node.args[:1]
        found += [source.at(loop, "walks a set; sort it") for loop in loops if _is_set(loop)]
    return found


def _is_set(node: ast.AST) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _is_set(node.left) or _is_set(node.right)
    return isinstance(node, ast.Call) and dotted(node.func) in {"set", "frozenset"}


def _is_step(function: Function) -> bool:
    return function.name == "step" or function.name.endswith("_step") or function.name.startswith("step_")


def _step_findings(source: Source, function: Function, names: dict[str, str]) -> list[str]:
    signs = {ast.Pow: "**", ast.FloorDiv: "//", ast.Mod: "%", ast.MatMult: "@"}
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in signs:
            found.append(source.at(node, f"`{signs[type(node.op)]}` in a step; write it out with + - * /"))
        if isinstance(node, ast.Name | ast.Attribute):
            name = full_name(node, names)
            if name in STEP_CALLS:
                found.append(source.at(node, f"{name} in a step; write an explicit loop"))
            elif has_module(name, "numpy") or (name.startswith("math.") and name not in STEP_MATH):
                found.append(source.at(node, f"{name} in a step; use core.fmath or plain arithmetic"))
    return found


def find_step_arithmetic(source: Source) -> list[str]:
    """A step uses + - * /, comparisons, abs, math.sqrt, math.floor and loops: the same last bit everywhere."""
    if not source.inner.startswith(("parts/strategies/", "parts/indicators/")):
        return []
    names = aliases(source.tree)
    steps = [function for function in functions(source.tree) if _is_step(function)]
    return sorted({found for step in steps for found in _step_findings(source, step, names)})


RULES = [
    find_banned_imports,
    find_foreign_libraries,
    find_venue_imports,
    find_banned_calls,
    find_division,
    find_mode_branches,
    find_set_iteration,
    find_step_arithmetic,
]
