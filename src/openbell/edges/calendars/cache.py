"""A JSON file of sessions taken before, so that later starts need no pandas.

Entries carry the package's version and a checksum. Whatever does not fit is as good as absent: the sessions are
taken anew and the file is rewritten.
"""

import hashlib
from datetime import date
from pathlib import Path

import msgspec

from openbell.edges.calendars.exchange import Extract
from openbell.files import SHARED, write_whole

FORMAT = 1


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions of one calendar, as taken from version `package` of the calendar package."""

    calendar: str
    package: str
    extract: Extract


class Cached(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file; `digest` is the SHA-256 of `entries` as JSON."""

    format: int
    digest: str
    entries: tuple[Entry, ...]


def find(path: Path, key: tuple[str, str], span: tuple[date, date]) -> Extract | None:
    """Return the cached sessions that cover `span`, or None.

    Args:
        path: The cache file; it need not exist.
        key: Calendar and version of the package.
        span: First and last date, both included.
    """
    for entry in _read(path):
        known = entry.extract
        if (entry.calendar, entry.package) == key and known.first <= span[0] and span[1] <= known.last:
            return known
    return None


def store(path: Path, key: tuple[str, str], extract: Extract) -> None:
    """Add an extract to the cache file, atomically.

    Entries that it replaces, or of other versions, go.

    Raises:
        OSError: The file cannot be written.
    """
    calendar, package = key
    kept = [entry for entry in _read(path) if entry.package == package and not _is_within(entry, calendar, extract)]
    entries = (*kept, Entry(calendar=calendar, package=package, extract=extract))
    whole = Cached(format=FORMAT, digest=_digest(entries), entries=entries)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.encode(whole), mode=SHARED)


def _is_within(entry: Entry, calendar: str, extract: Extract) -> bool:
    known = entry.extract
    return entry.calendar == calendar and extract.first <= known.first and known.last <= extract.last


def _read(path: Path) -> tuple[Entry, ...]:
    """Return what is in the file; nothing if it is absent, of another format or damaged."""
    try:
        whole = msgspec.json.decode(path.read_bytes(), type=Cached)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return ()
    if whole.format != FORMAT or whole.digest != _digest(whole.entries):
        return ()
    return whole.entries


def _digest(entries: tuple[Entry, ...]) -> str:
    return hashlib.sha256(msgspec.json.encode(entries)).hexdigest()
