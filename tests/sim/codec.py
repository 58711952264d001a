"""The journal's documented bytes and plain hashes. Imports nothing of openbell.

A record is `magic(4) length(u32) crc(u32) reserved(u32) seq(u64) durable(u64) previous(32) payload`, little-endian,
padded with zeros to a multiple of 8. The crc covers everything behind its own field, the chain hash header and
payload. A payload is msgpack: `[event, [effect, ...]]`, each an array that begins with its tag.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

HEADER = struct.Struct("<4sIIIQQ32s")
MAGIC = b"OBJ1"
ALIAS = "R"
"""How an execution's id begins where the broker lists it under another one than it told it by."""
_SEGMENT = re.compile(r"([0-9]{6})\.seg")
_DECODE = msgspec.msgpack.Decoder().decode


class Raw(NamedTuple):
    """One record as it stands in the bytes."""

    seq: int
    durable: int
    digest: bytes
    event: list[Any]
    effects: list[list[Any]]
    end: int
    start: int


def record_at(data: bytes | bytearray, offset: int, *, with_body: bool = True) -> Raw | None:
    """Return the whole, right record at an offset, None where there is none."""
    if offset + HEADER.size > len(data):
        return None
    magic, length, crc, reserved, seq, durable, _ = HEADER.unpack_from(data, offset)
    stop = offset + HEADER.size + length
    if magic != MAGIC or reserved or stop > len(data):
        return None
    whole = bytes(data[offset:stop])
    if zlib.crc32(whole[12:]) != crc:
        return None
    event, effects = _DECODE(whole[HEADER.size :]) if with_body else ([], [])
    return Raw(seq, durable, hashlib.sha256(whole).digest(), event, effects, stop + -length % 8, offset)


def has_records(files: Mapping[str, bytes | bytearray]) -> bool:
    """Return True if a journal of these files begins with a whole record, or shows that it did."""
    first = files.get("000001.seg", b"") or files.get("000001.seg.xz", b"")
    if "000001.seg.xz" in files:
        return True
    return record_at(first, 0, with_body=False) is not None or any(name.startswith("snapshots/") for name in files)


def walk(data: bytes | bytearray, offset: int) -> Iterator[Raw]:
    """Yield the records from an offset on, to the first that is none."""
    while (found := record_at(data, offset)) is not None:
        yield found
        offset = found.end


def segments(files: Mapping[str, bytes | bytearray]) -> list[str]:
    """Return the names of the plain segments in order."""
    return sorted(name for name in files if _SEGMENT.fullmatch(name))


def hash_of(value: Any) -> str:
    """Return a hash of plain values, the same in every process."""
    return hashlib.sha256(msgspec.msgpack.encode(value)).hexdigest()


def walk_places(data: bytes | bytearray) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end of payload, seq) of the records of a segment."""
    offset = 0
    while (found := record_at(data, offset, with_body=False)) is not None:
        yield offset, offset + HEADER.size + HEADER.unpack_from(data, offset)[1], found.seq
        offset = found.end


def head_seq(files: Mapping[str, bytes | bytearray]) -> int:
    """Return the seq that the head file vouches for, 0 where there is none."""
    head = files.get("head")
    return int(msgspec.json.decode(bytes(head))["seq"]) if head else 0


_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def base32(number: int) -> str:
    """Return a number as client ids write it."""
    text = ""
    while number:
        text, number = _DIGITS[number % 32] + text, number // 32
    return text or "0"


def previous_at(data: bytes | bytearray, raw: Raw) -> bytes:
    """Return the hash that a record names as the one before it."""
    return bytes(data[raw.start + 32 : raw.start + HEADER.size])


def forge(data: bytearray, start: int, stop: int) -> None:
    """Make the crc of an altered record fit."""
    data[start + 8 : start + 12] = struct.pack("<I", zlib.crc32(bytes(data[start + 12 : stop])))
