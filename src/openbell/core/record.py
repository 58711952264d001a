"""Records: one event and all effects returned for it, as bytes.

The state of a run is made bytes here too, and so are the hashes of both.

Maps are written in the order in which they were filled, which the events alone decide: the same history gives the same
bytes in every process, whatever its hash seed, zone or locale.
"""

from hashlib import sha256

import msgspec

from openbell.core.book import Truth
from openbell.core.effects import AnyEffect, Effect
from openbell.core.events import AnyEvent, Event
from openbell.core.view import Memory

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[AnyEvent, list[AnyEffect]])


def encode_record(event: Event, effects: list[Effect]) -> bytes:
    """Return an event with its effects as msgpack."""
    return _ENCODER.encode((event, effects))


def decode_record(payload: bytes) -> tuple[Event, list[Effect]]:
    """Return the event and effects of a record.

    Raises:
        msgspec.ValidationError: The payload is no record that this version reads.
    """
    event, effects = _DECODER.decode(payload)
    return event, list(effects)


class Checkpoint(msgspec.Struct, kw_only=True):
    """Everything a run needs to go on from a place in its journal.

    Attributes:
        truth, memory: The two halves of the book. truth_hash, memory_hash: SHA-256 of their canonical encoding.
        venues: State of each in-process venue, by account.
        strategies: Hash of code and options per deployment, as in `Genesis`.
    """

    truth: Truth
    memory: Memory
    truth_hash: bytes
    memory_hash: bytes
    venues: dict[str, bytes] = {}
    strategies: dict[str, str] = {}


_CHECKPOINTS = msgspec.msgpack.Decoder(Checkpoint)


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint as msgpack."""
    return _ENCODER.encode(checkpoint)


def decode_checkpoint(body: bytes) -> Checkpoint:
    """Return a checkpoint.

    Raises:
        msgspec.ValidationError: The body is no checkpoint that this version reads.
    """
    return _CHECKPOINTS.decode(body)


def digest(value: Truth | Memory) -> bytes:
    """Return the SHA-256 of the canonical encoding of a truth or a memory."""
    return sha256(_ENCODER.encode(value)).digest()
