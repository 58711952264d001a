"""Frames have the type of their columns, whatever is in them."""

import polars as pl

from openbell.core.codes import Code
from openbell.core.effects import Decision
from openbell.report.frames import EXACT, MOMENT, decisions, frame, positions
from tests.core import build as b


def test_a_columns_type_follows_from_its_name() -> None:
    made = frame(("account", "ts", "seq", "drawdown", "profit"), [])
    assert list(made.schema.values()) == [pl.String, MOMENT, pl.Int64, pl.Float64, EXACT]


def test_nothing_held_is_an_empty_frame() -> None:
    assert (positions(b.book()).height, positions(b.book()).columns[:3]) == (0, ["account", "deployment", "instrument"])


def test_numbers_have_their_names_and_what_is_not_known_is_left_out() -> None:
    one = Decision(deployment="alpha", instrument="AAPL", signal=Code.NO_SIGNAL, code=Code.NO_SIGNAL,
                   numbers=(1.25, None, float("nan"), 4.0))  # fmt: skip
    (row,) = decisions([(7, 10**9, one)], {"alpha": ("fast", "slow", "gap", "size")}).to_dicts()
    assert (row["seq"], row["numbers"], row["target"], str(row["ts"])) == (
        7, "fast 1.25, size 4", None, "1970-01-01 00:00:01+00:00",
    )  # fmt: skip
