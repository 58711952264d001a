"""What is best in several ways at once."""

import random

from openbell.research.pareto import front


def test_a_point_stays_unless_another_is_better_somewhere_and_nowhere_worse():
    points = [(1.0, 5.0), (2.0, 4.0), (2.0, 3.0), (3.0, 1.0), (0.5, 5.0), (3.0, 1.0)]
    assert front(points) == [0, 1, 3, 5]
    assert front([(1.0,), (3.0,), (2.0,)]) == [1]
    assert front([]) == []


def test_every_point_left_out_has_one_in_the_front_that_is_better():
    chance = random.Random(4)
    points = [(chance.random(), chance.random(), chance.random()) for _ in range(60)]
    kept = front(points)
    assert 0 < len(kept) < 60
    for place, point in enumerate(points):
        above = [n for n in kept if n != place and all(a >= b for a, b in zip(points[n], point, strict=True))]
        assert bool(above) == (place not in kept)
