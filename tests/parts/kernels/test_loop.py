"""The compiled loop against the plain engine, on thousands of random markets and on the benchmark's workloads."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.events import Schedule
from openbell.parts.kernels import layout as k
from openbell.run.twin_result import STATUS, result_of
from openbell.run.verified import verify
from tests.core.build import T0, account_spec, deployment_spec, instrument, run_spec
from tests.parts.kernels.build import (
    CACHE,
    LONG,
    MINUTE_NS,
    Twin,
    begin,
    bench_bars,
    compiled_once,
    flat,
    one,
    prepared,
    same,
    source,
    stock,
    table,
    twin_of,
    workload,
)
from tests.parts.kernels.markets import random_run

begin()
WANTED = {"W1": (36_111, "996208.69247"), "W2": (36_111, "99669225.16792")}
KNOWN = ("could pass 2^62", "still unanswered", "only a person opens again", "further away than")
"""Why a random run may have no twin."""


@given(seed=st.integers(0, 2**31 - 1))
def test_a_random_market_is_played_the_same(seed):
    compiled_once()
    found = verify(*random_run(seed), CACHE)
    assert found["equal"], (seed, found["difference"])
    assert not found["reason"] or any(word in found["reason"] for word in KNOWN), (seed, found["reason"])


@pytest.mark.parametrize("seed", [16, 32, 207, 270, 10488])
def test_markets_that_once_were_played_differently(seed):
    """Answers lost behind a phase, wins counted from a holding's own begin, limits that a touch does not fill, exits that both end a holding."""
    compiled_once()
    assert verify(*random_run(seed, has_trails=False), CACHE)["difference"] == ""


@pytest.mark.skipif(bench_bars() is None, reason="BENCH_DATA holds no one_1000000.npz")
@pytest.mark.parametrize("name", ["W1", "W2"])
def test_the_benchmark_compiled(name):
    twin = twin_of(workload(name, bench_bars() or {}))
    figures = result_of(twin, 1.0).figures
    assert (figures["fills"], figures["equity_end"]) == WANTED[name]
    if name == "W2":
        orders = twin.state.log[k.ORDERS, : twin.state.g[k.COUNTER, 0]]
        filled = twin.state.log[k.EXECUTIONS, : twin.state.g[k.FILLS, 0], k.X_ORDER] - 1
        types, signals = (
            orders[filled, k.L_TYPE],
            orders[(orders[:, k.L_TYPE] == k.MARKET) & (orders[:, k.L_REDUCE] == 1)],
        )
        stops, targets = np.count_nonzero(types == k.STOP), np.count_nonzero(types == k.LIMIT)
        # Four stops fill at the very open at which a signal's own exit stood behind them.
        beaten = len(signals) - (len(types) // 2 - stops - targets)
        assert (stops - beaten, targets, beaten) == (5288, 3491, 4)


@pytest.mark.slow
@pytest.mark.skipif(
    bench_bars() is None or not os.environ.get("OPENBELL_THOROUGH"),
    reason="takes a minute: OPENBELL_THOROUGH and BENCH_DATA",
)
@pytest.mark.parametrize("name", ["W1", "W2"])
def test_the_benchmark_plain(name):
    compiled_once()
    found = verify(*workload(name, bench_bars() or {}), CACHE)
    assert found["equal"], found["difference"]
    assert (found["plain"]["fills"], found["plain"]["equity_end"]) == WANTED[name]


def _spoiled(**columns):
    grid = [(100.0, 101.0, 99.0, 100.0)] * 8
    run, told = one([LONG] + [0] * 7, grid)
    made = told.tables[0]
    for name, value in columns.items():
        getattr(made, name)[4] = value
    return same((run, told))


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("close", np.nan, "bad_nan"),
        ("high", np.inf, "bad_nan"),
        ("low", 0.0, "bad_zero"),
        ("low", -3.0, "bad_zero"),
        ("high", 98.0, "bad_ohlc"),
        ("volume", -1.0, "bad_volume"),
        ("volume", np.inf, "bad_volume"),
        ("ts", T0 + 4 * MINUTE_NS, "bad_duplicate"),
    ],
)
def test_bad_bars_are_refused_for_the_same_reason(column, value, reason):
    twin = _spoiled(**{column: value})
    assert result_of(twin, 1.0).figures["quarantined_by_reason"] == {reason: 1}


def test_an_unknown_volume_is_no_defect():
    assert _spoiled(volume=np.nan).state.g[k.BARS, 0] == 8


def test_a_jump_is_believed_once_three_closes_agree():
    prices = flat(3) + flat(5, 1500.0) + flat(1, 10.0) + flat(3, 1510.0)
    twin = same(one([LONG] + [0] * 11, prices))
    assert result_of(twin, 1.0).figures["quarantined_by_reason"] == {"bad_jump": 3}


def test_the_next_run_of_the_same_bars_looks_again_at_the_bad_ones_alone():
    run = one([LONG] + [0] * 11, flat(3) + flat(5, 1500.0) + flat(1, 10.0) + flat(3, 1510.0))
    first = same(run)
    good = first.state.tape.events[:, k.E_GOOD]
    again = Twin(*run, like=first)
    assert again.state.tape.events is first.state.tape.events
    assert again.run() == ""
    assert good.sum() == again.state.g[k.BARS, 0] == 9
    told, before = result_of(again, 1.0).figures, result_of(first, 1.0).figures
    assert {**told, "events_per_s": 0} == {**before, "events_per_s": 0}


def test_a_price_beyond_the_bounds_ends_the_next_run_as_well():
    run = one([LONG] + [0] * 3, flat(4))
    first = Twin(*run)
    first.state.f[k.F_HIGHEST, 0] = 50.0
    again = Twin(*run, like=first)
    again.state.f[k.F_HIGHEST, 0] = 50.0
    assert first.run() == again.run() == STATUS[k.TOO_LARGE]


def test_bars_outside_the_session_decide_nothing_and_latches_open_with_the_next():
    days = []
    for number, (begin_, end) in enumerate(((0, 3), (5, 8), (8, 12))):
        date = {"calendar": "24x7", "date": str(number), "open": T0 + begin_ * MINUTE_NS, "close": T0 + end * MINUTE_NS}
        days.append(Schedule(ts=date["open"] + (2 if number == 2 else 0), is_open=True, **date))
        days.append(Schedule(ts=date["close"] + 1, is_open=False, **date))
    run, told = one([LONG] * 12, flat(12))
    twin = same((run, source(run.spec, told.tables, sorted(days, key=lambda day: day.ts))))
    assert result_of(twin, 1.0).figures["decisions_by_reason"]["out_of_session"] == 2


def test_several_instruments_at_one_instant_keep_the_order_of_the_configuration():
    symbols = ("BBB", "AAA", "CCC")
    spec = run_spec(
        deployment_spec("alpha", instruments=symbols, max_positions=2),
        instruments=[instrument(s) for s in symbols],
        accounts=[account_spec()],
    )
    tables = [table(symbol, flat(4), volume=[LONG, 0, 0, 0]) for symbol in symbols]
    twin = same((prepared(spec, {"alpha": stock()}), source(spec, tables)))
    assert twin.state.g[k.P_QTY, :3].tolist() == [10, 10, 0]
