"""The venue's own log: everything it received, decided and sent.

A JSON object on each line, only ever appended.
"""

import os
from pathlib import Path
from typing import Any

import msgspec


class Log:
    """One log file, written line by line to the system at once and to the disk by `sync`.

    What is written survives the death of any client, and of the venue's own process.
    """

    def __init__(self, path: Path) -> None:
        """Go on at the end of `path`, made with its folder if missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._is_dirty = False
        self.lines = 0

    def write(self, time: int, kind: str, fields: dict[str, Any]) -> None:
        """Append a line: when (UTC ns), its number in this process, what kind, and what.

        Raises:
            OSError: The disk failed.
        """
        self.lines += 1
        line = msgspec.json.encode({"time": time, "line": self.lines, "kind": kind, **fields}) + b"\n"
        while line:
            line = line[os.write(self._file, line) :]
        self._is_dirty = True

    def sync(self) -> None:
        """Make durable what was written, if anything was."""
        if self._is_dirty:
            os.fdatasync(self._file)
            self._is_dirty = False

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        os.close(self._file)
