"""Both engines beside each other: what is equal is said to be, and what differs is named."""

import pytest

from openbell.parts.venue.options import VenueOptions
from openbell.run import backtest
from openbell.run.verified import first_difference, verify
from tests.core.build import d
from tests.parts.kernels import build as b

b.begin()


def _run(**changes):
    return b.one([b.LONG, 0, b.FLAT, 0], b.flat(4), **changes)


def test_equal_runs_are_equal():
    b.compiled_once()
    found = verify(*_run(), b.CACHE)
    assert (found["equal"], found["reason"], found["difference"]) == (True, "", "")
    assert found["plain"]["engine"] == "plain"
    assert found["compiled"]["engine"] == "compiled"


def test_without_a_twin_nothing_is_compared():
    found = verify(*_run(venue=VenueOptions(latency=1)), b.CACHE)
    assert found["equal"]
    assert found["reason"] == "there is no compiled twin: the venue has latency"
    assert found["plain"] is found["compiled"] is None


@pytest.mark.parametrize("sort", ["order_rows", "fill_rows"])
def test_the_first_difference_is_named(sort, monkeypatch):
    from openbell.run import twin_result

    b.compiled_once()
    honest = getattr(twin_result, sort)
    monkeypatch.setattr(twin_result, sort, lambda twin: [row | {"qty": d(7)} for row in honest(twin)])
    found = verify(*_run(), b.CACHE)
    assert not found["equal"]
    assert "1 at ts" in found["difference"]
    assert "qty 10 plain, 7 compiled" in found["difference"]


def test_a_row_that_only_one_has_is_named():
    rows = [{"ts": 1, "qty": d(1)}, {"ts": 2, "qty": d(2)}]
    assert first_difference("fill", rows, rows) == ""
    assert first_difference("fill", rows, rows[:1]) == "only the plain engine has fill 2: ts 2, qty 2"
    assert first_difference("fill", [], rows).startswith("only the compiled engine has fill 1")


def test_a_figure_that_differs_is_named(monkeypatch):
    b.compiled_once()
    honest = backtest.summary
    monkeypatch.setattr(backtest, "summary", lambda book, extra: honest(book, extra) | {"wins": 99})
    assert verify(*_run(), b.CACHE)["difference"] == "wins: 99 plain, 0 compiled"


def test_a_comparison_tells_how_far_it_is_and_can_be_stopped():
    run, seen = b.one([0] * 20_000, b.flat(20_000)), []
    assert verify(*run, b.CACHE, seen.append)["equal"]
    assert seen == [1 << 14]
    stopped = verify(*run, b.CACHE, lambda _: True)
    assert (stopped["plain"], stopped["reason"]) == (None, "the plain engine was stopped before its end")


def test_a_strategy_that_cannot_be_compiled_runs_plain():
    b.compiled_once()
    run, told = _run()
    run.strategies["alpha"] = b.stock(_texts)
    found = verify(run, told, b.CACHE)
    assert found["equal"]
    assert "cannot be compiled" in found["reason"]


def _texts(state, params, row):
    return float(f"{row.close}"), 12
