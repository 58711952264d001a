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


@contextmanager
def remembering() -> Iterator[None]:
    """Let the compiler remember what it has found out, until the end."""
    found: dict[tuple[Any, Any], tuple[Any, Any]] = {}

    def answer(function: Any, context: Any, args: Any, named: Any) -> Any:
        """Return with which types a function is called; as numba's own, which is asked once for each."""
        if named:
            return _ask(function, context, args, named)
        asked, made = found.get((function, args), (None, None))
        if asked is not context:
            made = _ask(function, context, args, named)
            # What is written in Python is compiled as its caller is: that is another one for another caller.
            if function._impl_keys[made.args] is function.typing_key:  # noqa: SLF001 - where numba says who answered
                found[function, args] = context, made
        return made

    _Function.get_call_type = answer
    try:
        yield
    finally:
        _Function.get_call_type = _ask
