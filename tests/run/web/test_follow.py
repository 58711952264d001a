"""A journal followed is the run itself."""

from pathlib import Path

import pytest

from openbell.edges.journal import Options
from openbell.run import state as states
from openbell.run.facts import facts_hash
from openbell.run.live import Settings, live
from openbell.run.money import in_money
from openbell.run.reading import read_book
from openbell.run.records import Unlike
from openbell.run.web import follow
from openbell.run.web.follow import KEPT, Follower
from tests.run.small import small
from tests.run.web.stage import played


def to_the_end(follower: Follower, most: int = 2000) -> Follower:
    while follower.look(most):
        pass
    return follower


@pytest.mark.parametrize("most", [1, 7, 100_000])
def test_what_is_followed_is_what_is_read(most: int) -> None:
    follower = to_the_end(Follower(played()), most)
    read = read_book(states.journal(played()))
    with in_money():
        assert facts_hash(follower.book) == facts_hash(read.book)
    assert follower.seq == read.seq
    counts = read.book.truth.counts
    assert follower.counts["fills"] == counts.fills
    assert follower.counts["trades"] == counts.trades
    assert follower.counts["bars"] == counts.bars
    assert follower.counts["decisions"] == sum(counts.decisions.values())
    assert len(follower.streams["decisions"]) == KEPT
    shown = list(follower.streams["decisions"])
    assert {row["action"] for row in shown} <= {"BUY", "SELL", "HOLD"}
    kept = [row for row in shown if row["is_changed"]]
    assert {row["action"] for row in kept} <= {"HOLD"}, "what did not come to an order was no purchase and no sale"
    assert any(set(row["numbers"]) == {"fast", "slow"} for row in shown)
    follower.close()


def test_a_run_that_goes_is_followed_from_step_to_step(tmp_path: Path) -> None:
    prepared, market = small(tmp_path)
    place = Settings(state=tmp_path / "s", until_bars=50)
    live(prepared, market, place)
    follower = to_the_end(Follower(tmp_path / "s"))
    assert follower.book.truth.counts.bars == 50
    live(prepared, market, Settings(state=tmp_path / "s", until_bars=120))
    assert to_the_end(follower).book.truth.counts.bars == 120
    follower.close()


def test_a_long_journal_is_taken_from_its_newest_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, market = small(tmp_path)
    live(prepared, market, Settings(state=tmp_path / "s", journal=Options(segment_bytes=1 << 16)))
    monkeypatch.setattr(follow, "WHOLE", 10)
    follower = to_the_end(Follower(tmp_path / "s"))
    whole = read_book(states.journal(tmp_path / "s"))
    with in_money():
        assert facts_hash(follower.book) == facts_hash(whole.book)
    assert follower.since_seq > 10
    assert follower.counts["bars"] < whole.book.truth.counts.bars
    follower.close()


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    states.journal(tmp_path).mkdir()
    with pytest.raises(Unlike):
        Follower(tmp_path)
