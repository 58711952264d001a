"""What studies remember: every run by its key.

So none is made twice, and all trials are counted. It is a folder with one file for each set of data. A line is a run:
checksum, a space, JSON. Lines are only ever added, under a lock, and are on the disk before a study ends; what a crash
left of a line is cut off by the next one who adds.
"""

import fcntl
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

from openbell.run.study.trial import Outcome

_SUFFIX = ".trials"
_CHECK = 8
"""Length of the checksum, hexadecimal digits."""


class Known(msgspec.Struct, kw_only=True):
    """What a store holds of one set of data.

    Attributes:
        outcomes: By key. damaged: Lines that cannot be read; each counts as a trial.
    """

    outcomes: dict[str, Outcome] = {}
    damaged: int = 0

    @property
    def trials(self) -> int:
        """Number of different configurations that were ever tried on these data."""
        return len({one.config for one in self.outcomes.values() if one.is_trial and not one.refused}) + self.damaged


class Store:
    """A folder of remembered runs."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; it is made when the first run is added."""
        self.folder = folder

    def place(self, data: str) -> Path:
        """Return the file of a set of data by its fingerprint."""
        return self.folder / f"{data[:16]}{_SUFFIX}"

    def read(self, data: str) -> Known:
        """Return what is known of a set of data.

        Raises:
            OSError: The file cannot be read.
        """
        known = Known()
        decoder = msgspec.json.Decoder(Outcome)
        try:
            lines = self.place(data).read_bytes().split(b"\n")
        except FileNotFoundError:
            return known
        # Behind the last line's end stands nothing, or what a crash left of another.
        for line in lines[:-1]:
            outcome = _decoded(line, decoder)
            if outcome is None:
                known.damaged += 1
            else:
                known.outcomes.setdefault(outcome.key, outcome)
        return known

    def add(self, data: str, outcomes: Iterable[Outcome]) -> None:
        """Add runs; they are on the disk when it returns.

        Raises:
            OSError: The file cannot be written.
        """
        lines = b"".join(_encoded(outcome) for outcome in outcomes)
        if not lines:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.place(data).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _cut_torn_tail(file)
            file.write(lines)
            file.flush()
            os.fdatasync(file.fileno())


def _encoded(outcome: Outcome) -> bytes:
    body = msgspec.json.encode(outcome)
    return f"{zlib.crc32(body):0{_CHECK}x} ".encode() + body + b"\n"


def _decoded(line: bytes, decoder: msgspec.json.Decoder[Outcome]) -> Outcome | None:
    body = line[_CHECK + 1 :]
    if line[:_CHECK] != f"{zlib.crc32(body):0{_CHECK}x}".encode():
        return None
    try:
        return decoder.decode(body)
    except msgspec.DecodeError:
        return None


def _cut_torn_tail(file: BinaryIO) -> None:
    """Cut off what stands behind the last whole line."""
    end = file.seek(0, os.SEEK_END)
    whole = end
    while whole > 0:
        begin = max(whole - 65_536, 0)
        file.seek(begin)
        place = file.read(whole - begin).rfind(b"\n")
        if place >= 0:
            whole = begin + place + 1
            break
        whole = begin
    if whole < end:
        file.truncate(whole)
