"""When a process beside an engine has nothing left to do, though nobody told it to end.

Its supervisor was killed, and could tell nobody. The engine trades on then, and whoever watches it, shows it or speaks
of it stays. What must not be is a process that outlives the engine too and holds on to what the next run needs.
"""

import os
from pathlib import Path
from typing import Literal

from openbell.run.pulse import read_pulse
from openbell.run.state import is_alive
from openbell.run.supervise import MARK, is_supervised

Until = Literal["closed", "replaced", "gone"]


class Orphan:
    """What a process beside an engine knows of its supervisor."""

    def __init__(self, folder: Path, until: Until) -> None:
        """Stay beside the engine of the state `folder` for so long.

        `closed` stays until the engine has ended in good order, `replaced` also ends when another engine runs the
        state, `gone` also when the engine is no more. Whoever has no supervisor stays for good.
        """
        self._folder, self._until = folder, until
        self._engine = 0
        """Process of the last engine that the supervisor was seen with, else the first that was seen at all."""

    def is_done(self) -> bool:
        """Return True if the supervisor is gone, and the engine as well."""
        if MARK not in os.environ:
            return False
        pulse = read_pulse(self._folder)
        if pulse is None:
            return False
        if is_supervised():
            self._engine = pulse.pid
            return False
        self._engine = self._engine or pulse.pid
        is_other = self._until != "closed" and pulse.pid != self._engine
        is_gone = self._until == "gone" and not is_alive(pulse.pid)
        return pulse.is_closed or is_other or is_gone
