"""Clock and calendar of several exchanges at once.

They are those of American shares, which keep the same hours.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from openbell.core.events import Schedule
from openbell.core.types import DAY_NS, NS
from openbell.wire.alpaca.call import Answer, Call, House, Route
from openbell.wire.alpaca.forms import NEW_YORK, POST_H, PRE_H, Json, at_hour, first, parse_instant
from openbell.wire.alpaca.refusal import Refused

_MARKETS = {
    "NYSE": ("New York Stock Exchange", "XNYS"), "NASDAQ": ("NASDAQ Stock Market", "XNAS"),
    "IEX": ("Investors Exchange", "IEXG"),
}  # fmt: skip
_AHEAD, _WEEK = 10 * DAY_NS, 7


def _market(text: str) -> Json:
    """Return a market by its acronym or its code.

    Raises:
        Refused: It keeps other hours, or there is none.
    """
    for acronym, (name, mic) in _MARKETS.items():
        if text.strip().upper() in (acronym, mic):
            return {"acronym": acronym, "name": name, "mic": mic, "timezone": str(NEW_YORK)}
    raise Refused(400, 40010000, f"market {text} is not known here; use one of {', '.join(_MARKETS)}")


def _instant(text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError:
        raise Refused(400, 40010000, f"invalid time: {text}") from None


def _ends(one: Schedule) -> list[tuple[int, str]]:
    """Return the phases of a session's day: when each ends (UTC ns), and its name."""
    return [(at_hour(one, PRE_H), "closed"), (one.open, "pre"), (one.close, "core"), (at_hour(one, POST_H), "post")]


def _text(ns: int, zone: ZoneInfo | None = NEW_YORK) -> str:
    return datetime.fromtimestamp(ns // NS, UTC).astimezone(zone or UTC).isoformat()


def clock(house: House, call: Call) -> Answer:
    """Return the time, the phase of each market, and when the next one begins."""
    now = _instant(first(call.query, "time")) if first(call.query, "time") else call.now
    markets = [_market(one) for one in first(call.query, "markets", ",".join(_MARKETS)).split(",")]
    days = [one for one in house.sessions(now - DAY_NS, now + _AHEAD) if one.is_open]
    phases = [phase for one in days for phase in _ends(one)]
    until, phase = next(((end, name) for end, name in phases if end > now), (now + DAY_NS, "closed"))
    told = {
        "timestamp": _text(now), "is_market_day": _text(now)[:10] in {_text(one.open)[:10] for one in days},
        "next_market_open": _text(next((one.open for one in days if one.open > now), now + DAY_NS)),
        "next_market_close": _text(next((one.close for one in days if one.close > now), now + DAY_NS)),
        "phase": phase, "phase_until": _text(until),
    }  # fmt: skip
    return Answer(body={"clocks": [{"market": market, **told} for market in markets]})


def calendar(house: House, call: Call) -> Answer:
    """Return the days on which a market opens: the next week, or those between bounds."""
    market, zone = _market(call.path["market"]), None if first(call.query, "timezone") == "UTC" else NEW_YORK
    try:
        begin = date.fromisoformat(first(call.query, "start", _text(call.now)[:10]))
        end = date.fromisoformat(first(call.query, "end", (begin + timedelta(days=_WEEK)).isoformat()))
    except ValueError:
        raise Refused(400, 40010000, "start and end are dates like 2026-11-20") from None
    low, high = (_instant(day.isoformat()) for day in (begin, end))
    known = [one for one in house.sessions(low, high + _AHEAD) if one.is_open]
    days: list[Json] = []
    for one, later in zip_longest(known, known[1:]):
        if not begin.isoformat() <= one.date <= end.isoformat():
            continue
        day = {"core_start": one.open, "core_end": one.close, "pre_start": at_hour(one, PRE_H), "pre_end": one.open,
               "post_start": one.close, "post_end": at_hour(one, POST_H)}  # fmt: skip
        told = {"date": one.date} | {name: _text(value, zone) for name, value in day.items()}
        days.append(told | ({"settlement_date": later.date} if later is not None else {}))
    return Answer(body={"market": market, "calendar": days})


ROUTES: tuple[Route, ...] = (("GET", "/v3/clock", clock), ("GET", "/v3/calendar/{market}", calendar))
"""What is answered under the trading rate limit."""
