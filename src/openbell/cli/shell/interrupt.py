"""Ctrl-C and SIGTERM: the first ends a run in good order, the second at once."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Remembers that the run was asked to end, while it is entered.

    Attributes:
        is_set: True from the first signal on. restore: Puts the terminal in order before the process goes at once.
    """

    def __init__(self) -> None:
        """Begin with nobody having asked."""
        self.is_set = False
        self.restore: Callable[[], None] | None = None
        self._before: list[object] = []

    def __enter__(self) -> Self:
        """Listen to the signals."""
        self._before = [signal.signal(number, self._ask) for number in _SIGNALS]
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the signals as they were."""
        for number, handler in zip(_SIGNALS, self._before, strict=True):
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself gave

    def _ask(self, number: int, _: FrameType | None) -> None:
        if self.is_set:
            if self.restore is not None:
                self.restore()
            # The journal needs no farewell: what is durable is durable, the rest was never sent.
            os._exit(128 + number)
        self.is_set = True
