"""The read-only client: frames of a state, exact and typed, also while nothing is held or known."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from openbell import connect
from openbell.run.state import NoState
from tests.checklist.market import FLAT, LONG, Market, config, rows


def market(folder: Path, path: list[object]) -> Market:
    made = Market(folder, config(), rows(path))
    assert made.run() == 0
    return made


def test_frames_tell_what_the_journal_holds(tmp_path: Path) -> None:
    made = market(tmp_path, [(100, LONG), 101, (102, FLAT), 103, (100, LONG), 110])
    before = sorted((file.name, file.stat().st_mtime_ns) for file in (made.state / "journal").iterdir())
    run = connect(made.state)
    (trade,) = run.trades().to_dicts()
    assert (trade["instrument"], trade["qty"], trade["entry_px"], trade["exit_px"]) == ("AAA", 100, 101, 103)
    assert (trade["profit"], trade["side"], trade["exit_reason"]) == (200, "long", "S014 signal_flat")
    (held,) = run.positions().to_dicts()
    assert (held["qty"], held["entry"], held["current"], held["unrealised"]) == (100, 110, 110, 0)
    assert isinstance(held["value"], Decimal) and str(held["opened"]) == "2024-01-02 00:06:00+00:00"
    curve = run.equity("main")
    assert curve["equity"][-1] - curve["equity"][0] == 200
    assert curve.equals(run.equity())
    why = run.why("AAA")
    assert why["code"].to_list() == [
        "S012 signal_long", "S001 no_signal", "S014 signal_flat", "S001 no_signal", "S012 signal_long", "S001 no_signal",
    ]  # fmt: skip
    assert why["numbers"][0] == "close 100"
    assert why["ts"].is_sorted() and why.schema["ts"] == pl.Datetime("ns", "UTC")
    assert sorted((file.name, file.stat().st_mtime_ns) for file in (made.state / "journal").iterdir()) == before


def test_an_empty_state_has_empty_frames_with_their_columns(tmp_path: Path) -> None:
    run = connect(market(tmp_path, [100, 100]).state)
    assert (run.positions().height, run.trades().height) == (0, 0)
    assert run.positions().schema["value"] == pl.Decimal(38, 10)
    assert run.trades().schema["bars"] == pl.Int64


def test_a_run_that_goes_on_is_seen_after_a_refresh(tmp_path: Path) -> None:
    made = Market(tmp_path, config(), rows([(100, LONG), 100, 100, 100]))
    made.run("--until", "2024-01-02T00:01")
    run = connect(made.state)
    assert run.positions().height == 0
    made.run()
    assert run.positions().height == 0
    assert run.refresh().positions().height == 1


def test_what_is_not_there_is_named_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(NoState, match="no openbell state"):
        connect(tmp_path / "nowhere")
    run = connect(market(tmp_path, [100, 100]).state)
    for call, name, known in (
        (run.why, "ZZZ", "AAA"), (run.equity, "other", "main"), (lambda name: run.why("AAA", name), "beta", "alpha"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"no .* '{name}'; it has {known}"):
            call(name)
