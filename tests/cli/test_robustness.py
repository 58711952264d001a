"""`openbell robustness`: in words, for machines, and on a page."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said
from tests.run.study.test_robustness import HOURLY

Caller = Callable[..., Said]
GRID = ("--grid", "deployments.cross.strategy.fast=3:9:3", "deployments.cross.strategy.slow=12,24")


def test_it_tells_neighbours_overfitting_and_luck(call: Caller, config: Path, tmp_path: Path) -> None:
    config.write_text(HOURLY, encoding="utf-8")
    said = call("robustness", config, *GRID, "--json", "--jobs", "1", "--html", tmp_path / "r.html")
    data = said.data
    assert (said.code, data["verb"], data["runs"], data["trials"]) == (0, "robustness", 6, 6)
    assert data["overfitting"]["choices"] == 252
    assert 0.0 <= data["luck"]["deflated_sharpe"] <= data["luck"]["probabilistic_sharpe"] <= 1.0
    assert data["neighbours"]["count"] >= 2
    assert data["is_robust"] is (not data["doubts"])
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count('<svg class="heat"') == page.count('<svg class="columns"') == 1
    again = call("robustness", config, *GRID)
    assert "Best of 6 by sharpe: deployments.cross.strategy.fast" in again.out
    assert "Overfitting: " in again.out
    assert "Luck: the best of 6 worthless configurations" in again.out
    for doubt in data["doubts"]:
        assert f"DOUBT: {doubt}" in again.out


def test_two_days_are_too_few_and_it_says_so(call: Caller, config: Path) -> None:
    data = call("robustness", config, *GRID, "--json", "--jobs", "1").data
    assert (data["overfitting"], data["luck"], data["is_robust"]) == (None, None, False)
