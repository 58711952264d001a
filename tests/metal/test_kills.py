from pathlib import Path

import pytest

from tests.metal.campaign import run


@pytest.mark.slow
def test_F88_F89_killed_again_and_again_no_order_is_doubled_and_no_fill_is_lost(tmp_path: Path) -> None:
    report = run(tmp_path, kills=8, seed=7)
    assert report.verdict.is_clean, report.verdict
    assert report.verdict.executions > 0
    assert max(report.working) >= 10
