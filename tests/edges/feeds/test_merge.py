"""One stream out of many tables: its order, its events, its fingerprint."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.events import Bar, Schedule
from openbell.core.types import MINUTE_NS
from openbell.edges.feeds import merge
from openbell.edges.feeds.table import BarTable


def table(symbol: str, minutes: list[int], interval: int = MINUTE_NS) -> BarTable:
    ts = np.array(minutes, dtype=np.int64) * MINUTE_NS
    px = np.array(minutes, dtype=np.float64) + 10.0
    return BarTable(
        symbol=symbol, interval_ns=interval, ts=ts, open=px, high=px + 1, low=px - 1, close=px + 0.5, volume=px * 10
    )


def schedule(minute: int, is_open: bool) -> Schedule:
    return Schedule(ts=minute * MINUTE_NS, calendar="x", date="2024-01-01", open=0, close=1, is_open=is_open)


def test_at_one_instant_schedules_come_first_then_instruments_in_order_then_longer_intervals() -> None:
    tables = [table("B", [1, 2]), table("A", [2, 3]), table("B", [2], 2 * MINUTE_NS)]
    found = list(merge.events(tables, [schedule(0, True), schedule(2, True), schedule(9, False)]))
    told = [
        ("-", event.ts // MINUTE_NS, 0) if isinstance(event, Schedule)
        else (event.instrument, event.ts // MINUTE_NS, event.interval // MINUTE_NS)
        for event in found
    ]  # fmt: skip
    assert told == [
        ("-", 0, 0), ("B", 1, 1), ("-", 2, 0), ("B", 2, 2), ("B", 2, 1), ("A", 2, 1), ("A", 3, 1), ("-", 9, 0),
    ]  # fmt: skip


def test_rows_with_equal_stamps_keep_their_order() -> None:
    doubled = replace(table("A", [1, 1, 1]), close=np.array([3.0, 1.0, 2.0]))
    assert [bar.close for bar in merge.events([doubled])] == [3.0, 1.0, 2.0]


@given(
    st.lists(st.lists(st.integers(0, 300), max_size=60).map(sorted), max_size=5),
    st.lists(st.integers(0, 300), max_size=20).map(sorted),
)
def test_events_and_indices_tell_the_same_order(stamps: list[list[int]], planned: list[int]) -> None:
    tables = [table(f"S{i % 3}", minutes, MINUTE_NS * (1 + i // 3)) for i, minutes in enumerate(stamps)]
    which, rows = merge.merge_order(tables)
    found = list(merge.events(tables, [schedule(minute, True) for minute in planned]))
    bars = [event for event in found if isinstance(event, Bar)]
    assert bars == [
        merge.bars(tables[i], row, row + 1)[0] for i, row in zip(which.tolist(), rows.tolist(), strict=True)
    ]
    assert len(found) == len(bars) + len(planned)
    ranks = {symbol: rank for rank, symbol in enumerate(dict.fromkeys(t.symbol for t in tables))}
    keys = [
        (event.ts, -1, 0) if isinstance(event, Schedule) else (event.ts, ranks[event.instrument], -event.interval)
        for event in found
    ]
    assert all(one <= other for one, other in pairwise(keys))


def test_chunks_do_not_show() -> None:
    tables = [table("A", list(range(3 * merge.CHUNK))), table("B", list(range(merge.CHUNK - 1, 2 * merge.CHUNK)))]
    found = list(merge.events(tables, [schedule(merge.CHUNK, True)]))
    assert len(found) == sum(map(len, tables)) + 1
    assert all(one.ts <= other.ts for one, other in pairwise(found))


def test_no_tables_leave_the_schedule() -> None:
    assert list(merge.events([], [schedule(1, True), schedule(2, False)])) == [schedule(1, True), schedule(2, False)]
    assert list(merge.events([])) == []


def test_bars_carry_plain_numbers_sides_and_true_lengths() -> None:
    plain = table("A", [5, 6])
    side = (plain.open - 0.01, plain.high - 0.01, plain.low - 0.01, plain.close - 0.01)
    full = replace(plain, bid=side, spans=np.array([7, 8], dtype=np.int64))
    first, second = merge.bars(full)
    assert (type(first.ts), type(first.open), type(first.interval)) == (int, float, int)
    assert (first.interval, second.interval) == (7, 8)
    assert first.bid == (14.99, 15.99, 13.99, 15.49)
    assert first.ask is None
    assert merge.bars(plain, 1) == [
        Bar(ts=6 * MINUTE_NS, instrument="A", open=16.0, high=17.0, low=15.0, close=16.5, volume=160.0,
            interval=MINUTE_NS)
    ]  # fmt: skip


def test_the_fingerprint_depends_on_numbers_and_names_not_on_files() -> None:
    one = table("A", [1, 2])
    known = merge.fingerprint([one])
    assert known == merge.fingerprint([replace(one, source="elsewhere", notes=["x"])])
    side = (one.open, one.high, one.low, one.close)
    others = [
        replace(one, symbol="B"), replace(one, interval_ns=1), replace(one, ts=one.ts + 1),
        replace(one, volume=one.volume + 1), replace(one, bid=side), replace(one, ask=side), replace(one, spans=one.ts),
    ]  # fmt: skip
    prints = {known, *(merge.fingerprint([other]) for other in others)}
    assert len(prints) == len(others) + 1
    assert len(known) == 64
