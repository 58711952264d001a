"""What strategies raise, kept until the log has it.

Of an error the engine keeps the words alone.
"""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from openbell.core.strategy import StockStrategy, Strategy
from openbell.run.assemble import Prepared

HOOKS = ("decide", "on_bars", "on_quote", "on_fill", "on_timer", "on_answer")
"""What a free strategy may have to be called by."""

Call = Callable[..., Any]


class Raised(NamedTuple):
    """An exception with its trace.

    Attributes:
        order: Id of the order whose execution the strategy was told of, empty for none.
    """

    error: Exception
    order: str


class Traces:
    """What was raised in the step under way.

    Attributes:
        found: By deployment.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.found: dict[str, Raised] = {}

    def over(self, prepared: Prepared) -> Prepared:
        """Return a run whose strategies leave here what they raise; they decide the same."""
        strategies = {name: around(one, self._heard(name)) for name, one in prepared.strategies.items()}
        return msgspec.structs.replace(prepared, strategies=strategies)

    def _heard(self, name: str) -> Callable[[Call], Call]:
        found = self.found

        def wrap(call: Call) -> Call:
            def heard(*given: Any) -> Any:
                try:
                    return call(*given)
                finally:
                    # Only looked at on its way: the engine catches it.
                    if isinstance(error := sys.exception(), Exception):
                        # Behind options and state comes what the strategy is told.
                        found[name] = Raised(error, getattr(given[2], "oid", ""))

            return heard

        return wrap


def around(strategy: Strategy, wrap: Callable[[Call], Call]) -> Strategy:
    """Return a strategy whose calls go through those that `wrap` makes of them."""
    if isinstance(strategy, StockStrategy):
        return msgspec.structs.replace(strategy, step=wrap(strategy.step))
    hooks = {name: wrap(hook) for name in HOOKS if (hook := getattr(strategy, name)) is not None}
    return msgspec.structs.replace(strategy, **hooks)
