"""An answer over HTTP as data, before anybody says what it means. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.fields import SHOWN

STREAM = "text/event-stream"
_SHORT = ("error", "dropped")
"""Words of a comment that says that something is missing."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: HTTP status, headers in lower case, and the body as data or None.

    That of a stream of events is a list.
    """

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
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        if status < 300 and lower.get("content-type", "").startswith(STREAM):
            body: Any = _told(raw)
        else:
            body = msgspec.json.decode(raw) if raw else None
    except (msgspec.MsgspecError, ValueError):
        shown = raw[:SHOWN].decode("utf-8", "replace")
        if status < 300:
            raise OutcomeUnknown(f"status {status}, not JSON: {shown}") from None
        body = {words: shown}
    return Reply(status=status, headers=lower, body=body)


def _told(raw: bytes) -> list[Any]:
    """Return the data of a stream of server-sent events that has ended.

    Raises:
        OutcomeUnknown: Its server says in a comment that it ends before its end, or that it has left events out.
        ValueError: An event is no JSON.
    """
    found: list[Any] = []
    for block in raw.decode().replace("\r\n", "\n").split("\n\n"):
        lines = block.split("\n")
        if said := next((line for line in lines if line.startswith(":") and any(one in line for one in _SHORT)), ""):
            raise OutcomeUnknown(f"the stream of events is not whole{said[:SHOWN]}")
        data = "\n".join(line.removeprefix("data:").removeprefix(" ") for line in lines if line.startswith("data:"))
        if data:
            found.append(msgspec.json.decode(data))
    return found
