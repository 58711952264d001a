"""Functions that stand apart: each has a row for its address, and what is called there is what was written."""

import pytest

from openbell.parts.kernels import layout as k
from openbell.parts.kernels.apart import APART, address
from openbell.parts.kernels.desk import WAITING_FOR_ORDER, act
from openbell.parts.kernels.inner import IS_PLAIN
from tests.parts.kernels.build import LONG, begin, compiled_once, flat, one, opened, twin_of

begin()


def test_every_function_that_stands_apart_has_a_row():
    compiled_once()
    assert sorted(one.function.__name__ for one in APART.functions) == [
        "act",
        "grant",
        "hear",
        "judge_by_closes",
        "look",
        "look_until",
        "look_with_bar",
        "moved",
        "play",
        "ruled",
        "turn",
    ]
    assert len(APART.functions) == k.FAR_ROWS
    assert len({address(number) for number in range(k.FAR_ROWS)}) == (1 if IS_PLAIN else k.FAR_ROWS)


@pytest.mark.skipif(IS_PLAIN, reason="nothing is compiled")
def test_it_is_called_by_the_address_in_the_grid():
    state = twin_of(one([LONG, 0, 0], flat(3))).state
    placed = state.g[k.FAR : k.FAR + k.FAR_ROWS, 0].tolist()
    # A run without rules has no use for what asks them.
    assert placed == [0 if one.when >= 0 else address(n) for n, one in enumerate(APART.functions)]
    assert any(placed)
    assert not all(placed)
    held = int(state.g[k.P_QTY, 0])
    code = opened(act)(state.g, state.f, state.log, 0, 0.0, 14)
    assert (held, code) == (10, 14)
    assert opened(act)(state.g, state.f, state.log, 0, 0.0, 14) == WAITING_FOR_ORDER
