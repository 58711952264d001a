"""The authoring contract: layouts of state."""

import pytest

from openbell.core import strategy
from openbell.core.strategy import Row, explained, fresh_state, layout_sizes
from openbell.core.types import InvariantError
from tests.core.build import bar

LAYOUT = (("fast", "f8", 1), ("ring", "f8", 5), ("bars", "i8", 1), ("slow", "f8", 1), ("flags", "i8", 3))


def test_a_layout_counts_its_values() -> None:
    assert layout_sizes(LAYOUT) == (7, 4)
    state = fresh_state(LAYOUT)
    assert (list(state.d), list(state.q)) == ([0.0] * 7, [0] * 4)
    assert (state.d.typecode, state.q.typecode) == ("d", "q")


def test_arrays_are_never_empty() -> None:
    assert (len(fresh_state(()).d), len(fresh_state(()).q)) == (1, 1)


def test_single_floats_explain_a_decision() -> None:
    assert explained(LAYOUT) == (("fast", 0), ("slow", 6))


@pytest.mark.parametrize("layout", [(("x", "f4", 1),), (("x", "f8", 0),), (("x", "i8", -1),)])
def test_a_bad_layout_is_refused(layout: tuple[tuple[str, str, int], ...]) -> None:
    with pytest.raises(InvariantError, match="bad STATE"):
        layout_sizes(layout)


def test_a_bar_is_a_row() -> None:
    row: Row = bar(1, 100.0)
    assert (row.open, row.high, row.low, row.close, row.volume) == (100.0, 100.0, 100.0, 100.0, 0.0)


def test_the_contract_names_no_member_that_a_part_could_call() -> None:
    # Protocols only describe; whoever instantiates one by mistake gets nothing.
    assert strategy.Strategy == strategy.StockStrategy | strategy.FreeStrategy
