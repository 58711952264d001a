"""Higher bars: anchored at the session, finished when they end, never seen before."""

import pytest
from pydantic import ValidationError

from openbell.core.events import Bar
from openbell.core.session import Session
from openbell.core.strategy import Row, row_of
from openbell.parts.indicators import higher
from tests.conformance.market import drawn
from tests.core.build import MINUTE_NS, at, bar
from tests.parts.indicators.library import played, shown

SPAN = 5 * MINUTE_NS


def within(bars: list[Bar], begin: int, end: int) -> list[Row]:
    """Return bars in one session from minute `begin` to `end`."""
    return [row_of(bar, Session(calendar="x", open=at(begin), close=at(end))) for bar in bars]


def finished(told: list[Row]) -> list[tuple[int, list[float]]]:
    """Return (when it was seen, open high low close volume) of every higher bar, in minutes."""
    d, q, found = [0.0] * 12, [0] * 3, []
    for row in told:
        minute = (row.ts - at(0)) // MINUTE_NS
        if higher.late(d, 1, q, 1, row, SPAN):
            found.append((minute, d[1:6]))
        if higher.take(d, 1, q, 1, row, SPAN):
            found.append((minute, d[1:6]))
    assert q[2] == len(found)
    return found


def test_five_bars_make_one_when_the_fifth_closes() -> None:
    bars = [bar(n, 10.0 + n, 2.0, open=9.0 + n, high=11.0 + n, low=8.0 + n) for n in range(1, 12)]
    assert finished(within(bars, 0, 390)) == [(5, [10.0, 16.0, 9.0, 15.0, 10.0]), (10, [15.0, 21.0, 14.0, 20.0, 10.0])]


def test_it_is_anchored_at_the_opening_not_at_the_clock() -> None:
    bars = [bar(n, 10.0 + n) for n in range(4, 16)]
    assert [minute for minute, _ in finished(within(bars, 3, 390))] == [8, 13]


def test_the_session_ends_it() -> None:
    bars = [bar(n, 10.0 + n, 1.0) for n in range(1, 8)]
    (_, first), (minute, last) = finished(within(bars, 0, 7))
    assert (first[3], minute, last) == (15.0, 7, [16.0, 17.0, 16.0, 17.0, 2.0])


def test_a_missing_last_bar_finishes_it_with_the_next_one_that_comes() -> None:
    bars = [bar(n, 10.0 + n) for n in (1, 2, 9, 10)]
    assert [(minute, one[3]) for minute, one in finished(within(bars, 0, 390))] == [(9, 12.0), (10, 20.0)]


def test_one_bar_can_finish_two() -> None:
    told = within([bar(1, 11.0), bar(10, 20.0)], 0, 390)
    assert [(minute, one[3]) for minute, one in finished(told)] == [(10, 11.0), (10, 20.0)]


def test_the_next_session_finishes_what_the_last_one_left() -> None:
    told = within([bar(1, 11.0)], 0, 390) + within([bar(1441, 20.0)], 1440, 1830)
    assert [(minute, one[3]) for minute, one in finished(told)] == [(1441, 11.0)]


def test_a_volume_that_nobody_knows_adds_nothing() -> None:
    bars = [bar(n, 10.0, volume) for n, volume in enumerate((1.0, float("nan"), 2.0, 0.0, 4.0), 1)]
    assert finished(within(bars, 0, 390))[0][1][4] == 7.0


def test_bars_that_are_long_enough_are_themselves() -> None:
    told = within([bar(5 * n, 10.0 + n, interval=SPAN) for n in (1, 2)], 0, 390)
    assert [one[3] for _, one in finished(told)] == [11.0, 12.0]


def test_it_never_shows_a_bar_that_has_not_closed() -> None:
    told = within(drawn(1, 390), 0, 390)
    values, _ = played(higher, told, span="30m")
    for place, row in enumerate(told):
        closed = [other.close for other in told[: place + 1] if (other.ts - at(0)) % (30 * MINUTE_NS) == 0]
        assert shown([values[place]]) == [closed[-1] if closed else None], row.ts


def test_a_span_is_longer_than_nothing() -> None:
    assert higher.Config().span == 60 * MINUTE_NS
    with pytest.raises(ValidationError):
        higher.Config(span="0s")
