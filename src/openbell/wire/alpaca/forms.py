"""Numbers, instants and ids as the vendor writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from openbell.core.events import Schedule
from openbell.core.types import NS

Json = dict[str, Any]
NEW_YORK = ZoneInfo("America/New_York")
PRE_H, POST_H = 4, 20
"""Where the hours before and behind a session begin and end, New York."""
_SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
"""A price that a client sends as a JSON number keeps its digits."""


def parse(raw: bytes) -> Any:
    """Return JSON as data, numbers with a point as `Decimal`.

    Raises:
        msgspec.MsgspecError: It is no JSON.
    """
    return _DECODER.decode(raw)


def identity(*words: str) -> str:
    """Return the id (a UUID) of what these words name; the same words give the same id."""
    return str(uuid5(_SPACE, "/".join(words)))


def instant(ns: int) -> str:
    """Return an instant (UTC ns) as RFC 3339 with as many digits as it has."""
    whole, rest = divmod(ns, NS)
    text = (_EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{rest:09d}".rstrip("0")
    return f"{text}.{digits}Z" if digits else f"{text}Z"


def maybe_instant(ns: int) -> str | None:
    """Return an instant as text, None for 0: it has not been yet."""
    return instant(ns) if ns else None


def parse_instant(text: str) -> int:
    """Return an instant or a date (its beginning, UTC) in ns.

    Raises:
        ValueError: It is neither.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * NS + since.microseconds * 1000


def number(x: Decimal) -> str:
    """Return a number as plain decimal text: no exponent, no zeros at its end."""
    text = f"{x:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def maybe_number(x: Decimal | None) -> str | None:
    """Return a number as text, None for None."""
    return None if x is None else number(x)


def at_hour(session: Schedule, hour: int) -> int:
    """Return when a full hour of a session's day begins in New York, UTC ns."""
    day = datetime.fromtimestamp(session.open // NS, UTC).astimezone(NEW_YORK)
    return int(day.replace(hour=hour, minute=0, second=0).timestamp()) * NS


def packed_instant(ns: int) -> msgspec.msgpack.Ext:
    """Return an instant as msgpack's own kind of time stamp, to the nanosecond."""
    whole, rest = divmod(ns, NS)
    return msgspec.msgpack.Ext(-1, rest.to_bytes(4, "big") + whole.to_bytes(8, "big", signed=True))


def first(query: Mapping[str, str], name: str, default: str = "") -> str:
    """Return a parameter of a query, `default` where it is missing or empty."""
    return query.get(name) or default
