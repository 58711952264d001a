"""When operations are due: by the sessions of a calendar, in its zone."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from openbell.config.operations import CLOSE, DAYS, OPEN, OperationsTerms
from openbell.core.events import Schedule
from openbell.core.types import DAY_NS, NS
from openbell.run.sessions import SessionsOf

AHEAD_NS = 8 * DAY_NS
BEHIND_NS = 5 * DAY_NS
DAILY = ("pre_market", "market_open", "intraday", "market_close", "post_market")
BLOCKS = (*DAILY, "weekly_review", "parameter_review")


class Due(NamedTuple):
    """One time at which a block is due.

    Attributes:
        ts: UTC ns. rank: Of its block, in the order of a day. block: Its name. date: Of the session or day, ISO.
        until: Until when what it waits for counts, UTC ns: the opening for what comes before it, else the close.
    """

    ts: int
    rank: int
    block: str
    date: str
    until: int


class Timetable:
    """The times of all blocks of one calendar."""

    def __init__(self, terms: OperationsTerms, calendar: str, look_up: SessionsOf, zone: ZoneInfo) -> None:
        """Tell the times of `terms` by the sessions that `look_up` knows of `calendar`, in `zone`."""
        self._terms, self._calendar, self._look_up, self._zone = terms, calendar, look_up, zone

    def between(self, after: int, upto: int) -> list[Due]:
        """Return what is due after one instant and until another (UTC ns), in order."""
        found: list[Due] = []
        opens = self._sessions(after - BEHIND_NS, upto + BEHIND_NS)
        for before, session in zip([None, *opens], opens, strict=False):
            found += self._of_session(session, before)
            is_first = before is not None and before.date[:7] != session.date[:7]
            if is_first and (review := self._terms.parameter_review) is not None:
                at = self._at(session.date, review.at)
                found.append(Due(at, BLOCKS.index("parameter_review"), "parameter_review", session.date, at + DAY_NS))
        found += self._weekly(after, upto)
        return sorted(due for due in found if after < due.ts <= upto)

    def of_session(self, ts: int) -> list[Due]:
        """Return the times of the session that lasts at `ts` (UTC ns), or of the next."""
        opens = self._sessions(ts - BEHIND_NS, ts + AHEAD_NS)
        for before, session in zip([None, *opens], opens, strict=False):
            if session.close >= ts:
                return sorted(self._of_session(session, before))
        return []

    def _sessions(self, start: int, end: int) -> Sequence[Schedule]:
        return [event for event in self._look_up(self._calendar, start, end) if event.is_open]

    def _of_session(self, session: Schedule, before: Schedule | None) -> Iterator[Due]:
        terms = self._terms
        # Where sessions meet, what closes the one comes before what opens the other.
        opening = session.open + (2 if before is not None and before.close == session.open else 0)
        if terms.pre_market is not None:
            at = min(self._moment(session, terms.pre_market.at), session.open)
            yield Due(at, 0, "pre_market", session.date, session.open)
        if terms.market_open is not None:
            at = max(self._moment(session, terms.market_open.at), opening)
            yield Due(at, 1, "market_open", session.date, session.close)
        if terms.intraday is not None:
            every = terms.intraday.every
            for at in range(session.open + every, session.close, every):
                yield Due(at, 2, "intraday", session.date, session.close)
        if terms.market_close is not None:
            # Behind the last bar, which carries the instant of the close itself.
            at = min(self._moment(session, terms.market_close.at), session.close + 1)
            yield Due(at, 3, "market_close", session.date, at + DAY_NS)
        if terms.post_market is not None:
            at = max(self._moment(session, terms.post_market.at), session.close + 1)
            yield Due(at, 4, "post_market", session.date, at + DAY_NS)

    def _moment(self, session: Schedule, at: str) -> int:
        marks: dict[str, int] = {OPEN: session.open, CLOSE: session.close + 1}
        return marks[at] if at in marks else self._at(session.date, at)

    def _at(self, day: str, at: str) -> int:
        moment = datetime.combine(date.fromisoformat(day), time.fromisoformat(at), tzinfo=self._zone)
        return int(moment.timestamp()) * NS

    def _weekly(self, after: int, upto: int) -> Iterator[Due]:
        review = self._terms.weekly_review
        if review is None:
            return
        day, last = self._day(after), self._day(upto)
        while day <= last:
            if day.weekday() == DAYS.index(review.day):
                at = self._at(day.isoformat(), review.at)
                yield Due(at, BLOCKS.index("weekly_review"), "weekly_review", day.isoformat(), at + DAY_NS)
            day += timedelta(days=1)

    def _day(self, ts: int) -> date:
        return datetime.fromtimestamp(ts // NS, tz=self._zone).date()


ZoneOf = Callable[[str, int], ZoneInfo]
"""(calendar, instant in UTC ns) -> the zone in which its days are meant."""
