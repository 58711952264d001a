"""Sessions by calendar: who looks them up needs no bars."""

from collections.abc import Callable, Sequence
from pathlib import Path

from openbell.core.events import Schedule
from openbell.edges.calendars import sessions as calendar_sessions
from openbell.schema import PartConfig

SessionsOf = Callable[[str, int, int], Sequence[Schedule]]
"""(calendar, start, end in UTC ns) -> its `Schedule` events that touch [start, end)."""


def sessions_of(overrides: dict[str, PartConfig], cache: Path | None) -> SessionsOf:
    """Return the look-up of sessions by calendar, with the user's overrides."""

    def look_up(calendar: str, start: int, end: int) -> Sequence[Schedule]:
        corrections = overrides.get(calendar)
        return calendar_sessions(calendar, start, end, corrections, cache)  # type: ignore[arg-type]  # overrides hold the calendars' own Config

    return look_up
