"""`openbell optimize`: searched, remembered, gone on with, told."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.process import Said, begin, config_of, until

pytestmark = pytest.mark.usefixtures("few_bars")
Caller = Callable[..., Said]
GRID = ("--grid", "deployments.cross.strategy.fast=2:20", "deployments.cross.strategy.slow=10:40")
LONG = (*GRID, "--trials", "40", "--batch", "8", "--json")
ROWS = ("runs", "best", "front", "trials", "seed", "sampler", "code", "data")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a long search came to that nobody ended."""
    folder = tmp_path_factory.mktemp("whole")
    file = folder / "small.yaml"
    file.write_text(config_of(interval="2m"), encoding="utf-8")
    process = begin(folder, "optimize", file, *LONG, "--jobs", "1", "--store", folder / "store")
    out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    data = json.loads(out)
    assert isinstance(data, dict)
    return data


def test_a_search_is_told_to_machines_and_on_a_page(call: Caller, config: Path, tmp_path: Path) -> None:
    said = call("optimize", config, *GRID, "--trials", "12", "--html", tmp_path / "o.html", "--json", "--jobs", "1")
    data = said.data
    assert (said.code, data["verb"], data["asked"], data["sampler"], data["seed"]) == (0, "optimize", 12, "tpe", 1)
    assert data["best"]["sharpe"] == max(run["sharpe"] for run in data["runs"] if run.get("sharpe") is not None)
    assert {len(run["config"]) for run in data["runs"] if "config" in run} == {64}
    assert data["trials"] == len([run for run in data["runs"] if "refused" not in run])
    page = Path(data["report"]).read_text(encoding="utf-8")
    assert page.count('<svg class="dots"') == 2
    assert page.count('<svg class="curves"') == 1
    assert (page.count("<circle"), "OPTIMIZE" in page) == (2 * data["trials"], True)
    again = call("optimize", config, *GRID, "--trials", "12", "--json").data
    assert (again["made"], [again[name] for name in ROWS]) == (0, [data[name] for name in ROWS])


def test_its_best_is_the_backtest_of_that_file_and_counts_for_robustness(call: Caller, config: Path) -> None:
    data = call("optimize", config, *GRID, "--trials", "6", "--json", "--jobs", "1").data
    fast, slow = data["best"]["values"].values()
    grid = ("--grid", f"deployments.cross.strategy.fast={fast}", f"deployments.cross.strategy.slow={slow},60")
    swept = call("sweep", config, *grid, "--json", "--jobs", "1").data
    (same,) = [run for run in swept["runs"] if run["values"] == data["best"]["values"]]
    assert same == {name: value for name, value in data["best"].items() if name != "trial"}
    assert (swept["made"], swept["trials"]) == (1, data["trials"] + 1)


def test_several_measures_are_searched_for_by_generations(call: Caller, config: Path) -> None:
    given = (*GRID, "--trials", "10", "--batch", "5", "--by", "return,drawdown", "--seed", "9", "--jobs", "1")
    said = call("optimize", config, *given)
    assert said.code == 0
    assert "in return and drawdown at once" in said.out
    data = call("optimize", config, *given, "--json").data
    assert (data["sampler"], data["by"], data["made"]) == ("nsga2", ["return", "drawdown"], 0)
    front = [(run["total_return"], -run["max_drawdown"]) for run in data["front"]]
    for run in data["runs"]:
        if "refused" not in run:
            point = (run["total_return"], -run["max_drawdown"])
            better = [one for one in front if one != point and one[0] >= point[0] and one[1] >= point[1]]
            assert (point in front) != bool(better)


def test_the_best_values_are_written_into_a_copy_that_is_a_file_of_its_own(call: Caller, tmp_path: Path) -> None:
    file, copy = tmp_path / "c.yaml", tmp_path / "best.yaml"
    words = "{kind: momentum, fast_period: 10, slow_period: 30, signal_threshold: 0.01}  # of last year"
    file.write_text(config_of(strategy=words), encoding="utf-8")
    path = "deployments.cross.strategy"
    grid = (f"{path}.fast_period=8:14", f"{path}.slow_period=20:40", f"{path}.signal_threshold=0.001,0.002,0.025")
    data = call("optimize", file, "--grid", *grid, "--trials", "4", "--write", copy, "--json", "--jobs", "1").data
    best = {key.rpartition(".")[2]: value for key, value in data["best"]["values"].items()}
    block = ", ".join(f"{name}: {best[name]}" for name in ("fast_period", "slow_period", "signal_threshold"))
    assert data["written"] == str(copy)
    written = file.read_text(encoding="utf-8").replace(words, f"{{kind: momentum, {block}}}  # of last year")
    assert copy.read_text(encoding="utf-8") == written
    assert call("check", copy).code == 0
    again = call("optimize", file, "--grid", *grid, "--trials", "4", "--write", copy)
    assert (again.code, "is there already" in again.err) == (2, True)


def test_a_copy_stands_beside_its_file(call: Caller, config: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for copy, words in ((tmp_path / "other" / "a.yaml", "in another folder"), (tmp_path / "a.ini", "ends in .yaml")):
        said = call("optimize", config, *GRID, "--trials", "1", "--write", copy)
        assert (said.code, words in said.err) == (2, True), said.err


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_search_that_was_ended_goes_on_where_it_was(
    call: Caller, config: Path, tmp_path: Path, whole: dict[str, Any], end: signal.Signals
) -> None:
    config.write_text(config_of(interval="2m"), encoding="utf-8")
    store = tmp_path / "store"
    process = begin(tmp_path, "optimize", config, *LONG, "--jobs", "2", "--store", store)
    until(lambda: any(file.read_bytes().count(b"\n") > 3 for file in store.glob("*")), "the first runs")
    os.kill(process.pid, end)
    out, err = process.communicate(timeout=180)
    if end == signal.SIGINT:
        data = json.loads(out)
        assert (process.returncode, data["is_complete"], data["asked"]) == (130, False, 40)
        assert "the same command goes on" in err
    else:
        assert (process.returncode, out) == (-signal.SIGKILL, "")
    rest = call("optimize", config, *LONG, "--jobs", "1", "--store", store).data
    assert 0 < rest["made"] < whole["made"] == len(whole["runs"])
    assert [rest[name] for name in ROWS] == [whole[name] for name in ROWS]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "no values to try"),
        (("--grid", "a"), "is not an axis"),
        (("--grid", "source.seed=1:2"), "changes the data"),
        (("--grid", "deployments.cross.strategy.fats=1:9"), "fats"),
        ((*GRID, "--by", "luck"), "--by: 'luck' is not a measure"),
        ((*GRID, "--by", "sharpe,sharpe"), "names a measure twice"),
        ((*GRID, "--sampler", "cma"), "--sampler: 'cma'"),
        ((*GRID, "--trials", "0"), "--trials: 0"),
        ((*GRID, "--batch", "0"), "--batch: 0"),
        ((*GRID, "--sampler", "nsga2", "--batch", "1"), "--batch: 1"),
        ((*GRID, "--backend", "slurm"), "--backend: 'slurm'"),
        ((*GRID, "--cluster", "tcp://127.0.0.1:1"), "--cluster: a pool"),
        ((*GRID, "--backend", "dask", "--cluster", "x", "--jobs", "2"), "--jobs: a cluster"),
    ],
)
def test_what_cannot_be_searched_says_why(call: Caller, config: Path, words: tuple[str, ...], what: str) -> None:
    said = call("optimize", config, *words)
    assert (said.code, said.out) == (2, "")
    assert what in said.err
    assert "next: " in said.err
