"""Ctrl-C and SIGTERM end a run: the first in good order, the second at once.

Who ends a whole group of processes, as systemd does, is heard twice: from there and from the supervisor, which says it
when it comes to it. The end of the terminal (SIGHUP) ends a run in good order, however often it is told. SIGUSR1 and
SIGUSR2 are kills of tier 2 and 3; their names are kept for the run to take.
"""

import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Self

from openbell.run.hangup import HANG_UP, Terminal
from openbell.run.supervise import is_supervised

_ENDS = (signal.SIGINT, signal.SIGTERM)
_KILLS = (signal.SIGUSR1, signal.SIGUSR2)
ECHO_S = 1.0
"""A SIGTERM so soon after the first word is that word again, seconds."""


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
        self._asked = 0.0
        self._is_passed_on = is_supervised()
        self._before: list[object] = []
        self._terminal = Terminal(self._hear)

    def __enter__(self) -> Self:
        """Listen to the signals."""
        self._before = [signal.signal(number, self._ask) for number in _ENDS]
        self._before += [signal.signal(number, self._kill) for number in _KILLS]
        self._terminal.__enter__()
        # A supervisor has held back what came before anybody listened.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (*_ENDS, *_KILLS, HANG_UP))
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the signals as they were."""
        self._terminal.__exit__()
        for number, handler in zip((*_ENDS, *_KILLS), self._before, strict=True):
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself gave

    def _ask(self, number: int, _: FrameType | None) -> None:
        is_echo = number == signal.SIGTERM and time.monotonic() - self._asked < ECHO_S
        if self.is_set and not is_echo and number == signal.SIGTERM and self._is_passed_on:
            # However long the supervisor took, or waited for the engine to end.
            self._is_passed_on, is_echo = False, True
        if self.is_set and not is_echo:
            if self.restore is not None:
                self.restore()
            # The journal needs no farewell: what is durable is durable, the rest was never sent.
            os._exit(128 + number)
        self._hear()

    def _hear(self) -> None:
        if not self.is_set:
            self.is_set, self._asked = True, time.monotonic()

    def _kill(self, number: int, _: FrameType | None) -> None:
        self.kills.append(signal.Signals(number).name)
