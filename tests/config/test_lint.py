"""Warnings: what may start and should not. Contradictions that are errors stand in errors.txt."""

from pathlib import Path

import pytest

from openbell.config.lint import references
from tests.config.fake import read, swap

SECOND = (
    "  - {name: two, strategy: {kind: ema_cross}, instruments: [QQQ], bars: 1m, account: main, "
    "short: true, budget: {capital: 60000 USD}}\nrules:\n"
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            [("per_position: 2%, positions: 3", "per_position: 60%")],
            [("11:48 deployments[0].budget.per_position: warning: 2 positions of 60% are more than the capital; "
             "lower it, or positions [C111]")],
        ),
        (
            [("stop_loss: 2%", "stop_loss: 100%")],
            ["12:24 deployments[0].exits.stop_loss: warning: a stop 100% below the entry is never reached [C111]"],
        ),
        (
            [("    bars: 1m\n", "    bars: 1m\n    size: {notional: 60000 USD}\n")],
            ["10:22 deployments[0].size.notional: warning: one position of 60000 USD is more than the capital [C111]"],
        ),
        (
            [("rules:\n", SECOND)],
            [
                ("4:29 accounts.main.cash: warning: the deployments' capital together is 110000 USD, "
                "the account has 100000 USD; lower the capital [C111]"),
                ("13:59 deployments[1].instruments: warning: two and cross both trade QQQ, and opposite positions "
                "will be refused; write netting: true in the account main, or separate them [C111]"),
            ],
        ),
        ([("rules:\n", SECOND), ("cash: 100000 USD", "cash: 100000 USD, netting: true, leverage: 2")], []),
        (
            [("mode: sim", "instruments: {SPX: {}}")],
            ["1:15 instruments.SPX: warning: no deployment trades it, did you mean SPY? [C111]"],
        ),
        (
            [("deployments:\n", "  spare: {broker: sim, cash: 1 USD}\ndeployments:\n")],
            ["5:3 accounts.spare: warning: no deployment uses it [C111]"],
        ),
        (
            [("limit: 3%}\n", "limit: 3%}\n  - {duplicate: off}\n  - {kind: kill}\n  - {kind: kill}\n")],
            [
                "15:17 rules[1].duplicate: warning: duplicate is no standard rule and off without this [C111]",
                "17:5 rules[3]: warning: the same rule stands twice [C111]",
            ],
        ),
    ],
)  # fmt: skip
def test_warnings(changes: list[tuple[str, str]], expected: list[str], tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(*changes))
    assert [problem.text().partition("c.yaml:")[2] for problem in loaded.warnings] == expected


@pytest.mark.parametrize(
    "data", [{}, {"accounts": 1, "deployments": 2}, {"deployments": [1, {"name": [], "instruments": "x"}]}]
)
def test_references_tolerate_any_data(data: dict[str, object]) -> None:
    assert references(data) == []
