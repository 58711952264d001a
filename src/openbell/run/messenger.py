"""The notifier beside a run inside a program: a process, as beside every other run."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from openbell.edges.alerts.outbox import Outbox
from openbell.run.alerts.notifier import BEAT
from openbell.run.alerts.start import begin, last_record
from openbell.run.clock import WallClock

_LOOK_S = 0.05
PATIENCE_S = 20.0
"""How long it may take to send what still waits when the run has ended; the rest goes out with the next start."""


class Messenger:
    """Carries the messages of a state until it is closed."""

    def __init__(self, folder: Path) -> None:
        """Start it, from the end of the journal on; it gets the addresses from the environment of this process.

        Raises:
            OSError, sqlite3.Error: It cannot be started, or its outbox cannot be used.
        """
        begin(folder, last_record(folder))
        self._folder, self._began = folder, WallClock().now()
        self._process = subprocess.Popen(  # noqa: S603  # our own words
            [sys.executable, "-m", "openbell", "notify", str(folder)], env=dict(os.environ), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def close(self) -> None:
        """Tell it that the run has ended, and wait until it has said so."""
        # A run may be over before it has begun to listen.
        looks = int(PATIENCE_S / _LOOK_S)
        while looks and not self._listens() and not self._has_ended(_LOOK_S):
            looks -= 1
        self._process.terminate()
        if not self._has_ended(PATIENCE_S):
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        with Outbox(self._folder) as outbox:
            return int(outbox.kept(BEAT) or b"0") > self._began

    def _has_ended(self, within_s: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within_s)
            return True
        return False
