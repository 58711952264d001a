"""A file that cries where nothing else is heard: what is critical and has reached nobody.

It lies in the state beside the journal, so that whoever looks at the machine, or a check that looks for it, finds it.
"""

import sqlite3
from pathlib import Path

from openbell.core.types import NS
from openbell.edges.alerts.outbox import NAME as OUTBOX
from openbell.edges.alerts.outbox import Outbox, Row
from openbell.files import write_whole
from openbell.report.figures import utc

NAME = "SIREN"
AFTER_NS = 60 * NS
"""So long a message that is critical may be on its way."""
_UNHEARD = (
    "level = 'critical' and acked = 0 and wall <= ? and exists (select 1 from carries where alert = alerts.id)"
    " and not exists (select 1 from carries join posts on posts.id = carries.post"
    " where carries.alert = alerts.id and posts.state = 'sent')"
)


def unheard(outbox: Outbox, now: int) -> list[Row]:
    """Return what is critical, was meant for a channel, and nobody heard by `now` (UTC ns)."""
    return outbox.history.rows(_UNHEARD, (now - AFTER_NS,))


def count(folder: Path, now: int) -> int | None:
    """Return how many critical messages of a state have reached nobody by `now` (UTC ns).

    None where that cannot be read: whoever asks goes on without it, and says so.
    """
    if not (folder / OUTBOX).exists():
        return 0
    try:
        with Outbox(folder) as outbox:
            return len(unheard(outbox, now))
    except (sqlite3.Error, OSError):
        return None


def words(number: int | None, name: str) -> str:
    """Return how that is said of a state."""
    if number is None:
        return f"{name}/{OUTBOX} cannot be read, so nobody may have been told of anything: openbell alerts list {name}"
    told = "1 critical message has" if number == 1 else f"{number} critical messages have"
    return f"{told} reached nobody: openbell alerts list {name}"


def sound(outbox: Outbox, folder: Path, now: int) -> bool:
    """Write the file where something is unheard, else take it away; say whether it lies there."""
    rows, path = unheard(outbox, now), folder / NAME
    if not rows:
        path.unlink(missing_ok=True)
        return False
    lines = [f"{utc(row.ts)} {row.title}\n{row.text}\n" for row in rows]
    text = f"{words(len(rows), folder.name)}\n\n" + "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text.encode())
    return True
