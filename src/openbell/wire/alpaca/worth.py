"""What the account was worth: windows of time, and the gain in each."""

import re
from datetime import UTC, datetime
from itertools import pairwise

import msgspec

from openbell.core.types import DAY_NS, MINUTE_NS, NS
from openbell.wire.alpaca.call import Answer, Call, House
from openbell.wire.alpaca.forms import NEW_YORK, POST_H, PRE_H, at_hour, first
from openbell.wire.alpaca.refusal import invalid
from openbell.wire.alpaca.shelf import instant_in
from openbell.wire.alpaca.views import equity

FRAMES = {"1Min": 1, "5Min": 5, "15Min": 15, "1H": 60, "1D": 1440}
"""Minutes of each window."""
_DAYS = {"D": 1, "W": 7, "M": 30, "A": 365}
_PERIOD = re.compile(r"([1-9]\d{0,3})([DWMA])")
_REPORTS = ("market_hours", "extended_hours", "continuous")
_FINE_DAYS, _MIDDLE_DAYS = 7, 30
"""Below so many days windows are of a minute, and of fifteen, where nobody says otherwise."""


class _Wanted(msgspec.Struct, frozen=True):
    """What is asked for: between which instants (UTC ns), in which windows."""

    since: int
    until: int
    frame: str


def portfolio(house: House, call: Call) -> Answer:
    """Return what the account was worth at the end of each window.

    A window is named by its beginning.

    Raises:
        Refused: The question makes no sense.
    """
    wanted = _wanted(call)
    report = first(call.query, "intraday_reporting", "continuous")
    if report not in _REPORTS:
        raise invalid(f"intraday_reporting must be one of {', '.join(_REPORTS)}")
    # Before the first minute is over only the present is known.
    worth = house.worth or [(call.now, float(equity(house.desk.books, house.desk.clerk.marks)))]
    known = [one for one in worth if one[0] <= wanted.until]
    if wanted.frame != "1D" and report != "continuous":
        known = _in_hours(house, known, report)
    shown = [one for one in _windows(known, wanted.frame) if one[0] >= wanted.since]
    base = shown[0][1] if shown else worth[0][1]
    is_reset = wanted.frame != "1D" and first(call.query, "pnl_reset") != "no_reset"
    bases = _closes(known, shown, base) if is_reset else [base] * len(shown)
    gains = [value - begin for (_, value), begin in zip(shown, bases, strict=True)]
    return Answer(body={
        "timestamp": [at // NS for at, _ in shown], "equity": [value for _, value in shown], "profit_loss": gains,
        "profit_loss_pct": [gain / begin if begin else 0.0 for gain, begin in zip(gains, bases, strict=True)],
        "base_value": base, "timeframe": wanted.frame,
    })  # fmt: skip


def _wanted(call: Call) -> _Wanted:
    query = call.query
    start, end, period = instant_in(query, "start"), instant_in(query, "end"), first(query, "period")
    if start and end and period:
        raise invalid("period cannot be combined with both start and end")
    found = _PERIOD.fullmatch(period or "1M")
    if found is None:
        raise invalid(f"invalid period: {period}")
    span = int(found[1]) * _DAYS[found[2]] * DAY_NS
    until = min(end or (start + span if start else call.now), call.now)
    since = start or until - span
    days = (until - since) // DAY_NS
    usual = "1Min" if days < _FINE_DAYS else "15Min" if days < _MIDDLE_DAYS else "1D"
    frame = first(query, "timeframe", usual)
    if frame not in FRAMES:
        raise invalid(f"timeframe must be one of {', '.join(FRAMES)}")
    if days > _MIDDLE_DAYS and frame != "1D":
        raise invalid("only 1D is accepted as timeframe for periods of more than 30 days")
    return _Wanted(since, until, frame)


def _day(at: int) -> datetime:
    """Return the day in New York on which a minute ends, by its midnight."""
    local = datetime.fromtimestamp((at - 1) // NS, UTC).astimezone(NEW_YORK)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _windows(known: list[tuple[int, float]], frame: str) -> list[tuple[int, float]]:
    """Return beginning and last value of each window in which there is one."""
    found: dict[int, float] = {}
    span = FRAMES[frame] * MINUTE_NS
    for at, value in known:
        begin = int(_day(at).timestamp()) * NS if frame == "1D" else (at - 1) // span * span
        found[begin] = value
    return list(found.items())


def _closes(known: list[tuple[int, float]], shown: list[tuple[int, float]], base: float) -> list[float]:
    """Return for each window what the account was worth at the end of the day before, `base` on the first."""
    days = _windows(known, "1D")
    ends = {begin: before for (_, before), (begin, _) in pairwise(days)}
    return [ends.get(int(_day(at + 1).timestamp()) * NS, base) for at, _ in shown]


def _in_hours(house: House, known: list[tuple[int, float]], report: str) -> list[tuple[int, float]]:
    """Return what was noted within the hours of the exchange, its extended ones included where so asked."""
    if not known:
        return []
    days = [one for one in house.sessions(known[0][0] - DAY_NS, known[-1][0] + DAY_NS) if one.is_open]
    is_wide = report == "extended_hours"
    spans = [(at_hour(one, PRE_H), at_hour(one, POST_H)) if is_wide else (one.open, one.close) for one in days]
    return [(at, value) for at, value in known if any(begin < at <= end for begin, end in spans)]
