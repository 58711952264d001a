"""The authoring contract: layouts of state."""

import math

import pytest

from openbell.core import strategy
from openbell.core.codes import Code
from openbell.core.session import Session
from openbell.core.strategy import Row, explained, fresh_state, layout_sizes, row_of
from openbell.core.types import InvariantError
from tests.core.build import at, bar

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


def test_a_row_is_a_bar_in_its_session() -> None:
    row: Row = row_of(bar(2, 100.0, 7.0, open=99.0), Session(calendar="x", open=at(0), close=at(390)))
    assert (row.open, row.high, row.low, row.close, row.volume) == (99.0, 100.0, 99.0, 100.0, 7.0)
    assert (row.ts, row.open_ts, row.session_open, row.session_close) == (at(2), at(1), at(0), at(390))


def test_the_contract_names_no_member_that_a_part_could_call() -> None:
    # Protocols only describe; whoever instantiates one by mistake gets nothing.
    assert strategy.Strategy == strategy.StockStrategy | strategy.FreeStrategy


def test_confidence_has_words() -> None:
    shown = [(x, strategy.strength(x).value) for x in (math.nan, -1.0, 0.0, 0.1, 0.39, 0.4, 0.69, 0.7, 1.0)]
    assert [word for _, word in shown] == ["NONE"] * 3 + ["WEAK"] * 2 + ["MODERATE"] * 2 + ["STRONG"] * 2


def test_a_signal_is_a_change_of_target() -> None:
    pairs = [(1.0, 0.0), (-0.5, 1.0), (0.0, 1.0), (0.5, 0.5)]
    assert [strategy.signal(*pair) for pair in pairs] == [
        Code.SIGNAL_LONG,
        Code.SIGNAL_SHORT,
        Code.SIGNAL_FLAT,
        Code.NO_SIGNAL,
    ]
