"""The writer's side of the log: append, commit, and what happens when the disk fails.

Records are encoded by the appending thread and wait in memory for the next group. A group is written and synced by
whoever needs it first: a thread in `commit`, or the writer thread, which comes by every 20 ms or at 256 KiB. One lock
(`_io`) makes that a single writer at a time; those who wait for it find their records durable. `_lock` guards the
memory and is held for microseconds. `_io` is always taken before `_lock`.
"""

import errno
import threading
import time
from collections.abc import Callable

import msgspec

from openbell.core.types import require
from openbell.edges.journal.beat import Beat
from openbell.edges.journal.compress import Compressor, segment_name
from openbell.edges.journal.disk import Disk, DiskFailed, DiskFull
from openbell.edges.journal.head import Head, HeadKeeper
from openbell.edges.journal.lease import check_lease
from openbell.edges.journal.record import encode
from openbell.edges.journal.reserve import Reserve
from openbell.edges.journal.scan import Place
from openbell.edges.journal.segments import Segments
from openbell.edges.journal.snapshots import Snapshot, prune_snapshots, read_snapshot, snapshot_name, write_snapshot

GROUP_BYTES = 256 << 10
"""Records waiting beyond this many bytes are written without being asked for."""
BUFFER_BYTES = 8 << 20
"""Records waiting beyond this many bytes make `append` wait for the disk."""
ROOM_S = 1.0
"""A full disk is asked for room again after this many seconds."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a log is written. The defaults are for live use; sizes in bytes."""

    segment_bytes: int = 64 << 20
    reserve_bytes: int = 1 << 20
    is_background: bool = True
    """False does all work in the calling thread: for backtests and simulated disks, which must repeat exactly."""
    is_compressing: bool = True
    now_s: Callable[[], float] = time.monotonic
    """Seconds that only grow; paces the head file."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Where a writer begins; the log up to here is durable."""

    seq: int
    digest: bytes
    """Chain hash after `seq`, 32 bytes."""
    place: Place
    head_seq: int
    """Seq that the head file names; -1 for no file."""
    epoch: int
    snapshots: tuple[int, ...]


class Journal:
    """The log, open for writing.

    Made by `open_journal`; all methods may be called from any thread.

    Attributes (read only):
        seq: Last seq given out; not yet durable.
        head_hash: Chain hash after it, 32 bytes.
        durable_seq: Last seq that is durable. It never moves again after a failure, not even for the reserve.
        epoch: This writer's lease. reserve_bytes: Room for the last words after a failure.
        failed: Why the log takes no more records; None while it does.
        is_full: True while there is no room for the next segment. Records are taken until this one ends; the caller
            should add no risk. Room is looked for again once a second.
    """

    def __init__(self, disk: Disk, options: Options, start: Start) -> None:
        """Continue the log at `start`."""
        self.seq, self.head_hash, self.durable_seq = start.seq, start.digest, start.seq
        self.epoch = start.epoch
        self.reserve_bytes = options.reserve_bytes
        self.failed: str | None = None
        self.is_full = False
        self._disk, self._options = disk, options
        self._io, self._lock = threading.Lock(), threading.RLock()
        self._segments = Segments(disk, options.segment_bytes)
        self._number, self._offset = start.place.number, start.place.offset
        self._limit = 0  # Nothing fits before `_make_room` has allocated: opening alone must not touch the log.
        self._chunks: list[bytes] = []
        # What waits to be written: (segment, offset, records); the last group's records are `_chunks`.
        self._groups = [(self._number, self._offset, self._chunks)]
        self._buffered = 0
        self._most_waiting = BUFFER_BYTES if options.is_background else GROUP_BYTES
        self._anchor = Head(start.seq, start.digest, start.epoch)
        self._heads = HeadKeeper(disk, start.head_seq, options.now_s)
        self._room_at = 0.0
        self._reserve: Reserve | None = None
        self._snapshots = list(start.snapshots)
        self._is_closed = False
        self._synced = 0  # Segment of the last record synced here; 0 for none.
        self._compressor = Compressor(
            disk, is_on=options.is_compressing, is_background=options.is_background, now_s=options.now_s
        )
        self._beat = Beat(self._work) if options.is_background else None

    def append(self, payload: bytes) -> int:
        """Take one record and return its seq; it is durable only after `commit`.

        Waits for the disk only when 8 MiB are waiting already, or for a new segment that was not made ahead.

        Args:
            payload: Opaque bytes; at most a segment less 64.

        Raises:
            DiskFull: No room for the next segment; nothing was taken.
            DiskFailed: The log has failed or is closed.
            ValueError: The payload fits no segment.
        """
        with self._lock:
            record, digest = encode(payload, self.seq + 1, self.durable_seq, self.head_hash)
            size = len(record)
            if self._offset + size > self._limit:
                self._make_room(size)
            self._chunks.append(record)
            self._offset += size
            self._buffered += size
            self.head_hash = digest
            self.seq = seq = self.seq + 1
        if self._buffered > self._most_waiting:
            with self._io:
                self._flush()
        elif self._beat is not None and (self._beat.is_idle or self._buffered > GROUP_BYTES):
            self._beat.wake(now=self._buffered > GROUP_BYTES)
        return seq

    def commit(self, seq: int) -> None:
        """Return when every record up to `seq` is durable.

        Raises:
            DiskFailed: It is not, and never will be confirmed: the disk has failed.
            ValueError: No such record was appended.
        """
        if self.durable_seq >= seq:
            return
        if seq > self.seq:
            raise ValueError(f"seq {seq} was not appended")
        with self._io:
            if self.durable_seq < seq:
                self._flush()
        if self.durable_seq < seq:
            raise DiskFailed(self.failed or "the log is closed")
        if self._beat is None:
            self._keep_up()

    def append_reserve(self, payload: bytes) -> int:
        """Save one record in the reserve, durably, and return its seq; for cancels and exits only.

        The first call ends the log itself: the reserve continues behind the last durable record, and whatever else
        was appended is superseded when the log is opened again. A healthy rest of a full log is made durable first.

        Raises:
            DiskFailed: The reserve is used up or failed too.
            InvariantError: The log is healthy.
        """
        require(self.failed or self.is_full, "reserve used on a healthy log")
        with self._io:
            if self._is_closed:
                raise DiskFailed("the log is closed")
            if self._reserve is None:
                self._flush()
                self._fail("the log is full and its reserve in use")
                self._reserve = Reserve(self._disk, self._options.reserve_bytes, self._anchor)
            return self._reserve.append(payload)

    def durable_head(self) -> Head:
        """Return the last durable point, records in the reserve included."""
        return self._reserve.last if self._reserve else self._anchor

    def snapshot(self, body: bytes, seq: int) -> None:
        """Keep `body` as the state after `seq`, the last one; makes the log durable first.

        Raises:
            DiskFailed: The log or the snapshot could not be made durable.
            ValueError: `seq` is not the last seq.
        """
        with self._lock:
            digest = self.head_hash
            if seq != self.seq:
                raise ValueError(f"a snapshot of seq {seq} was offered at seq {self.seq}")
        self.commit(seq)
        try:
            self._heads.put(self._anchor)
            write_snapshot(self._disk, Snapshot(seq, digest, body))
            self._snapshots = prune_snapshots(self._disk, [*(old for old in self._snapshots if old != seq), seq])
        except OSError as error:
            self._suffer(error)
            raise DiskFailed(f"snapshot at seq {seq}: {error}") from error

    def latest_snapshot(self) -> tuple[int, bytes] | None:
        """Return (seq, body) of the newest snapshot that counts, None for none."""
        for seq in reversed(self._snapshots):
            found = read_snapshot(self._disk, snapshot_name(seq))
            if found is not None:
                return seq, found.body
        return None

    def check_lease(self) -> None:
        """Do nothing while this lease is the latest; raises Fenced when another took over."""
        check_lease(self._disk, self.epoch)

    def close(self) -> None:
        """Make everything durable, give back unused room, and let go of the directory. Repeatable.

        Raises:
            DiskFailed: The last records could not be made durable now; everything is let go all the same.
        """
        if self._is_closed:
            return
        self._is_closed = True
        had_failed = self.failed is not None
        if self._beat is not None:
            self._beat.stop()
        self._compressor.stop()
        with self._io:
            self._flush()
            try:
                if self.failed is None:
                    self._heads.put(self._anchor)
                    self._segments.trim(self._number, self._offset)
            except OSError as error:
                self._suffer(error)
            failed = self.failed
            self._fail("the log is closed")
        self._disk.close()
        if failed is not None and not had_failed:
            raise DiskFailed(failed)

    def _make_room(self, size: int) -> None:
        """Let the next record of `size` bytes fit: allocate this segment or go on to the next. Holds `_lock`."""
        if self.failed is not None:
            raise DiskFailed(self.failed)
        capacity = self._segments.size
        if size > capacity:
            raise ValueError(f"a record of {size} bytes fits no segment of {capacity}")
        fits = self._offset + size <= capacity
        try:
            self._segments.ensure(self._number if fits else self._number + 1)
        except OSError as error:
            self._suffer(error)
            raise (DiskFull if error.errno in _NO_ROOM else DiskFailed)(str(error)) from error
        self._limit = capacity
        if not fits:
            self.is_full = False
            self._number, self._offset, self._chunks = self._number + 1, 0, []
            self._groups.append((self._number, 0, self._chunks))

    def _flush(self) -> None:
        """Write and sync all waiting records; a failure is kept in `failed`. Holds `_io`."""
        with self._lock:
            groups, self._chunks, self._buffered = self._groups, [], 0
            self._groups = [(self._number, self._offset, self._chunks)]
            anchor = Head(self.seq, self.head_hash, self.epoch)
        if self.failed is not None:
            return
        try:
            for number, begin, chunks in groups:
                if chunks:
                    self._disk.write(segment_name(number), begin, b"".join(chunks))
                    self._disk.sync(segment_name(number))
        except OSError as error:
            # Never retried: after a failed sync the kernel may report the next one as good with the pages lost.
            self._fail(str(error))
            return
        self._anchor = anchor
        self.durable_seq = anchor.seq
        self._synced = groups[-1][0]

    def _work(self) -> bool:
        """Do the writer thread's round and return whether another is due."""
        with self._io:
            self._flush()
        self._keep_up()
        return self.failed is None and self._heads.seq < self.seq

    def _keep_up(self) -> None:
        """Allocate the next segment when this one is half full, and write the head file when it is due."""
        following = self._number + 1
        is_half = self._offset * 2 >= self._segments.size and not self._segments.has(following)
        is_tried = self.is_full and self._options.now_s() - self._room_at < ROOM_S
        try:
            if is_half and not is_tried and self.failed is None:
                self._segments.ensure(following)
                self.is_full = False
            if self.failed is None:
                self._heads.put_when_due(self._anchor)
                # Only behind a synced record: what still waits in memory may belong to an earlier segment.
                self._compressor.follow(self._synced)
        except OSError as error:
            self._suffer(error)

    def _suffer(self, error: OSError) -> None:
        """Take note of a failure beside the log's own writes: no room is `is_full`, all else is `failed`."""
        if error.errno in _NO_ROOM:
            self.is_full = True
            self._room_at = self._options.now_s()
        else:
            self._fail(str(error))

    def _fail(self, reason: str) -> None:
        with self._lock:
            self.failed = self.failed or reason
            self._limit = 0
            self._chunks.clear()
            self._groups.clear()
            self._buffered = 0
