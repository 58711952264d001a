from pathlib import Path

import pytest

from tests.metal.campaign import ENOUGH, play_round


@pytest.mark.slow
def test_F88_F89_killed_again_and_again_no_order_is_doubled_and_no_fill_is_lost(tmp_path: Path) -> None:
    report = play_round(tmp_path, kills=16, seed=7)
    assert report.wrong == []
    assert report.early > 0
    assert report.executions > 0
    assert max(report.working) >= ENOUGH
