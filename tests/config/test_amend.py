"""A limit or values changed in a file's text: every form of it, and nothing else of the file."""

import pytest

from openbell.config.amend import with_limit, with_values

HEAD = "# mine\nmode: sim   # on paper\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rules:\n  daily_loss: {limit: 3%}\n", "rules:\n  daily_loss: {limit: 1%}\n"),
        ("rules:\n  daily_loss: {}\n  kill: {}\n", "rules:\n  daily_loss: {limit: 1%}\n  kill: {}\n"),
        ("rules:\n  preset: none\n  kill: {}\n", "rules:\n  preset: none\n  kill: {}\n  daily_loss: {limit: 1%}\n"),
        ("rules:\n- {kind: daily_loss, limit: 3%}\n- kill: off\n", "rules:\n- {kind: daily_loss, limit: 1%}\n- kill: off\n"),
        ("rules:\n- {kind: drawdown}\n", "rules:\n- {kind: drawdown}\n- {kind: daily_loss, limit: 1%}\n"),
        ("rules:\n  daily_loss:\n  - {limit: 3%}\n", "rules:\n  daily_loss:\n  - {limit: 1%}\n"),
        ("rules:\n  - {kind: drawdown}\n", "rules:\n  - {kind: drawdown}\n  - {kind: daily_loss, limit: 1%}\n"),
        ("title: x\n", "title: x\nrules:\n  daily_loss: {limit: 1%}\n"),
    ],
)  # fmt: skip
def test_the_limit_changes_and_all_else_stays(before: str, after: str) -> None:
    assert with_limit(HEAD + before, "daily_loss", "1%") == HEAD + after


FILE = (
    HEAD
    + """\
deployments:
  - name: cross   # chosen in spring
    strategy: {kind: ema_cross, fast: 9}
    exits: {stop_loss: 2%}
  - name: other
    strategy: momentum
rules:
  - {kind: daily_loss, limit: 3%}
"""
)


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("deployments.cross.strategy.fast", "12", "fast: 9}", "fast: 12}"),
        ("deployments.0.exits.stop_loss", "2.5%", "stop_loss: 2%", "stop_loss: 2.5%"),
        ("deployments.other.strategy.fast_period", "12", "strategy: momentum", "strategy: {kind: momentum, fast_period: 12}"),
        ("rules.daily_loss.limit", "1%", "limit: 3%", "limit: 1%"),
        ("deployments.cross.strategy.threshold", "0.025", "fast: 9}", "fast: 9, threshold: 0.025}"),
        ("deployments.cross.exits.trailing.distance", "1%", "2%}", "2%, trailing: {distance: 1%}}"),
    ],
)  # fmt: skip
def test_a_value_changes_by_its_path_and_all_else_stays(path: str, value: str, old: str, new: str) -> None:
    assert with_values(FILE, {path: value}) == FILE.replace(old, new, 1)


@pytest.mark.parametrize("path", ["deployments.cros.strategy.fast", "deployments.2.strategy.fast"])
def test_a_path_that_leads_nowhere_is_an_error(path: str) -> None:
    with pytest.raises(KeyError):
        with_values(FILE, {path: "1"})
