"""An engine that falls over an error nobody expected has pulled the stop by that alone.

The stop is a word left for the next start, as any other kill of an engine that is down: the gate is closed for new
risk, entries are taken back, exits and protection go on, and only `openbell enable` opens it again. At a venue outside
the process the supervisor starts the engine again, so that what is held is looked after; one that falls again and again
stays down, and the guardian takes every order back.
"""

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from openbell.cli.shell.failure import explain
from openbell.core.events import Command
from openbell.core.ladder import NO_RISK
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.pulse import read_pulse
from openbell.run.triggers import FALLEN

_WORD = "system-error"
_UNEXPECTED = ("defect", "system", "version")
"""Kinds of failures that a run which goes on is never ended by on purpose."""


class Fallen(Exception):
    """An engine fell over an error nobody expected; its cause is that error.

    Attributes:
        is_outside: True where its venue is outside the process, so that it has to come back.
        is_stopped: True once the stop is durable.
    """

    def __init__(self, told: str, *, is_outside: bool, is_stopped: bool) -> None:
        """Say which error it was."""
        super().__init__(told)
        self.is_outside, self.is_stopped = is_outside, is_stopped


class Stopping:
    """Leaves the stop where what runs in it falls, once that has begun."""

    def __init__(self, folder: Path, *, is_outside: bool = False) -> None:
        """Watch over the run of a state directory."""
        self.folder, self.is_outside = folder, is_outside

    def __enter__(self) -> Self:
        """Begin to watch."""
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave the stop behind an error nobody expected, and raise it as `Fallen`."""
        if not isinstance(error, Exception) or explain(error).kind not in _UNEXPECTED or not self._has_begun():
            return
        told = f"{type(error).__name__}: {error}"
        key = f"{_WORD}-{os.getpid()}-{WallClock().now()}"
        is_stopped = False
        with suppress(OSError):
            states.leave_command(
                self.folder, Command(ts=0, id=key, kind="kill", actor=FALLEN, reason=told[:500], tier=NO_RISK)
            )
            is_stopped = True
        raise Fallen(told, is_outside=self.is_outside, is_stopped=is_stopped) from error

    def _has_begun(self) -> bool:
        """Return True once this process has given a sign of life, or where one before it fell and was not heard."""
        pulse = read_pulse(self.folder)
        is_ours = pulse is not None and pulse.pid == os.getpid()
        return is_ours or any((self.folder / "commands").glob(f"{_WORD}-*.json"))
