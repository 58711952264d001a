"""A week of the year: nothing is left open, and the truth does not grow with the days."""

from pathlib import Path

from openbell.edges.journal import Options
from tests.soak.year import Evening, evenings, slope

QUIET = Options(is_background=False, is_compressing=False, segment_bytes=4 << 20)


def test_F96_B36_a_week_with_faults_leaves_nothing_open_and_no_growing_truth(tmp_path: Path) -> None:
    found = list(evenings(tmp_path, 8, QUIET))
    assert [one.day for one in found] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len({one.files for one in found}) == 1
    assert len({one.threads for one in found}) == 1
    early, late = found[1].truth_bytes, found[-1].truth_bytes
    # Ids and executions of six days with faults, each kept to its bound: some kilobytes a day and no more.
    assert late - early < 6 * 20_000
    assert found[-1].events > 8 * 2 * 390


def test_the_slope_is_that_of_a_straight_line() -> None:
    points = [Evening(day, 100.0 + 0.25 * day, 3, 1, 0, 0) for day in range(10)]
    rise, doubt = slope(points)
    assert abs(rise - 0.25) < 1e-9
    assert doubt < 1e-6
