"""What is kept of operations: outcomes, ticks, proposals."""

from pathlib import Path

from openbell.run.operations.outcome import (
    FILE,
    Outcome,
    Proposal,
    Tick,
    keep,
    kept,
    proposals,
    propose,
    take_tick,
    tick,
)

ONE = Outcome(ts=1, wall=2, date="2024-01-02", block="intraday", step="monitor_pnl", level="ok", told="fine",
              details={"day": "1.5"})  # fmt: skip


def test_outcomes_are_kept_in_order_and_a_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    assert list(kept(tmp_path)) == []
    keep(tmp_path, ONE)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"ts": 2, "wall": 3, "da\n')
    keep(tmp_path, ONE)
    assert list(kept(tmp_path)) == [ONE, ONE]


def test_a_tick_is_taken_once(tmp_path: Path) -> None:
    assert take_tick(tmp_path, "review_overnight_news") is None
    tick(tmp_path, "review_overnight_news", Tick(actor="ann", note="calm"))
    assert take_tick(tmp_path, "review_overnight_news") == Tick(actor="ann", note="calm")
    assert take_tick(tmp_path, "review_overnight_news") is None


def test_a_proposal_is_kept_until_it_is_approved(tmp_path: Path) -> None:
    made = Proposal(id="daily_loss-2024-01-07", rule="daily_loss", now="3.00%", wanted="1.50%", why="calm days")
    assert proposals(tmp_path) == []
    propose(tmp_path, made)
    made.approved = "ann"
    propose(tmp_path, made)
    assert [one.approved for one in proposals(tmp_path)] == ["ann"]
