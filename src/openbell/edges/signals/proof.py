"""Who signed a signal, and when: HMAC-SHA256 over its timestamp and its body."""

import hashlib
import hmac
import re

from openbell.core.types import NS

AHEAD_NS = 5 * NS
"""A sender's clock may be ahead of ours by so much."""
_SECONDS = re.compile(r"[0-9]{1,11}")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return how a body is signed at a timestamp, as its header says it. Pure."""
    told = timestamp.encode("utf-8", "surrogateescape") + b"." + body
    return f"sha256={hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()}"


def is_signed(secret: str, timestamp: str, body: bytes, given: str) -> bool:
    """Say whether a header is the signature of a body at a timestamp. Pure."""
    wanted = signature(secret, timestamp, body)
    return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogateescape"))


def instant(timestamp: str) -> int | None:
    """Return a timestamp in whole seconds since 1970 as UTC ns, None where it is none. Pure."""
    return int(timestamp) * NS if _SECONDS.fullmatch(timestamp) else None


def is_of_now(at: int, now: int, max_age: int) -> bool:
    """Say whether what was signed at an instant still holds at `now`. Pure.

    Both are UTC ns, `max_age` is ns.
    """
    return -AHEAD_NS <= now - at <= max_age
