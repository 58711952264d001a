"""Open the log for writing: judge it, repair what a crash left, hand over the writer.

What wins when a log is opened again:

1. Damage (see `scan`) wins over everything: `JournalDamaged`, nothing is changed.
2. Records in the reserve name the record they follow, the last that was durable when the log failed. The log is cut
   behind that one (the bytes are kept in a side file), the reserve's records are moved into it, then the reserve is
   made anew.
3. Otherwise every valid record counts, durable or not; a torn tail behind them is cut and kept in a side file.

Each step can be repeated after a crash in its middle: side files come before the cut, and the reserve goes only after
its records are durable in the log. Valid records that nothing proves durable are written again and synced, because
after a failed sync or a crash what is read back may stand in the system's cache only.
"""

from pathlib import Path

import msgspec

from openbell.edges.journal.compress import read_segment, segment_name, segment_names
from openbell.edges.journal.disk import Disk, OsDisk
from openbell.edges.journal.head import Head, write_head
from openbell.edges.journal.lease import take_lease
from openbell.edges.journal.record import decode, find_later
from openbell.edges.journal.reserve import RESERVE, make_reserve, torn_reserve
from openbell.edges.journal.scan import Inspection, JournalDamaged, Place, Rest, inspect
from openbell.edges.journal.writer import Journal, Options, Start

_PACKED = ".xz"


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What opening found and did."""

    seq: int
    """Last seq of the log, 0 for a new one."""
    head_hash: bytes
    """Chain hash after it, 32 bytes."""
    epoch: int
    torn: tuple[str, ...]
    """Side files with bytes cut from the log now."""
    joined: int
    """Records moved from the reserve into the log."""
    skipped: tuple[str, ...]
    """Snapshots that do not count: damaged, or not of this log."""
    is_headless: bool
    """True when a log with records had no head file, so that nothing vouches for its end."""


def open_journal(where: Disk | Path | str, options: Options | None = None) -> tuple[Journal, Opened]:
    """Become the writer of the log at `where`, made if it is missing.

    Args:
        where: A directory, or a disk.
        options: Sizes and manner; None for those of live use.

    Raises:
        AlreadyRunning: Another process writes it.
        JournalDamaged: Durable records are lost or altered; nothing was changed.
        OSError: The disk failed; opening may be tried again.
    """
    options = options or Options()
    disk: Disk = OsDisk(where) if isinstance(where, Path | str) else where
    disk.lock()
    is_open = False
    try:
        journal, opened = _open(disk, options)
        is_open = True
    finally:
        if not is_open:
            disk.close()
    return journal, opened


def _open(disk: Disk, options: Options) -> tuple[Journal, Opened]:
    found = inspect(disk)
    epoch = take_lease(disk)
    torn = _cut(disk, found)
    place = _join_reserve(disk, found, options.segment_bytes) if found.saved else _place(disk, found.scan.end)
    if found.saved is None:
        _settle(disk, found)
    last = found.last
    if RESERVE not in disk.names() or found.saved is not None or torn_reserve(disk, None):
        make_reserve(disk, options.reserve_bytes)
    if found.head is None:
        # After the reserve is empty: a head beyond the record that the reserve follows would look like lost records.
        write_head(disk, Head(last.seq, last.digest, epoch))
    start = Start(
        seq=last.seq,
        digest=last.digest,
        place=place,
        head_seq=found.head.seq if found.head else last.seq,
        epoch=epoch,
        snapshots=found.snapshots,
    )
    opened = Opened(
        seq=last.seq,
        head_hash=last.digest,
        epoch=epoch,
        torn=torn,
        joined=last.seq - found.scan.seq,
        skipped=found.skipped,
        is_headless=found.head is None and last.seq > 0,
    )
    return Journal(disk, options, start), opened


def _cut(disk: Disk, found: Inspection) -> tuple[str, ...]:
    """Cut what follows the valid chain, and the torn end of the reserve, into side files; return their names."""
    scan, saved = found.scan, found.saved
    rests = list(scan.rests)
    moved = saved.data if saved else b""
    if len(rests) == 1 and moved.startswith(rests[0].data) and moved:
        # The reserve's records themselves, from a move that a crash ended: nothing of it is lost by the cut.
        side: list[Rest] = []
    else:
        side = rests
    kept = [_keep(disk, scan.seq + 1, rest.data) for rest in side]
    loose = torn_reserve(disk, saved)
    if loose:
        kept.append(_keep(disk, found.last.seq + 1, loose))
    names = segment_names(disk)
    for rest in reversed(rests):
        if names[rest.number].endswith(_PACKED):
            raise JournalDamaged(names[rest.number], rest.offset, scan.seq + 1, "a compressed segment was durable")
        if rest.offset:
            disk.truncate(names[rest.number], rest.offset)
        else:
            disk.remove(names[rest.number])
    return tuple(kept)


def _keep(disk: Disk, seq: int, data: bytes) -> str:
    """Write `data` to a side file, unless one with the same bytes is there already, and return its name."""
    count = 1
    while (name := f"torn-{seq}-{count}.bin") in disk.names():
        if disk.read(name) == data:
            return name
        count += 1
    disk.replace(name, data)
    return name


def _place(disk: Disk, end: Place) -> Place:
    """Return where to go on: never inside a compressed segment."""
    packed = segment_names(disk).get(end.number, "").endswith(_PACKED)
    return Place(end.number + 1, 0) if packed else end


def _settle(disk: Disk, found: Inspection) -> None:
    """Write again and sync the valid records that nothing proves durable."""
    scan = found.scan
    proven = max(scan.proven, found.head.seq if found.head else 0)
    number, stop = scan.end.number, scan.end.offset
    while scan.seq > proven and number > 0:
        data = read_segment(disk, number)
        first = decode(data, 0)
        name = segment_name(number)
        if first is None or segment_names(disk)[number] != name:
            return
        loose = [item.start for item in find_later(data[: stop or len(data)], 0) if item.seq > proven]
        if loose:
            end = stop or len(data.rstrip(b"\0"))
            disk.write(name, loose[0], data[loose[0] : end])
            disk.sync(name)
        if first.seq <= proven + 1:
            return
        number, stop = number - 1, 0


def _join_reserve(disk: Disk, found: Inspection, capacity: int) -> Place:
    """Write the reserve's records behind the log, durably, and return the log's new end."""
    saved = found.saved
    place = _place(disk, found.scan.end)
    if saved is None:
        return place
    for item in find_later(saved.data, 0):
        if place.offset + item.end - item.start > capacity:
            place = Place(place.number + 1, 0)
        name = segment_name(place.number)
        disk.create(name, capacity)
        disk.write(name, place.offset, saved.data[item.start : item.end])
        disk.sync(name)
        place = Place(place.number, place.offset + item.end - item.start)
    return place
