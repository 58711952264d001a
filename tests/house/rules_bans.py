"""What nobody writes anywhere, with what to write instead."""

import ast

from tests.house.source import Source, aliases, classes, dotted, full_name, has_module, imports, walk

CLOCK = "run/clock.py"
NAIVE = {"datetime.datetime.now", "datetime.datetime.today", "datetime.date.today"}
ALWAYS_NAIVE = {"datetime.datetime.utcnow", "datetime.datetime.utcfromtimestamp"}
WALL = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "datetime.datetime.now"}
BROAD = {"Exception", "BaseException"}
BROAD_PLACES: dict[str, int] = {
    "cli/__init__.py": 1,  # task root: a failure is told in words, its traceback only with --debug
    "core/evaluate.py": 2,  # strategy guards: one that raises is frozen, the others go on
    "core/risk.py": 1,  # rule guard: one that raises refuses the order
    "edges/brokers/line.py": 1,  # edge guard: an account's connection that raises is opened again, the others go on
    "run/alerts/courier.py": 1,  # alert guard: a channel can raise anything, and must not end the others
    "run/parts.py": 1,  # strategy guard: a part of others can raise anything while it is imported
    "run/twin_free.py": 1,  # strategy guard: nothing may be raised through compiled code; the plain engine runs it anew
}
"""File -> how many broad excepts it may hold; together at most eight, and each emits a Note and an Alert."""
BROAD_LIMIT = 8
FRAMES = {"polars", "pandas", "pyarrow", "duckdb"}
FRAME_PLACES = ("report/", "research/", "edges/feeds/", "edges/calendars/", "edges/store/")


def find_star_imports(source: Source) -> list[str]:
    """Every name says where it comes from."""
    return [source.at(n, "star import; name what you use") for n, name in imports(source.tree) if name.endswith(".*")]


def find_asserts(source: Source) -> list[str]:
    """`python -O` removes assert."""
    nodes = [n for n in walk(source.tree) if isinstance(n, ast.Assert)]
    return [source.at(node, "assert; use core.types.require") for node in nodes]


def find_sleeps(source: Source) -> list[str]:
    """Only the clock waits."""
    if source.inner == CLOCK:
        return []
    names = aliases(source.tree)
    calls = [n for n in walk(source.tree) if isinstance(n, ast.Call)]
    return [source.at(c, "time.sleep; use the clock") for c in calls if full_name(c.func, names) == "time.sleep"]


def find_waits_that_swallow(source: Source) -> list[str]:
    """A cancel that comes together with what was waited for must not be lost, as it is before Python 3.12."""
    names, text = aliases(source.tree), "asyncio.wait_for; write async with asyncio.timeout"
    calls = [n for n in walk(source.tree) if isinstance(n, ast.Call)]
    return [source.at(c, text) for c in calls if full_name(c.func, names) == "asyncio.wait_for"]


def find_clock_reads(source: Source) -> list[str]:
    """Wall time is read in run/clock.py, and nowhere is a datetime naive."""
    names = aliases(source.tree)
    found = []
    for call in [n for n in walk(source.tree) if isinstance(n, ast.Call)]:
        name = full_name(call.func, names)
        bare = not call.args and not call.keywords
        if name in ALWAYS_NAIVE or (name in NAIVE and bare):
            found.append(source.at(call, f"{name} is naive; use the clock"))
        elif name in WALL and source.inner != CLOCK:
            found.append(source.at(call, f"{name} outside {CLOCK}; use the clock"))
        elif name == "datetime.datetime.fromtimestamp" and len(call.args) + len(call.keywords) < 2:
            found.append(source.at(call, f"{name} without tz is naive; say tz=UTC"))
        elif name == "datetime.datetime" and not _has_zone(call):
            found.append(source.at(call, "datetime without tzinfo; say tzinfo=UTC"))
    return found


def _has_zone(call: ast.Call) -> bool:
    return len(call.args) >= 8 or any(k.arg in {"tzinfo", None} for k in call.keywords)


def broad_excepts(source: Source) -> list[ast.AST]:
    """Return the handlers that catch everything."""
    found: list[ast.AST] = []
    for node in walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or dotted(kind) in BROAD for kind in kinds):
                found.append(node)
        suppresses = isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "suppress"
        if suppresses and any(dotted(arg) in BROAD for arg in getattr(node, "args", [])):
            found.append(node)
    return found


def find_broad_excepts(source: Source) -> list[str]:
    """A broad except stands in a listed place or nowhere."""
    handlers = broad_excepts(source)
    allowed = BROAD_PLACES.get(source.inner, 0)
    if len(handlers) <= allowed:
        return []
    return [source.at(h, f"broad except ({allowed} listed here); name the exceptions") for h in handlers]


def _has_options(source: Source) -> bool:
    bases = [dotted(base).rpartition(".")[2] for node in classes(source.tree) for base in node.bases]
    return any(base == "BaseModel" or base.endswith("Config") for base in bases)


def find_pydantic(source: Source) -> list[str]:
    """Pydantic stands in schema.py, in config, and in files of parts and edges that define options."""
    if source.inner == "schema.py" or source.inner.startswith(("config/", "edges/web/")):
        return []
    if source.area in {"parts", "edges"} and _has_options(source):
        return []
    found = [node for node, name in imports(source.tree) if name.partition(".")[0].startswith("pydantic")]
    return [source.at(node, "pydantic here; messages are msgspec Structs, options are PartConfig") for node in found]


def find_frames(source: Source) -> list[str]:
    """Frame libraries read files and make reports; nothing that trades holds one."""
    if source.inner.startswith(FRAME_PLACES):
        return []
    found = [(node, name.partition(".")[0]) for node, name in imports(source.tree)]
    return [source.at(node, f"{top} here; use arrays or messages") for node, top in found if top in FRAMES]


def find_orm(source: Source) -> list[str]:
    """SQL holds projections, written with plain statements."""
    found = [node for node, name in imports(source.tree) if has_module(name, "sqlalchemy.orm")]
    return [source.at(node, "an ORM; use SQLAlchemy Core") for node in found]


def find_kwargs_chains(source: Source) -> list[str]:
    """`**kwargs` is not passed on: parameters have names."""
    found = []
    for function in [n for n in walk(source.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]:
        extra = function.args.kwarg
        if extra is None:
            continue
        passed = [
            call
            for call in ast.walk(function)
            if isinstance(call, ast.Call) and any(k.arg is None and dotted(k.value) == extra.arg for k in call.keywords)
        ]
        found += [source.at(call, f"passes **{extra.arg} on; name the parameters") for call in passed]
    return found


RULES = [
    find_star_imports,
    find_asserts,
    find_sleeps,
    find_waits_that_swallow,
    find_clock_reads,
    find_broad_excepts,
    find_pydantic,
    find_frames,
    find_orm,
    find_kwargs_chains,
]
