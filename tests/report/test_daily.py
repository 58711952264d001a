"""The days of a run as a table for other programs."""

import csv
import io

import pytest

from openbell.report.daily import HEAD, days_csv
from tests.report.test_rivals import DAYS, worked


def test_a_line_for_each_day_with_each_deployments_return() -> None:
    desk = worked("one", "two")
    daily = desk.rivals.daily(desk.book)
    lines = list(csv.DictReader(io.StringIO(days_csv(desk.recorder, desk.book, daily))))
    assert list(lines[0]) == [*HEAD, "return_one", "return_two"]
    assert [line["date"] for line in lines] == list(daily["one"])
    assert len(lines) == DAYS
    level = peak = 100_000.0
    for line in lines:
        assert float(line["end"]) - float(line["start"]) == pytest.approx(float(line["result"]))
        level = float(line["end"])
        peak = max(peak, level)
        assert float(line["drawdown"]) == pytest.approx(1.0 - level / peak, abs=1e-6)
        assert float(line["return_one"]) == pytest.approx(daily["one"][line["date"]], abs=1e-6)
        assert line["rolling_sharpe"] == ""
