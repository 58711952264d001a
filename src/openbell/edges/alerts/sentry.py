"""Sentry: messages as events of a project, for those who watch errors there.

An event goes to the project's envelope endpoint (develop.sentry.dev, read 2026-11-22). Its id is made of the message's
mark, so that a second try is the same event. The words have been freed of secrets before they come here.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from openbell.core.types import NS
from openbell.edges.alerts.letter import Letter
from openbell.edges.alerts.posting import LONGEST_NS, Post, encoded, post
from openbell.links import reachable
from openbell.schema import PartConfig, Span, Text

_LEVELS = {"info": "info", "warning": "warning", "error": "error", "critical": "fatal"}
LONGEST = 8192
"""Characters of one message."""


class Project(NamedTuple):
    """Where a project's events go, and the public key that lets them in."""

    url: str
    key: str


def project(dsn: str) -> Project:
    """Return what a project's address stands for. Pure.

    Raises:
        ValueError: It is none.
    """
    try:
        parts = urlsplit(dsn)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    path, _, number = parts.path.rstrip("/").rpartition("/")
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host or not parts.username or not number.isdecimal():
        raise ValueError("is no DSN; copy it from the project's settings, Client Keys: https://KEY@HOST/PROJECT")
    shown = f"[{host}]" if ":" in host else host
    return Project(f"{parts.scheme}://{shown}{port}{path}/api/{number}/envelope/", parts.username)


def _dsn(value: str) -> str:
    project(value)
    return value


class Config(PartConfig):
    """Which project gets the messages.

    Attributes:
        dsn: The project's address, from its settings under Client Keys. environment: Under which its page files them;
            by default the mode's own words, such as SIM or LIVE.
        timeout: For one try.
    """

    dsn: Annotated[Text, AfterValidator(reachable), AfterValidator(_dsn)] = Field(examples=['"${SENTRY_DSN}"'])
    environment: Text = ""
    timeout: Annotated[Span, Field(gt=0)] = LONGEST_NS


def targets(config: Config) -> tuple[str, ...]:
    """Return whom a message goes to: the one project."""
    return (config.dsn,)


def envelope(config: Config, letter: Letter) -> bytes:
    """Return a message as Sentry reads it: three lines of JSON, the last the event. Pure."""
    mark = hashlib.sha256(letter.mark.encode()).hexdigest()[:32]
    mode = letter.title.partition("]")[0].lstrip("[") if letter.title.startswith("[") else ""
    event = encoded({
        "event_id": mark,
        "timestamp": datetime.fromtimestamp(letter.ts // NS, tz=UTC).isoformat(),
        "platform": "python",
        "level": _LEVELS[letter.level],
        "logger": f"openbell.{letter.kind}",
        "environment": config.environment or mode or "openbell",
        "message": {"formatted": letter.plain[:LONGEST]},
        "tags": {"event": letter.event, "kind": letter.kind, "state": letter.state},
        "extra": letter.fields,
        # What is one problem there is what happened, and where: its numbers differ each time.
        "fingerprint": [letter.event, letter.fields.get("component", ""), letter.fields.get("key", "")],
    })  # fmt: skip
    head = encoded({"event_id": mark})
    item = encoded({"type": "event", "content_type": "application/json", "length": len(event)})
    return b"\n".join((head, item, event, b""))


async def send(config: Config, letter: Letter, target: str) -> None:
    """Post a message as an event.

    Raises:
        Fault: As its kinds say.
    """
    there = project(target)
    headers = {
        "Content-Type": "application/x-sentry-envelope",
        "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client=openbell, sentry_key={there.key}",
    }
    await post(Post(url=there.url, body=envelope(config, letter), headers=headers, timeout=config.timeout))
