"""One record of the log as bytes, and the walk along a chain of them.

A record is `magic | length | crc32 | reserved | seq | durable | previous SHA-256 | payload`, little-endian, padded with
zeros to a multiple of 8. The CRC covers everything behind its own field; the chain hash covers header and payload, not
the padding. Everything here is pure.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

MAGIC = b"OBJ1"
HEADER = struct.Struct("<4sIIIQQ32s")
HEADER_BYTES = HEADER.size
ALIGN = 8
"""Every record begins at a multiple of this many bytes."""
GENESIS = bytes(32)
"""What the first record names as the hash of the record before it."""
_FRONT = struct.Struct("<4sII")
_COVERED = struct.Struct("<IQQ32s")
_CRC_FROM = _FRONT.size
_SEQ_AT = _FRONT.size + 4
_PADDING = tuple(bytes(count) for count in range(ALIGN))


class Found(NamedTuple):
    """A valid record inside a block of bytes; all offsets in bytes from the block's beginning."""

    seq: int
    durable: int
    start: int
    stop: int
    """End of the payload."""
    end: int
    """End of the padding: where the next record begins."""
    digest: bytes
    """Chain hash after this record, 32 bytes."""


def encode(payload: bytes, seq: int, durable: int, previous: bytes) -> tuple[bytes, bytes]:
    """Return one padded record and the chain hash after it.

    Args:
        payload: Opaque bytes, shorter than 4 GiB.
        seq: Number of this record, from 1.
        durable: Last seq known to be on the disk now; 0 for none.
        previous: Chain hash after the record before, 32 bytes.
    """
    length = len(payload)
    covered = _COVERED.pack(0, seq, durable, previous) + payload
    record = _FRONT.pack(MAGIC, length, zlib.crc32(covered)) + covered
    return record + _PADDING[-length % ALIGN], hashlib.sha256(record).digest()


def decode(data: bytes, offset: int) -> Found | None:
    """Return the record at `offset`, None where no whole one with a right CRC begins.

    Neither its place in a chain nor its hash is looked at: `digest` is empty.
    """
    if offset + HEADER_BYTES > len(data):
        return None
    magic, length, crc, reserved, seq, durable, _ = HEADER.unpack_from(data, offset)
    stop = offset + HEADER_BYTES + length
    end = stop + -length % ALIGN
    if magic != MAGIC or reserved or end > len(data) or zlib.crc32(data[offset + _CRC_FROM : stop]) != crc:
        return None
    return Found(seq, durable, offset, stop, end, b"")


def walk(data: bytes, offset: int, seq: int, digest: bytes) -> Iterator[Found]:
    """Yield the valid records from `offset` on, and end before the first that is not.

    A record is valid when magic, CRC and zero padding are right, its seq is one more than the one before, it claims no
    later seq than its predecessor to be durable, and it names its predecessor's hash.

    Args:
        data: A whole segment, or its used part.
        offset: Where the first record begins.
        seq: Last seq before it; 0 at the log's beginning.
        digest: Chain hash after `seq`.
    """
    unpack, crc32, sha256, total = HEADER.unpack_from, zlib.crc32, hashlib.sha256, len(data)
    while offset + HEADER_BYTES <= total:
        magic, length, crc, reserved, number, durable, previous = unpack(data, offset)
        stop = offset + HEADER_BYTES + length
        end = stop + -length % ALIGN
        if magic != MAGIC or number != seq + 1 or previous != digest or reserved or durable > seq or end > total:
            return
        whole = data[offset:stop]
        if crc32(whole[_CRC_FROM:]) != crc or (stop != end and any(data[stop:end])):
            return
        digest = sha256(whole).digest()
        yield Found(number, durable, offset, stop, end, digest)
        seq, offset = number, end


def place_of(data: bytes, seq: int) -> int:
    """Return where the record `seq` begins, 0 where there is none.

    It is told by its number and its right CRC. Neither what lies before nor its chain is looked at.
    """
    number = seq.to_bytes(8, "little")
    at = _SEQ_AT
    while seq > 0 and (at := data.find(number, at)) >= 0:
        found = decode(data, at - _SEQ_AT) if at % ALIGN == 0 else None
        if found is not None and found.seq == seq:
            return found.start
        at += 1
    return 0


def find_later(data: bytes, offset: int) -> Iterator[Found]:
    """Yield each record with a right CRC at or behind `offset`, whatever its chain.

    Only multiples of 8 are looked at.
    """
    while (offset := data.find(MAGIC, offset)) >= 0:
        found = decode(data, offset) if offset % ALIGN == 0 else None
        if found is None:
            offset += 1
        else:
            # What lies inside a whole record is its payload, even where it looks like a record.
            yield found
            offset = found.end


def used_bytes(data: bytes, offset: int = 0) -> bytes:
    """Return `data` from `offset` up to its last byte that is not zero."""
    return data[offset:].rstrip(b"\0")
