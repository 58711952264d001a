from pathlib import Path

from openbell.wire.log import Log
from openbell.wire.mischief import Outcome
from openbell.wire.windows import Windows


def test_what_lasts_begins_with_an_outcome_and_ends_by_the_clock(tmp_path: Path) -> None:
    now = [100]
    windows = Windows(Log(tmp_path / "w.log"), lambda: now[0])
    windows.open(Outcome(mute=50, lag=7, lags=20, skew=-30))
    assert (windows.is_during("mute"), windows.is_during("stall"), windows.left("mute")) == (True, False, 50)
    assert (windows.lag, windows.time) == (7, 70)
    now[0] = 125
    assert (windows.lag, windows.left("mute")) == (0, 25)
    now[0] = 150
    assert (windows.is_during("mute"), windows.left("mute")) == (False, 0)
    assert '"what":"mute","lasts":50' in (tmp_path / "w.log").read_text()


def test_everything_can_be_ended_at_once(tmp_path: Path) -> None:
    windows = Windows(Log(tmp_path / "w.log"), lambda: 0)
    windows.open(Outcome(ban=50, down=50, skew=9))
    windows.close()
    assert (windows.is_during("ban"), windows.is_during("down"), windows.time) == (False, False, 0)
