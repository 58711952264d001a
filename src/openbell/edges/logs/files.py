"""Files of lines that do not grow for ever: by size, or one for each day."""

import os
import re
from pathlib import Path
from typing import TextIO

_STAMP = re.compile(r'"@timestamp":\s*"(\d{4}-\d{2}-\d{2})')


class Sized:
    """A file that is put aside when it would grow too large.

    Its predecessors are NAME.1, NAME.2 and so on, the newest first.
    """

    def __init__(self, path: Path, most_bytes: int, keep: int, head: str = "") -> None:
        """Write to `path`; begin each new file with `head`.

        Args:
            path: Its folder exists.
            most_bytes: Largest size of a file.
            keep: Files put aside that are kept.
            head: First line, with its end, or nothing.

        Raises:
            OSError: The file cannot be opened.
        """
        self.path = path
        self._most = most_bytes
        self._keep = keep
        self._head = head
        self._file = _open(path)
        self._size = path.stat().st_size
        if not self._size:
            self._put(head)

    def write(self, line: str, day: str) -> None:
        """Write a line with its end; `day` is its ISO date.

        Raises:
            OSError: It cannot be written.
        """
        if self._size > len(self._head) and self._size + len(line.encode()) > self._most:
            self._turn()
        self._put(line)

    def _put(self, text: str) -> None:
        self._file.write(text)
        self._size += len(text.encode())

    def _turn(self) -> None:
        self._file.close()
        _aside(self.path, self._keep).unlink(missing_ok=True)
        for n in range(self._keep - 1, 0, -1):
            older = _aside(self.path, n)
            if older.exists():
                older.replace(_aside(self.path, n + 1))
        self.path.replace(_aside(self.path, 1))
        self._file, self._size = _open(self.path), 0
        self._put(self._head)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Daily:
    """A file for each day (UTC); the one of today has no date in its name."""

    def __init__(self, path: Path, keep: int) -> None:
        """Write to `path`; keep the files of `keep` days, today's among them.

        Raises:
            OSError: The file cannot be opened.
        """
        self.path = path
        self._keep = keep
        self._day = _day_of(path)
        self._file = _open(path)

    def write(self, line: str, day: str) -> None:
        """Write a line with its end; `day` is its ISO date.

        Raises:
            OSError: It cannot be written.
        """
        # Time never runs back in a log; a line of an older day stays with today's.
        if self._day and day > self._day:
            self._file.close()
            self.path.replace(self.path.with_name(f"{self.path.name}.{self._day}"))
            older = sorted(self.path.parent.glob(f"{self.path.name}.????-??-??"), reverse=True)
            for file in older[self._keep - 1 :]:
                file.unlink()
            self._file = _open(self.path)
        self._day = max(day, self._day)
        self._file.write(line)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _open(path: Path) -> TextIO:
    """Open a file for more lines; only its owner can read it."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return os.fdopen(handle, "a", encoding="utf-8", buffering=1, newline="")


def _aside(path: Path, n: int) -> Path:
    return path.with_name(f"{path.name}.{n}")


def _day_of(path: Path) -> str:
    """Return the day of a file's last line, empty for a new file."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 65_536, 0))
        found = _STAMP.findall(file.read().decode("utf-8", "replace"))
    return str(found[-1]) if found else ""
