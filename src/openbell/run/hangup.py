"""A terminal that is closed while something runs in it: SIGHUP.

Without a word for it the process would be gone at once, and its supervisor beside it. What is written after that goes
nowhere, instead of failing.
"""

import os
import signal
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Self

HANG_UP = signal.SIGHUP
_STANDARD = (0, 1, 2)


class Terminal:
    """Listens for the end of the terminal, while it is entered.

    Whoever has asked that it be ignored (`nohup`) is heeded: the run goes on.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        """Call `tell` at each hang-up; one closed terminal may give two."""
        self._tell = tell
        self._before: object = signal.SIG_IGN
        self._shown: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        """Listen."""
        self._before = signal.getsignal(HANG_UP)
        if self._before is not signal.SIG_IGN:
            # Asked now: a terminal that is gone does not say that it was one.
            self._shown = tuple(number for number in _STANDARD if os.isatty(number))
            signal.signal(HANG_UP, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the signal as it was."""
        signal.signal(HANG_UP, self._before)  # type: ignore[arg-type]  # what signal.getsignal itself gave

    def _hear(self, _: int, __: FrameType | None) -> None:
        to_nowhere(self._shown)
        self._tell()


def to_nowhere(descriptors: Iterable[int]) -> None:
    """Let open files be nothing from now on: what is written is gone, nothing is read."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in descriptors:
        os.dup2(nowhere, number)
    os.close(nowhere)
