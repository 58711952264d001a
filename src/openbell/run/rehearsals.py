"""What became of the rehearsals of kill triggers, by configuration file.

Light: it runs nothing.
"""

from pathlib import Path

import msgspec

FILE = "drills.json"
NAMES = ("command file", "local socket", "kill file", "signal", "guardian", "automatic limit")
"""Every trigger that there is, by its name for people."""

RESTORE = "restore"
"""The rehearsal of a lost disk, kept beside the triggers."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one rehearsal went: when (UTC ns), whether all was as it must be, and what was seen."""

    ts: int
    is_good: bool
    told: str


def record(home: Path, file: str, found: dict[str, Outcome]) -> None:
    """Keep the outcomes of a configuration file's rehearsals beside those of others."""
    known = _all(home)
    known[file] = {**known.get(file, {}), **found}
    draft = home / f".{FILE}.part"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(known)))
    draft.replace(home / FILE)


def outcomes(home: Path, file: str) -> dict[str, Outcome]:
    """Return the latest outcome of each trigger rehearsed with a configuration file."""
    return _all(home).get(file, {})


def _all(home: Path) -> dict[str, dict[str, Outcome]]:
    try:
        return msgspec.json.decode((home / FILE).read_bytes(), type=dict[str, dict[str, Outcome]])
    except FileNotFoundError:
        return {}
