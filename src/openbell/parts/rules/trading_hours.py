"""Entries only in some hours of the day, by the clock of a zone, and not at weekends.

The instrument's own session stands beside it: an entry needs both. Exits and protection are never held back.
"""

from bisect import bisect_right
from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.risk import Scene
from openbell.core.types import NS
from openbell.schema import DAY_S, Hours, PartConfig, format_hours

ID, WHEN, EFFECT, SOURCE = "B26", "before each order", "refuses", "founding documents"
APPLIES = "entry"
WEEK, SATURDAY, THURSDAY = 7, 5, 3
"""Days of a week; Monday is 0. The first of January 1970 was a Thursday."""


class Config(PartConfig):
    """Options: `hours`, such as `09:00-16:00 Europe/London`; None for the whole day.

    `weekends`, False for no entries in sessions dated Saturday or Sunday: those of markets that never close.
    """

    hours: Hours | None = None
    weekends: bool = True


class Facts(NamedTuple):
    """What it is told: seconds since midnight in the zone, and the session's weekday.

    Monday is 0.
    """

    second: int
    weekday: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the time of the zone's day, and the day of the instrument's session."""
    draft, _ = scene.order
    close = scene.book.session(draft.instrument).close
    return Facts(second_of(scene.ts, ahead_at(params, scene.ts)), weekday_of(close))


def ahead_at(params: tuple[int, ...], ts: int) -> int:
    """Return how far the zone is ahead of UTC at an instant (ns), in seconds.

    Behind the first three options stand its changes of clocks.
    """
    count = (len(params) - 3) // 2
    at = bisect_right(params, ts, 3, 3 + count) - 1
    return params[max(at, 3) + count] if count else 0


def second_of(ts: int, ahead: int) -> int:
    """Return seconds since midnight at an instant (ns), so many seconds ahead of UTC."""
    return (ts // NS + ahead) % DAY_S


def weekday_of(close: int) -> int:
    """Return the day of the week of a session that closes then (ns); Monday is 0."""
    return ((close - 1) // (DAY_S * NS) + THURSDAY) % WEEK


def params(config: Config) -> tuple[int, ...]:
    """Return both ends of the day in seconds, whether weekends count, and the zone's clocks.

    These are the instants of their changes (ns), then how far each is ahead of UTC (s).
    """
    if config.hours is None:
        return 0, DAY_S, int(config.weekends)
    clocks = config.hours.clocks
    return (
        config.hours.start, config.hours.end, int(config.weekends), *(at for at, _ in clocks),
        *(ahead for _, ahead in clocks),
    )  # fmt: skip


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse outside of the hours, and at weekends; the end itself is outside."""
    start, end = params[0], params[1]
    is_in = start <= facts.second < end if start < end else facts.second >= start or facts.second < end
    if not is_in or (not params[2] and facts.weekday >= SATURDAY):
        return int(Code.SESSION_HOURS)
    return 0


def text(config: Config) -> str:
    """Return the rule in words."""
    words = "entries" if config.hours is None else f"entries {format_hours(config.hours)}"
    return words + (" on every day of the week" if config.weekends else ", none at weekends")
