"""What a private strategy or rule does that a replay cannot do again.

Only its text is read. A clock, chance, files, the network and state of a module are seen by their names; what hides
behind other names is not.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

INSTEAD = {
    "time": "the bar's own ts", "random": "openbell.core.draw", "secrets": "openbell.core.draw",
    "uuid": "a counter in its state", "os": "an option of its Config", "socket": "a feed of its own",
    "ssl": "a feed of its own", "http": "a feed of its own", "urllib": "a feed of its own",
    "requests": "a feed of its own", "httpx": "a feed of its own", "aiohttp": "a feed of its own",
    "yfinance": "a feed of its own", "subprocess": "a feed of its own", "threading": "on_timer",
    "multiprocessing": "on_timer", "asyncio": "on_timer", "concurrent": "on_timer",
    "pathlib": "an option of its Config", "sqlite3": "its state", "shelve": "its state", "pickle": "its state",
}  # fmt: skip
"""Modules that reach outside, and what to use in their place."""
_CALLS = {"open": "an option of its Config", "input": "an Ask", "hash": "a number of its own: that of text differs "
          "between processes", "id": "a counter in its state"}  # fmt: skip
_NOW = ("now", "utcnow", "today")
_CHANCE = ("random.", "np.random.", "numpy.random.")


def habits(path: Path) -> tuple[str, ...]:
    """Return what a file does that a replay cannot do again, each with its line.

    Nothing is said of one that cannot be read, or is no Python.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return ()
    found = {
        (node.lineno, words) for node in ast.walk(tree) for words in _of(node) if isinstance(node, ast.stmt | ast.expr)
    }
    return tuple(f"line {line} {words}" for line, words in sorted(found))


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        given = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        for top in dict.fromkeys(name.partition(".")[0] for name in given):
            if top in INSTEAD:
                yield f"imports {top}; use {INSTEAD[top]}"
    elif isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name in _CALLS:
            yield f"calls {name}(); use {_CALLS[name]}"
        elif name.rpartition(".")[2] in _NOW and "date" in name:
            yield f"calls {name}(); use the bar's own ts"
        elif name.startswith(_CHANCE):
            yield f"calls {name}(); use openbell.core.draw"
    elif isinstance(node, ast.Global):
        yield f"keeps {', '.join(node.names)} in its module, which a restart forgets; use its state"
