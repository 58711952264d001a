"""`openbell montecarlo`: in words, for machines, and on a page."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.cli.montecarlo import share
from openbell.cli.shell.failure import Wrong
from tests.cli.process import Said
from tests.run.study.test_montecarlo import BRISK

Caller = Callable[..., Said]


def test_percentiles_of_falls_and_ruin_are_told(call: Caller, config: Path, tmp_path: Path) -> None:
    config.write_text(BRISK, encoding="utf-8")
    words = ("montecarlo", config, "--paths", "300", "--runs", "3", "--ruin", "1%", "--jobs", "1")
    said = call(*words, "--json", "--html", tmp_path / "m.html")
    data = said.data
    assert (said.code, list(data["results"])) == (
        0, ["trades_shuffled", "trades_redrawn", "blocks_of_days", "costs"],
    )  # fmt: skip
    for sort in data["results"].values():
        falls = list(sort["drawdown"].values())
        assert falls == sorted(falls)
        assert 0.0 <= falls[0] <= falls[-1] <= 1.0
    assert 0.0 < data["results"]["trades_redrawn"]["ruined"] <= 1.0
    assert data["results"]["costs"]["ruined"] is None
    assert (tmp_path / "m.html").read_text(encoding="utf-8").count('<svg class="curves"') == 2
    again = call(*words, "--json").data
    assert (again["results"], again["made"]) == (data["results"], 0)
    other = call(*words, "--json", "--seed", "2").data
    assert other["results"] != data["results"]
    assert "the same trades in another order" in call(*words).out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--paths", "0"), "--paths: 0 is too small"),
        (("--runs", "-1"), "--runs: -1 is too small"),
        (("--ruin", "0"), "no ruin"),
        (("--costs", "2"), "--costs: '2' is not a share"),
        ((), "too few to draw from"),
    ],
)
def test_what_cannot_be_drawn_says_why(call: Caller, config: Path, words: tuple[str, ...], what: str) -> None:
    said = call("montecarlo", config, "--until", "2024-01-02T03:00", *words)
    assert (said.code, what in said.err, "next: " in said.err) == (2, True, True)


def test_shares_are_written_either_way() -> None:
    assert share("--x", "5%") == share("--x", "0.05") == Decimal("0.05")
    with pytest.raises(Wrong):
        share("--x", "much")
