"""How the loop calls a strategy: the step sees its own state, its own bar, and no more than there is of either."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba.core.errors import NumbaError

from openbell.parts.kernels.calls import STEP_SIGNATURE, compiled_step
from openbell.parts.kernels.inner import IS_PLAIN
from tests.parts.kernels.build import Twin, begin, compiled_once, one, same
from tools.tree import ROOT

begin()


def notice(state, params, row):
    state.d[0] = row.open + 2.0 * row.high + 4.0 * row.low + 8.0 * row.close + 16.0 * row.volume
    begin = row.session_open
    state.q[0] = begin % 60000000000
    state.q[1] = 3 * (row.ts - begin) + 5 * (row.open_ts - begin) + 7 * (row.session_close - begin)
    return 0.0, 1


def reach(state, params, row):
    return state.d[1], 1


def speak(state, params, row):
    return float(row.close.hex()), 1


def make(state, params, row):
    return np.zeros(3)[1], 1


def _run(step):
    run = one([7.0, 9.0], [(100.0, 108.0, 99.0, 101.0), (101.0, 103.0, 98.0, 102.0)])
    run[0].strategies["alpha"] = type(run[0].strategies["alpha"])(
        kind="x", layout=(("a", "f8", 1), ("b", "i8", 2)), params=run[0].strategies["alpha"].params, step=step
    )
    return run


def test_a_step_sees_every_number_of_its_bar():
    compiled_once()
    twin = same(_run(notice))
    table = twin.source.tables[0]
    session = next(event for event in twin.source.schedule if event.is_open)
    assert twin.state.memory.d[0, 0] == 101.0 + 206.0 + 392.0 + 816.0 + 144.0
    since = 3 * (int(table.ts[1]) - session.open) + 5 * (int(table.open_ts[1]) - session.open)
    assert twin.state.memory.q[0, 1] == since + 7 * (session.close - session.open)


def test_a_place_behind_the_state_is_an_error_and_not_a_neighbour():
    compiled_once()
    assert Twin(*_run(reach)).run() == "a strategy raised IndexError"


@pytest.mark.skipif(IS_PLAIN, reason="numba is told to compile nothing")
@pytest.mark.parametrize("step", [speak, make])
def test_what_cannot_be_compiled_says_so(step):
    with pytest.raises(NumbaError):
        compiled_step(step)
    assert "cannot be compiled" in Twin(*_run(step)).run()


@pytest.mark.skipif(IS_PLAIN, reason="numba is told to compile nothing")
def test_a_step_is_compiled_once_and_for_the_one_signature():
    assert compiled_step(notice) is compiled_step(notice)
    assert compiled_step(notice).signatures == [STEP_SIGNATURE.args]


def test_the_loop_says_the_same_where_nothing_is_compiled():
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    told = [
        "tests/parts/kernels/test_calls.py::test_a_step_sees_every_number_of_its_bar",
        "tests/parts/kernels/test_ledger.py::test_a_part_of_a_holding_takes_its_share_of_the_cost",
    ]
    done = subprocess.run(
        [*words, *told],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
