"""Bars: a gap, a bad high or low, disorder and age each fail."""

import dataclasses

import msgspec
import numpy as np
import pytest

from openbell.edges.feeds.table import BarTable
from openbell.run.doctor.market import gaps, market
from openbell.run.source import Source
from tests.config.linter.cases import QUIET
from tests.run.doctor.trials import began

DAY_NS = 86_400_000_000_000


def told(source: Source, table: BarTable, now: int) -> str:
    changed = msgspec.structs.replace(source, tables=[table])
    return market(changed, {"SPY": "NYSE"}, now)[0].text()


def without(table: BarTable, index: int) -> BarTable:
    keep = np.arange(len(table)) != index
    columns = {name: getattr(table, name)[keep] for name in ("ts", "open", "high", "low", "close", "volume")}
    spans = None if table.spans is None else table.spans[keep]
    return dataclasses.replace(table, spans=spans, bid=None, ask=None, **columns)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return began(tmp_path_factory.mktemp("market"), QUIET)[1]


def test_whole_bars_are_well(source: Source) -> None:
    assert told(source, source.tables[0], 0) == (
        "ok    bars of SPY: 1,955 bars, 0 of 1,950 missing inside sessions, in order"
    )


def test_a_gap_fails(source: Source) -> None:
    assert told(source, without(source.tables[0], 100), 0).startswith(
        "fail  bars of SPY: 1,954 bars, 1 of 1,950 missing inside sessions; "
    )


def test_a_high_that_is_not_the_highest_fails(source: Source) -> None:
    table = source.tables[0]
    high = table.high.copy()
    high[7] = table.low[7] - 1.0
    assert "1 bars whose high or low" in told(source, dataclasses.replace(table, high=high), 0)


def test_bars_out_of_order_fail(source: Source) -> None:
    table = source.tables[0]
    stamps = table.ts.copy()
    stamps[[3, 4]] = stamps[[4, 3]]
    assert "bars out of order" in told(source, dataclasses.replace(table, ts=stamps), 0)


def test_recorded_bars_that_are_old_fail_and_invented_ones_have_no_age(source: Source) -> None:
    table = dataclasses.replace(source.tables[0], is_synthetic=False)
    last = int(table.ts[-1])
    assert told(source, table, last + 7 * DAY_NS).startswith("ok")
    assert "the last is 8 days old" in told(source, table, last + 8 * DAY_NS)
    assert told(source, source.tables[0], last + 800 * DAY_NS).startswith("ok")


def test_bars_before_the_first_and_behind_the_last_are_not_missing(source: Source) -> None:
    table = source.tables[0]
    sessions = [event for event in source.schedule if event.is_open]
    assert gaps(without(table, 0), sessions) == (0, 1949)
    assert gaps(table, []) == (0, 0)
