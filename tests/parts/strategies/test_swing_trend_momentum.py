"""Swing line in two lengths of bars: as of the close, never before."""

import pytest
from pydantic import ValidationError

from openbell.core.session import Session
from openbell.core.strategy import Row, fresh_state, row_of
from openbell.parts.strategies import swing_trend_momentum as part
from openbell.run.parts import bind_strategy
from tests.conformance.market import DATA, drawn
from tests.core.build import MINUTE_NS, at, bar
from tests.parts.strategies.told import numbers, played, rows

HOUR_NS = 3_600_000_000_000


def test_a_close_above_the_falling_level_buys_where_the_higher_level_is_lower() -> None:
    # Higher bars of two: 9 to 12, 12 to 16, 12 to 15.5; their level is 12. The line has turned down at 13.5.
    told = rows(
        10,
        11,
        15,
        13,
        12.5,
        15,
        high=[11, 12, 16, 13.5, 14.5, 15.5],
        low=[9, 10, 14, 12, 12, 13],
        open=[10, 11, 15, 13, 12.5, 14],
    )
    found, state = played(part, told, higher="2m", period=1)
    assert found[-1] == "1 signal_long", (found, numbers(part, state, higher="2m", period=1))


def entries(told: list[Row], **options: object) -> list[tuple[int, float]]:
    """Return (minute, side) of every turn the strategy sees, also of those that change no target."""
    made = bind_strategy("x", part, part.Config(**options))
    state, found = fresh_state(made.layout), []  # type: ignore[union-attr]
    for row in told:
        level = state.d[0]
        before = state.d[7]
        made.step(state, made.params, row)  # type: ignore[union-attr]
        close, state.d[7] = state.d[7], before
        side = part.turn(state.d, row, level, made.params[1]) if state.q[2] > 1 and state.q[1] > 0 else 0.0  # type: ignore[union-attr]
        state.d[7] = close
        if side:
            found.append((row.ts, side))
    return found


def session_of(hours: int, ts: int) -> Session:
    begin = ts // (hours * HOUR_NS) * hours * HOUR_NS
    return Session(calendar="x", open=begin, close=begin + hours * HOUR_NS)


@pytest.mark.parametrize(("agree", "longs", "shorts"), [(False, 714, 768), (True, 542, 586)])
def test_on_recorded_currencies_it_sees_what_was_counted_independently(agree: bool, longs: int, shorts: int) -> None:
    path = DATA / "fx_5m_2026" / "EURUSD_2026Q1_Apr.parquet"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    import polars as pl

    frame = pl.read_parquet(path)
    told = []
    for ts, *prices, volume in frame.select(
        pl.col("ts").cast(pl.Int64) * 1000, "open", "high", "low", "close", "volume"
    ).iter_rows():
        one = bar(0, prices[3], float(volume), open=prices[0], high=prices[1], low=prices[2])
        told.append(Stamped(ts, one))
    sides = [side for _, side in entries([one.row() for one in told], higher="1h", agree=agree)]
    assert (sides.count(1.0), sides.count(-1.0)) == (longs, shorts)


class Stamped:
    """A five-minute bar at its own time, in sessions of a day."""

    def __init__(self, open_ts: int, one: object) -> None:
        self.open_ts, self.one = open_ts, one

    def row(self) -> Row:
        import msgspec

        span = 5 * MINUTE_NS
        stamped = msgspec.structs.replace(self.one, ts=self.open_ts + span, interval=span)
        return row_of(stamped, session_of(24, self.open_ts))


def test_it_warms_up_until_a_higher_bar_has_closed() -> None:
    found, _ = played(part, rows(*range(100, 112)), higher="10m", period=3)
    assert found[:9] == ["-"] * 9 and found[9] == "0 no_signal"


def test_the_future_of_a_higher_bar_is_not_known() -> None:
    bars = drawn(4, 300)
    day = Session(calendar="x", open=at(0), close=at(1440))
    whole = [row_of(one, day) for one in bars]
    said, _ = played(part, whole, higher="30m", period=5)
    for count in (44, 45, 59, 60, 61, 200):
        assert played(part, whole[:count], higher="30m", period=5)[0] == said[:count]


def test_strength_is_monotone_in_how_straight_a_trend_is() -> None:
    found = []
    for drift in (0.0, 0.05, 0.1, 0.2, 0.5, 1.0):
        closes = [100 + drift * n + (0.3 if n % 2 else -0.3) for n in range(60)]
        _, state = played(part, rows(*closes), higher="10m", period=21)
        found.append(numbers(part, state, period=21)["strength"])
    assert found == sorted(found) and found[0] < 0.1 and found[-1] > 0.9


def test_confidence_is_from_nothing_to_one_and_filters_and_sizes() -> None:
    day = Session(calendar="x", open=at(0), close=at(1440))
    told = [row_of(one, day) for one in drawn(5, 900)]
    plain, state = played(part, told, higher="10m", period=5)
    shown = numbers(part, state, period=5)
    assert 0.0 <= shown["confidence"] <= 1.0
    strict, _ = played(part, told, higher="10m", period=5, min_confidence="25%")
    count = [sum("signal_long" in one or "signal_short" in one for one in said) for said in (plain, strict)]
    assert 0 < count[1] < count[0]
    sized, _ = played(part, told, higher="10m", period=5, size_by_confidence=True)
    targets = {abs(float(one.split()[0])) for one in sized if "signal_long" in one or "signal_short" in one}
    assert len(targets) > 3 and all(0.0 < target <= 1.0 for target in targets)


def test_a_higher_bar_is_longer_than_nothing() -> None:
    with pytest.raises(ValidationError):
        part.Config(higher="0s")
