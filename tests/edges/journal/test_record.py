"""One record as bytes, and the walk along a chain."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openbell.edges.journal.record import GENESIS, HEADER_BYTES, decode, encode, find_later, used_bytes, walk


def chain(payloads: list[bytes]) -> bytes:
    """Return the records of `payloads`, one behind the other."""
    out, digest = b"", GENESIS
    for seq, payload in enumerate(payloads, 1):
        record, digest = encode(payload, seq, seq - 1, digest)
        out += record
    return out


def test_header_has_64_bytes_and_records_are_aligned() -> None:
    assert HEADER_BYTES == 64
    assert [len(encode(bytes(size), 1, 0, GENESIS)[0]) for size in (0, 1, 8, 9)] == [64, 72, 72, 80]


def test_digest_is_of_header_and_payload_without_padding() -> None:
    record, digest = encode(b"abc", 1, 0, GENESIS)
    assert digest == hashlib.sha256(record[:67]).digest()


@given(st.lists(st.binary(max_size=50), max_size=8))
@settings(max_examples=50, deadline=None)
def test_walk_returns_what_was_encoded(payloads: list[bytes]) -> None:
    data = chain(payloads)
    found = list(walk(data + bytes(100), 0, 0, GENESIS))
    assert [data[item.start + HEADER_BYTES : item.stop] for item in found] == payloads
    assert [item.seq for item in found] == list(range(1, len(payloads) + 1))


@pytest.mark.parametrize("byte", range(72 + 64 + 3 + 5))
def test_any_changed_byte_ends_the_walk_before_its_record(byte: int) -> None:
    data = bytearray(chain([b"12345678", b"abc"]))
    data[byte] ^= 0x40
    assert len(list(walk(bytes(data), 0, 0, GENESIS))) == (0 if byte < 72 else 1)


def test_walk_ends_at_a_record_that_claims_itself_durable() -> None:
    assert list(walk(encode(b"", 1, 1, GENESIS)[0], 0, 0, GENESIS)) == []


def test_decode_needs_a_whole_record() -> None:
    data = chain([b"abc"])
    assert decode(data, 0) is not None
    assert decode(data[:-1], 0) is None
    assert decode(data[:30], 0) is None


def test_find_later_skips_damage_and_what_lies_inside_payloads() -> None:
    inner = chain([b"inside"])
    data = b"\1" * 16 + b"OBJ1" + b"\1" * 3 + b"OBJ1" + b"\1" * 5 + chain([inner])
    assert [item.start for item in find_later(data, 0)] == [32]


def test_used_bytes_ends_at_the_last_byte_that_is_not_zero() -> None:
    assert used_bytes(b"ab\0c\0\0", 1) == b"b\0c"
