"""The end of a run in words."""

import re
from pathlib import Path

import pytest

from openbell.cli.shell.finish import alarms, report_place
from openbell.core.book import LatchState


def test_a_report_goes_to_the_state_or_home_or_where_asked(tmp_path: Path) -> None:
    assert report_place(Path("a.html"), tmp_path, "n", 0) == Path("a.html")
    assert report_place(None, tmp_path, "n", 0) == tmp_path / "report.html"
    assert report_place(None, None, "n", 5_000_000_000) == tmp_path / "home" / "reports" / "n-5.html"


def test_a_closed_gate_is_told_big() -> None:
    latch = LatchState(kind="kill", scope="all", release="manual", reason="looks wrong", ts=0)
    text = "\n".join(alarms([latch]))
    assert "NO NEW RISK" in text
    assert "kill all: looks wrong" in text
    assert "openbell resume" in text
    assert alarms([]) == []


@pytest.mark.parametrize("verb", ["run", "backtest"])
def test_what_is_told_adds_up(call: "object", config: Path, verb: str) -> None:
    said = call(verb, config)  # type: ignore[operator]  # the caller of conftest
    found = dict(line.strip().split(": ") for line in said.out.splitlines() if line.count(": ") == 1)
    parts = ("Total Executions", "HOLD", "Rejected", "Skipped", "Errors")
    assert int(found["Total Decisions"]) == sum(int(found[part]) for part in parts)
    assert int(found["Total Executions"]) == int(found["BUY"]) + int(found["SELL"])
    # A run lists every execution, a backtest the latest ones: its report has the others.
    (fills,) = re.findall(r"(\d+) fills", said.out)
    listed = [line for line in said.out.splitlines() if re.search(r" \| (BUY|SELL) .* @ ", line)]
    assert (len(listed), int(fills) > 12) == (int(fills) if verb == "run" else 12, True)
