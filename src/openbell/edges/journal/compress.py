"""Segment files by name, read alike plain or compressed; and the compressing of old ones.

A compressed segment holds the used part of the plain one. It is written whole under its final name before the plain
file goes, so a crash leaves one or both, never none; where both stand the plain one is read.
"""

import lzma
import re
import threading
import time
from collections.abc import Callable

from openbell.edges.journal.disk import Disk
from openbell.edges.journal.record import HEADER, decode, used_bytes, walk

PLAIN_NEWEST = 2
"""How many of the newest segments stay plain."""
_PACKED = ".xz"
_NAME = re.compile(r"([0-9]{6})\.seg(\.xz)?")
CALM_S = 60.0
"""How long a segment must have been the newest, in seconds, before the thread compresses old ones.

A live log fills one in hours. A run at full speed fills one in seconds, and the compressor would take a third of the
machine from it."""
_CHUNK_BYTES = 1 << 20
_PRESET = 1
"""Mostly hashes, which no effort shrinks: the fastest setting loses little."""


def segment_name(number: int) -> str:
    """Return the file name of segment `number`, counted from 1."""
    return f"{number:06d}.seg"


def segment_names(disk: Disk) -> dict[int, str]:
    """Return the file to read for each segment, ascending."""
    found: dict[int, str] = {}
    for name in disk.names():
        match = _NAME.fullmatch(name)
        if match:
            found.setdefault(int(match[1]), name)
    return found


def read_segment(disk: Disk, number: int) -> bytes:
    """Return the bytes of a segment; none where a compressed one is damaged.

    Raises:
        FileNotFoundError: There is neither a plain nor a compressed file.
    """
    try:
        return disk.read(segment_name(number))
    except FileNotFoundError:
        packed = disk.read(segment_name(number) + _PACKED)
    try:
        return lzma.decompress(packed)
    except lzma.LZMAError:
        return b""


def read_front(disk: Disk, number: int, length: int) -> bytes:
    """Return the first `length` bytes of a segment, or what there is.

    Of a damaged compressed one there are none.

    Raises:
        FileNotFoundError: There is neither a plain nor a compressed file.
    """
    try:
        return disk.read(segment_name(number), length)
    except FileNotFoundError:
        packed = disk.read(segment_name(number) + _PACKED)
    try:
        return lzma.LZMADecompressor().decompress(packed, length)
    except lzma.LZMAError:
        return b""


def compress_segment(disk: Disk, number: int, is_stopped: Callable[[], bool]) -> bool:
    """Replace one finished, durable segment by its compressed form.

    Returns False where it was stopped, or would not read back; the segment then stays plain.
    Crash-safe and repeatable. Raises OSError when the disk fails; the plain segment is then still there.
    """
    data = disk.read(segment_name(number))
    first = decode(data, 0)
    if first is None:
        return False
    previous = HEADER.unpack_from(data)[-1]
    end = max((found.end for found in walk(data, 0, first.seq - 1, previous)), default=0)
    if used_bytes(data, end):
        return False
    packer = lzma.LZMACompressor(preset=_PRESET)
    parts: list[bytes] = []
    for offset in range(0, end, _CHUNK_BYTES):
        if is_stopped():
            return False
        parts.append(packer.compress(data[offset : min(offset + _CHUNK_BYTES, end)]))
    packed = b"".join([*parts, packer.flush()])
    if lzma.decompress(packed) != data[:end]:
        return False
    disk.replace(segment_name(number) + _PACKED, packed)
    disk.remove(segment_name(number))
    return True


class Compressor:
    """Compresses old segments, in a thread of its own or in the caller's.

    May be stopped at any moment.
    """

    def __init__(
        self, disk: Disk, *, is_on: bool, is_background: bool, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin idle; one that is not `is_on` stays so. `now_s` gives seconds that only grow."""
        self._disk = disk
        self._is_on = is_on
        self._is_background = is_background
        self._now_s = now_s
        self._newest = self._followed = 0
        self._since = 0.0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.failure: str | None = None
        """Why the last attempt failed; the log itself is not harmed by it."""

    def follow(self, newest: int) -> None:
        """Compress what is older than the two newest segments, once for each new `newest`.

        In a thread of its own it begins once the log has been calm. All segments before `newest` must be finished and
        durable.
        """
        if newest == self._followed or not self._is_on:
            return
        if newest != self._newest:
            self._newest, self._since = newest, self._now_s()
        if self._is_background and self._now_s() - self._since < CALM_S:
            return
        self._followed = newest
        if not self._is_background:
            self.run()
        elif self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self.run, name="journal-compressor", daemon=True)
            self._thread.start()

    def run(self) -> None:
        """Compress, in the caller's thread, what is older than the two newest segments."""
        try:
            for number, name in segment_names(self._disk).items():
                if number > self._newest - PLAIN_NEWEST or self._stopped.is_set():
                    return
                if not name.endswith(_PACKED):
                    compress_segment(self._disk, number, self._stopped.is_set)
        except OSError as error:
            self.failure = str(error)

    def stop(self) -> None:
        """End the work in hand, leaving its segment plain, and wait for the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
