"""Cutting tables."""

import numpy as np

from openbell.core.types import MINUTE_NS
from openbell.edges.feeds.table import BarTable, Request, select, within


def table(count: int = 5, interval: int = MINUTE_NS, sides: bool = True) -> BarTable:
    prices = np.arange(count, dtype=np.float64) + 100.0
    side = (prices, prices + 1, prices - 1, prices)
    return BarTable(
        symbol="SPY",
        interval_ns=interval,
        ts=(np.arange(count, dtype=np.int64) + 1) * interval,
        open=prices,
        high=prices + 1,
        low=prices - 1,
        close=prices,
        volume=prices,
        bid=side if sides else None,
        ask=side if sides else None,
    )


def test_bounds_keep_only_whole_bars() -> None:
    request = Request(symbols=("SPY",), sessions=lambda *_: [], start_ns=MINUTE_NS, end_ns=3 * MINUTE_NS)
    kept = within(table(), request)
    assert kept.open_ts.tolist() == [MINUTE_NS, 2 * MINUTE_NS]
    assert kept.bid is not None
    assert kept.bid[1].tolist() == [102.0, 103.0]


def test_no_bounds_give_the_table_itself() -> None:
    whole = table()
    assert within(whole, Request(symbols=("SPY",), sessions=lambda *_: [])) is whole


def test_rows_are_chosen_by_mask_or_slice_alike() -> None:
    whole = table(sides=False)
    mask = np.array([False, True, True, False, False])
    assert select(whole, mask).ts.tolist() == select(whole, slice(1, 3)).ts.tolist()
    assert len(select(whole, mask)) == 2


def test_one_bound_alone_holds() -> None:
    late = Request(symbols=("SPY",), sessions=lambda *_: [], start_ns=MINUTE_NS)
    early = Request(symbols=("SPY",), sessions=lambda *_: [], end_ns=MINUTE_NS)
    assert (len(within(table(), late)), len(within(table(), early))) == (4, 1)
