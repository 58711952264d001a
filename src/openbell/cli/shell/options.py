"""Options that several verbs share, and the values they are written in."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from openbell.cli.shell.failure import Wrong
from openbell.core.types import NS

File = Annotated[Path, typer.Argument(metavar="FILE", help="Configuration file (YAML).", show_default=False)]
StateWord = Annotated[
    Path | None,
    typer.Argument(metavar="[STATE]", help="State directory; default: the one written last.", show_default=False),
]
StateOption = Annotated[
    Path | None, typer.Option("--state", metavar="DIR", help="State directory.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object; money is text.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR|FILE", help="Recorded bars (Parquet or CSV) instead of the file's source.",
        show_default=False,
    ),
]  # fmt: skip
Choose = Annotated[
    str | None,
    typer.Option(
        "--source", metavar="TEXT", help="Where files of --data overlap: take those with TEXT in their names.",
        show_default=False,
    ),
]  # fmt: skip
Speed = Annotated[
    str | None,
    typer.Option("--speed", metavar="max|60x", help="Times the clock, or as fast as possible.", show_default=False),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="No event after this: 2024-07-03T16:00Z, or a date for its end; UTC.",
        show_default=False,
    ),
]  # fmt: skip
Report = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Where the HTML report goes.", show_default=False)
]
Mode = Annotated[
    str | None,
    typer.Option(
        "--mode", metavar="sim|dry_run", help="Where orders go, instead of the file's mode.", show_default=False
    ),
]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)x$")


def parse_speed(text: str) -> float | None:
    """Return a speed as a multiple of the clock, None for `max`.

    Raises:
        Wrong: It is neither `max` nor a number above 0 with an x behind it.
    """
    if text.strip().lower() == "max":
        return None
    match = _SPEED.match(text.strip().lower())
    factor = float(match[1]) if match else 0.0
    if factor <= 0.0:
        number = text.strip().removesuffix("x")
        meant = f"{number}x" if number.replace(".", "", 1).isdigit() and float(number) > 0 else "60x"
        raise Wrong(f"--speed: {text!r} is not a speed", f"write --speed {meant}, or --speed max")
    return factor


def parse_until(text: str) -> int:
    """Return an instant in UTC ns; a date alone stands for its end.

    Raises:
        Wrong: It is neither an ISO date nor an ISO date-time.
    """
    try:
        if len(text) == len("2024-07-03"):
            return _ns(datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC))
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"--until: {text!r} is not a time", "write it like 2024-07-03T16:00Z or 2024-07-03") from None
    return _ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def parse_since(text: str) -> int:
    """Return an instant in UTC ns; a date alone stands for its beginning.

    Raises:
        Wrong: It is neither an ISO date nor an ISO date-time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"--since: {text!r} is not a time", "write it like 2024-07-03T10:00Z or 2024-07-03") from None
    return _ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def parse_zone(name: str) -> tzinfo:
    """Return a time zone by its name.

    Raises:
        Wrong: There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong(f"--zone: there is no zone {name!r}", "write it like America/New_York or UTC") from None


def parse_at(text: str, zone: tzinfo, session: str) -> int:
    """Return an instant in UTC ns.

    Args:
        text: `10:35`, `10:35:20`, or an ISO date-time.
        zone: Of a time that names none.
        session: ISO date that a bare time of day belongs to.

    Raises:
        Wrong: It is none of these.
    """
    try:
        if re.match(r"^\d{1,2}:\d{2}(:\d{2})?$", text):
            clock = time.fromisoformat(text.rjust(len("10:35:20") if text.count(":") > 1 else len("10:35"), "0"))
            moment = datetime.combine(date.fromisoformat(session), clock, zone)
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"--at: {text!r} is not a time", "write 10:35, or 2024-07-03T10:35") from None
    return _ns(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _ns(moment: datetime) -> int:
    span = moment - _EPOCH
    return (span.days * 86400 + span.seconds) * NS + span.microseconds * 1000


def shown_time(ts: int, zone: tzinfo = UTC) -> str:
    """Return an instant (UTC ns) as text with its zone, to the second."""
    moment = datetime.fromtimestamp(ts // NS, tz=zone)
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"
