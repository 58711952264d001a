"""What the compiler has found out once about numbers it need not find out again.

For every `+`, `==` or look into a grid numba tries its ways of doing it one after the other until one fits, several
times for each place in the code. What fits depends on the types alone, of which the kernels have a handful.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from numba.core.types import functions

_Function = cast("Any", functions).BaseFunction
_ask = _Function.get_call_type
_KNOWN: dict[Any, tuple[Any, Any, Any]] = {}


def _answer(function: Any, context: Any, args: Any, named: Any) -> Any:
    """Return with which types a function is called; as numba's own, which is asked once for each."""
    if named:
        return _ask(function, context, args, named)
    key = id(function), id(context), args
    found = _KNOWN.get(key)
    if found is None:
        made = _ask(function, context, args, named)
        if function._impl_keys[made.args] is not function.typing_key:  # noqa: SLF001 - where numba says who answered
            # It is written in Python and compiled as its caller is: that is another one for another caller.
            return made
        # Whoever is kept here keeps its number.
        found = _KNOWN[key] = function, context, made
    return found[2]


@contextmanager
def remembering() -> Iterator[None]:
    """Let the compiler remember what it has found out, until the end."""
    _Function.get_call_type = _answer
    try:
        yield
    finally:
        _Function.get_call_type = _ask
        _KNOWN.clear()
