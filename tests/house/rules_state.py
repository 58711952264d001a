"""Nothing is kept in modules: state lives in the book or in an object that somebody was handed."""

import ast

from tests.house.source import FUNCTIONS, Source, aliases, dotted, walk

MAKERS = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "OrderedDict", "Counter", "ChainMap"}
CHANGERS = {
    "append", "add", "update", "extend", "insert", "remove", "discard", "pop", "popitem", "clear", "setdefault",
    "appendleft", "sort", "reverse",
}  # fmt: skip
HIDDEN_RISK = {"account", "qty", "quantity", "tif"}


def _is_mutable(value: ast.AST | None) -> bool:
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    return isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in MAKERS


def _bindings(tree: ast.Module) -> dict[str, ast.stmt]:
    """Names bound to something mutable at the top of a module."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_mutable(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({t.id: node for t in targets if isinstance(t, ast.Name) and not t.id.startswith("__")})
    return found


def _changed_names(tree: ast.Module) -> set[str]:
    """Names on which something is called or stored that changes them."""
    changed: set[str] = set()
    for node in walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGERS:
            changed.add(dotted(node.func.value))
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            changed.add(dotted(node.value))
        if isinstance(node, ast.AugAssign):
            changed.add(dotted(node.target))
    return changed


def find_module_state(source: Source) -> list[str]:
    """A module holds constants: in capitals, and never changed by a function."""
    names = _bindings(source.tree)
    changed = _changed_names(source.tree)
    found = []
    for name, node in names.items():
        if not name.lstrip("_").isupper():
            found.append(source.at(node, f"{name} is mutable and module-wide; make it a constant or hand it in"))
        elif name in changed:
            found.append(source.at(node, f"{name} is a constant that gets changed; hand it in"))
    return found


def find_global_statements(source: Source) -> list[str]:
    """No function rebinds a module's name."""
    nodes = [n for n in walk(source.tree) if isinstance(n, ast.Global)]
    return [source.at(node, f"global {', '.join(node.names)}; hand the state in") for node in nodes]


def find_patching(source: Source) -> list[str]:
    """Nobody stores into another module or class that was imported."""
    imported = set(aliases(source.tree))
    found = []
    for node in walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            root = dotted(node.value).partition(".")[0]
            if root in imported:
                found.append(source.at(node, f"stores into imported {dotted(node)}; pass what you need instead"))
        target = node.args[0] if isinstance(node, ast.Call) and dotted(node.func) == "setattr" and node.args else None
        if target is not None and dotted(target).partition(".")[0] in imported:
            found.append(source.at(node, "setattr on something imported; pass what you need instead"))
    return found


def find_import_effects(source: Source) -> list[str]:
    """Importing a module does nothing: no bare call, loop or file at its top, but for `main()` under its guard."""
    found = []
    for node in source.tree.body:
        bare = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if bare or isinstance(node, ast.For | ast.While | ast.With):
            typer_setup = bare and source.area == "cli"
            if not typer_setup:
                found.append(source.at(node, "something happens on import; put it into a function"))
    return found


def find_hidden_risk(source: Source) -> list[str]:
    """No function fills in an account, a quantity or a time in force by itself."""
    found = []
    for function in [n for n in walk(source.tree) if isinstance(n, FUNCTIONS)]:
        args = function.args
        positional = [*args.posonlyargs, *args.args]
        with_default = positional[len(positional) - len(args.defaults) :]
        with_default += [a for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is not None]
        found += [
            source.at(arg, f"{function.name} has a default {arg.arg}; the caller must say it")
            for arg in with_default
            if arg.arg in HIDDEN_RISK and source.area != "cli"
        ]
    return found


RULES = [find_module_state, find_global_statements, find_patching, find_import_effects, find_hidden_risk]
