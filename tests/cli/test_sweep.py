"""`openbell sweep`: every value tried once, in words, for machines, and on a page."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.cli.sweep import cells, columns
from openbell.run.study.trial import Outcome
from tests.cli.process import Said, begin, config_of, until

pytestmark = pytest.mark.usefixtures("few_bars")
Caller = Callable[..., Said]
GRID = ("--grid", "deployments.cross.strategy.fast=3:12:3", "deployments.cross.strategy.slow=10,20")


def test_every_point_is_tried_once_and_told(call: Caller, config: Path, tmp_path: Path) -> None:
    said = call("sweep", config, *GRID, "--html", tmp_path / "s.html", "--json", "--jobs", "1")
    data = said.data
    assert (said.code, data["verb"], data["made"], data["trials"], len(data["runs"])) == (0, "sweep", 8, 7, 8)
    assert data["best"]["sharpe"] == max(run["sharpe"] for run in data["runs"] if "sharpe" in run)
    (refused,) = [run for run in data["runs"] if "refused" in run]
    assert "must be at least 1 and below slow" in refused["refused"]
    assert Path(data["report"]).read_text(encoding="utf-8").count("<rect") == 8
    assert (tmp_path / "home" / "research").is_dir()
    again = call("sweep", config, *GRID, "--json").data
    assert (again["made"], again["runs"], again["best"]) == (0, data["runs"], data["best"])


def test_a_run_of_a_sweep_is_the_backtest_of_that_file(call: Caller, config: Path) -> None:
    best = call("sweep", config, *GRID, "--json", "--jobs", "1").data["best"]
    fast, slow = best["values"].values()
    text = config_of(strategy=f"{{kind: ema_cross, fast: {fast}, slow: {slow}}}", interval="5m")
    config.write_text(text, encoding="utf-8")
    data = call("backtest", config, "--json").data
    assert [data[name] for name in ("equity_end", "trades", "fills")] == [
        best[name] for name in ("equity_end", "trades", "fills")
    ]


def test_draws_are_those_of_the_seed(call: Caller, config: Path, tmp_path: Path) -> None:
    grid = ("--grid", "deployments.cross.strategy.fast=2:20", "--random", "4", "--json")
    one = call("sweep", config, *grid, "--seed", "3", "--jobs", "1").data
    other = call("sweep", config, *grid, "--seed", "3", "--jobs", "2", "--store", tmp_path / "other").data
    third = call("sweep", config, *grid, "--seed", "4", "--jobs", "1").data
    assert (one["runs"], other["made"]) == (other["runs"], 4)
    assert one["runs"] != third["runs"]


def test_people_read_a_table_best_first(call: Caller, config: Path) -> None:
    said = call("sweep", config, *GRID, "--jobs", "1")
    lines = said.out.splitlines()
    assert lines[0].split() == ["fast", "slow", "return", "sharpe", "drawdown", "trades", "wins"]
    ratios = [float(line.split()[3]) for line in lines[1:8]]
    assert ratios == sorted(ratios, reverse=True)
    assert "8 runs (8 made now)." in said.out
    assert "7 configurations were tried" in said.out
    assert "1 could not be run, the first: deployments[0].strategy" in said.out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "no values to try"),
        (("--grid", "a"), "is not an axis"),
        (("--grid", "deployments.cross.strategy.fast=1:9"), "without a step"),
        (("--grid", "source.seed=1,2"), "changes the data"),
        (("--grid", "deployments.cross.strategy.fats=1,2"), "fats"),
        ((*GRID, "--by", "luck"), "--by: 'luck' is not a measure"),
        ((*GRID, "--jobs", "0"), "--jobs: 0"),
        ((*GRID, "--random", "0"), "--random: 0"),
        ((*GRID, "--account", "none"), "no account 'none'"),
    ],
)
def test_what_cannot_be_swept_says_why(call: Caller, config: Path, words: tuple[str, ...], what: str) -> None:
    said = call("sweep", config, *words)
    assert (said.code, said.out) == (2, "")
    assert what in said.err
    assert "next: " in said.err


def test_a_sweep_that_ctrl_c_ended_goes_on_where_it_was(call: Caller, config: Path, tmp_path: Path) -> None:
    config.write_text(config_of(interval="2m"), encoding="utf-8")
    grid = ("--grid", "deployments.cross.strategy.fast=2:9:1", "deployments.cross.strategy.slow=20:35:5", "--json")
    store = tmp_path / "store"
    process = begin(tmp_path, "sweep", config, *grid, "--jobs", "2", "--store", store)
    until(lambda: any(file.stat().st_size for file in store.glob("*")), "the first runs")
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=180)
    data = json.loads(out)
    assert (process.returncode, data["is_complete"], "the same command goes on" in err) == (130, False, True)
    assert 0 < data["runs"] < 32
    rest = call("sweep", config, *grid, "--jobs", "1", "--store", store).data
    whole = call("sweep", config, *grid, "--jobs", "1", "--store", tmp_path / "other").data
    assert [one for one in (rest, whole) if "made" not in one] == []
    assert (rest["made"], whole["made"]) == (32 - data["runs"], 32)
    assert (rest["runs"], rest["best"], rest["trials"]) == (whole["runs"], whole["best"], whole["trials"])


def test_a_run_without_a_figure_shows_a_dash() -> None:
    assert cells(Outcome(key="a", values=(("x.y", "3"),), refused="no")) == ["3", *"–" * 5]
    assert cells(Outcome(key="a", values=(), total_return=0.012)) == ["+1.20%", "–", "0.00%", "0", "–"]
    assert columns(["a", "long"], [["10", "1"]]) == [" a  long", "10     1"]
