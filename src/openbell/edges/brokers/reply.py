"""An answer over HTTP as data, before anybody says what it means. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.fields import SHOWN


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: HTTP status, headers in lower case, and the body as data or None."""

    status: int
    headers: Mapping[str, str] = {}
    body: Any = None


def read(status: int, headers: Mapping[str, str], raw: bytes, words: str) -> Reply:
    """Return an answer as data.

    Args:
        status: Of HTTP.
        headers: As they came.
        raw: The body.
        words: The field in which the vendor says why: a refusal that is no data has it alone.

    Raises:
        OutcomeUnknown: It says that all is well, and cannot be read: somebody else has answered.
    """
    try:
        body = msgspec.json.decode(raw) if raw else None
    except (msgspec.MsgspecError, ValueError):
        shown = raw[:SHOWN].decode("utf-8", "replace")
        if status < 300:
            raise OutcomeUnknown(f"status {status}, not JSON: {shown}") from None
        body = {words: shown}
    return Reply(status=status, headers={name.lower(): value for name, value in headers.items()}, body=body)
