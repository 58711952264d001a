"""The review of a month that asks whether trading has drifted."""

from pathlib import Path

import pytest

from openbell.config.operations import ParameterReview
from openbell.run.operations.outcome import kept
from openbell.run.study.life import prepared_of, review
from openbell.run.study.transition import known
from openbell.run.study.trial import StudyError
from tests.run.study.drifted import FAST, GRID, SLOW, TEXT, run

OTHERS = (
    "pre_market: null, market_open: null, intraday: null, market_close: null, post_market: null, weekly_review: null"
)
ASKS = (
    TEXT
    + "operations:\n  "
    + OTHERS.replace(", ", "\n  ")
    + f"\n  parameter_review:\n    triggers: [performance_degradation > 0.3]\n    grid: ['{GRID[0]}', '{GRID[1]}']\n"
    + "    recent: 15\n    train: 12\n"
)


def test_the_monthly_review_asks_and_proposes_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    # Forty-two days of long waves, then nineteen of short ones: the review of the first of March sees them all.
    state = run(tmp_path, ASKS, calm=42, wild=19)
    *_, first, last = [one for one in kept(state) if one.block == "parameter_review"]
    assert first.level == "ok" and first.told.endswith("no drift")
    assert last.level == "warn" and last.told.startswith("drift: performance_degradation > 0.3: ")
    assert [step["step"] for step in last.details["steps"]][:2] == ["collect_recent_data", "run_walk_forward_update"]
    assert "openbell drift" in last.told
    (made,) = known(state).values()
    assert (made.values, made.taken) == (((FAST, "3"), (SLOW, "8")), ())
    assert (tmp_path / "c.yaml").read_text(encoding="utf-8") == ASKS
    assert not (tmp_path / "c-next.yaml").exists()


def test_a_run_without_a_file_says_so(drifted: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="begun without a file"):
        prepared_of(tmp_path)
    with pytest.raises(StudyError, match="has traded 60 days"):
        review(drifted, ParameterReview(recent=60))
