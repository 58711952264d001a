"""One limit changed in a file's text: every form of rules, and nothing else of the file."""

import pytest

from openbell.config.amend import with_limit

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
