"""Ctrl-C and SIGTERM end a run: the first in good order, the second at once.

SIGUSR1 and SIGUSR2 are kills of tier 2 and 3; their names are kept for the run to take.
"""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Self

_ENDS = (signal.SIGINT, signal.SIGTERM)
_KILLS = (signal.SIGUSR1, signal.SIGUSR2)


class Interrupt:
    """Remembers that the run was asked to end, while it is entered.

    Attributes:
        is_set: True from the first signal on.
        kills: Names of kill signals not taken yet.
        restore: Puts the terminal in order before the process goes at once.
    """

    def __init__(self) -> None:
        """Begin with nobody having asked."""
        self.is_set = False
        self.kills: list[str] = []
        self.restore: Callable[[], None] | None = None
        self._before: list[object] = []

    def __enter__(self) -> Self:
        """Listen to the signals."""
        self._before = [signal.signal(number, self._ask) for number in _ENDS]
        self._before += [signal.signal(number, self._kill) for number in _KILLS]
        # A supervisor has held back what came before anybody listened.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (*_ENDS, *_KILLS))
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the signals as they were."""
        for number, handler in zip((*_ENDS, *_KILLS), self._before, strict=True):
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself gave

    def _ask(self, number: int, _: FrameType | None) -> None:
        if self.is_set:
            if self.restore is not None:
                self.restore()
            # The journal needs no farewell: what is durable is durable, the rest was never sent.
            os._exit(128 + number)
        self.is_set = True

    def _kill(self, number: int, _: FrameType | None) -> None:
        self.kills.append(signal.Signals(number).name)
