"""`openbell report`."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_the_sheet_of_a_state_as_text_page_and_object(call: Caller, finished: Path, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    said = call("report", finished, "--out", page)
    assert said.code == 0
    for word in ("GROWTH", "Sharpe", "Max drawdown", "Expected shortfall", "TRADES BY WEEKDAY", f"Report: {page}"):
        assert word in said.out
    text = page.read_text(encoding="utf-8")
    assert "Monthly returns" in text and '<svg class="columns"' in text
    data = call("report", finished, "--out", page, "--json").data
    trades = data["performance"]["trades"]["USD"]
    for axis, values in data["performance"]["by"].items():
        assert sum(Decimal(one["USD"]["profit"]) for one in values.values()) == Decimal(trades["profit"]), axis
    assert data["report"] == str(page)


def test_its_figures_are_those_that_the_run_itself_ended_with(call: Caller, config: Path, tmp_path: Path) -> None:
    ran = call("run", config, "--speed", "max", "--state", tmp_path / "s", "--json").data
    told = call("report", tmp_path / "s", "--json").data
    for key in ("equity_end", "max_drawdown", "fees", "trades", "wins", "orders_hash"):
        assert told[key] == ran[key], key
    assert told["report"] == str(tmp_path / "s" / "report.html")
    account = told["performance"]["accounts"]["main"]
    grown = Decimal(ran["equity_end"]) / Decimal(ran["equity_start"]) - 1
    assert account["total_return"] == pytest.approx(float(grown), abs=1e-6)


def test_a_risk_free_return_lowers_the_ratios(call: Caller, finished: Path, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    plain = call("report", finished, "--out", page, "--json").data["performance"]["accounts"]["main"]
    said = call("report", finished, "--out", page, "--risk-free", "4%", "--json").data
    assert said["performance"]["accounts"]["main"]["sharpe"] < plain["sharpe"]
    assert "a risk-free return of 4% a year" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", ["4", "much"])
def test_a_return_that_is_none_is_told(call: Caller, finished: Path, wrong: str) -> None:
    said = call("report", finished, "--risk-free", wrong)
    assert said.code == 2 and "--risk-free" in said.err and "next: write it like 2% or 0.02" in said.err
