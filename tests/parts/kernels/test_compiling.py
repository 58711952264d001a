"""Plain functions as machine code: the same values, the same faults, and what may be kept on disk."""

import math

import numpy as np
import pytest
from numba.core.errors import NumbaError

from openbell.core.codes import Code
from openbell.core.strategy import StockState
from openbell.parts.indicators import ema
from openbell.parts.kernels.compiling import RowView, StateView, checked, compiled, is_of_one_file, kernel, told
from openbell.parts.strategies import ema_cross
from tests.parts.kernels.build import begin, opened, seeded_bars

begin()


def divide(state, params, row):
    return 1.0 / row.close, 1


def reach(state, params, row):
    return state.d[7], 1


def speak(state, params, row):
    return float(row.close.hex()), 1


def _row(close: float) -> RowView:
    return RowView(close, close, close, close, 0.0, 120, 60, 0, 240)


def _state() -> StateView:
    return StateView(np.zeros(2), np.zeros(3, np.int64))


def test_a_step_says_the_same_compiled():
    step, params = opened(checked(ema_cross.step)), np.array([3.0, 8.0])
    bars = seeded_bars(400)
    state, plain = _state(), StockState(np.zeros(2), np.zeros(3, np.int64))  # type: ignore[arg-type]
    for close in bars["c"].tolist():
        ours, theirs = step(state, params, _row(close)), ema_cross.step(plain, params, _row(close))
        assert ours == theirs or (math.isnan(ours[0]) and math.isnan(theirs[0]))
        assert state.d.tobytes() == plain.d.tobytes()


def test_a_division_by_zero_is_raised():
    with pytest.raises(ZeroDivisionError):
        opened(checked(divide))(_state(), np.zeros(1), _row(0.0))


def test_a_place_outside_the_state_is_raised():
    with pytest.raises(IndexError):
        opened(checked(reach))(_state(), np.zeros(1), _row(1.0))


def test_what_cannot_be_compiled_says_so():
    with pytest.raises(NumbaError):
        opened(checked(speak))(_state(), np.zeros(1), _row(1.0))


def test_a_function_and_those_it_calls_are_compiled():
    follow = opened(compiled(ema.follow))
    assert follow(100.0, 110.0, 9.0) == ema.follow(100.0, 110.0, 9.0)


def test_only_code_that_is_watched_is_kept_on_disk():
    assert is_of_one_file(ema_cross.step)
    assert is_of_one_file(divide)
    helper = type(divide)(divide.__code__, {}, "helper")
    helper.__module__ = "elsewhere"
    calling = type(divide)(divide.__code__.replace(co_names=("helper",)), {"helper": helper})
    calling.__module__ = __name__
    assert not is_of_one_file(calling)


def doubled(x):
    return twice(x) + 1


def twice(x):
    return 2 * x


def test_a_kernel_can_stand_in_for_what_a_function_calls():
    assert opened(compiled(doubled))(4) == 9
    assert opened(compiled(doubled, {twice: kernel(lambda x: 10 * x)}))(4) == 41


def coded(x):
    return int(Code.KILLED) if x else 0


def test_a_reason_code_is_a_number_compiled():
    assert opened(compiled(coded))(1) == 200


def test_it_tells_how_many_functions_have_been_compiled():
    def triple(x):
        return 3 * x

    done: list[int] = []
    inner = kernel(triple)
    with told(done.append):
        call = opened(inner)
        assert (call(2), call(3)) == (6, 9)
    assert done == [1, 2]
    opened(kernel(triple))(2)
    assert done == [1, 2]
