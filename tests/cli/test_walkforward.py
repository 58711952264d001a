"""`openbell walkforward`: in words, for machines, and on a page."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.process import Said
from tests.run.study.test_robustness import HOURLY

Caller = Callable[..., Said]
GRID = ("--grid", "deployments.cross.strategy.fast=3:9:3", "deployments.cross.strategy.slow=12,24")


def test_folds_follow_each_other_and_are_told(call: Caller, config: Path, tmp_path: Path) -> None:
    config.write_text(HOURLY, encoding="utf-8")
    words = ("walkforward", config, *GRID, "--folds", "4", "--embargo", "1")
    said = call(*words, "--json", "--jobs", "1", "--html", tmp_path / "w.html")
    data = said.data
    assert (said.code, len(data["folds"]), data["judged_days"], data["days"]) == (0, 4, 16, 20)
    for fold in data["folds"]:
        # A day purged and a day of embargo lie between.
        assert int(fold["test"][0][-2:]) - int(fold["train"][1][-2:]) == 3
    assert '<svg class="curves"' in (tmp_path / "w.html").read_text(encoding="utf-8")
    again = call(*words)
    head = " ".join(again.out.splitlines()[0].split())
    assert head == "chosen in judged in fast slow sharpe inside sharpe outside"
    assert "Judged on 16 days" in again.out
    rolling = call("walkforward", config, *GRID, "--mode", "rolling", "--train", "6", "--folds", "2", "--json").data
    assert (rolling["made"], rolling["mode"]) == (0, "rolling")
    assert [int(f["train"][1][-2:]) - int(f["train"][0][-2:]) for f in rolling["folds"]] == [5, 5]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--mode", "sideways"), "--mode: 'sideways'"),
        (("--mode", "rolling"), "go together"),
        (("--train", "5"), "go together"),
        (("--folds", "0"), "folds are at least one"),
        ((), "2 trading days are too few"),
    ],
)
def test_what_cannot_be_walked_says_why(call: Caller, config: Path, words: tuple[str, ...], what: str) -> None:
    said = call("walkforward", config, *GRID, *words, "--jobs", "1")
    assert (said.code, what in said.err, "next: " in said.err) == (2, True, True)
