"""How often something may happen is counted for so many names and no more."""

from openbell.paces import Pace


def test_only_so_many_places_are_remembered() -> None:
    pace = Pace(lambda: 0, 10_000)
    for n in range(10_001):
        assert pace.wait(str(n), 1) == 0
    assert (pace.wait("0", 1), pace.wait("10000", 1)) == (0, 60)
