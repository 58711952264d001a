from openbell.run.clock import FakeClock, Pace, Steady, WallClock


def test_pace_holds_virtual_time_back_to_a_multiple_of_the_clock():
    clock = FakeClock(1_000)
    pace = Pace(clock, 2.0)
    assert pace.delay(50_000) == 0
    assert pace.delay(50_200) == 100
    clock.sleep(100)
    assert pace.delay(50_200) == 0
    assert pace.delay(50_100) < 0
    assert clock.slept == [100]


def test_F85_a_clock_that_is_set_back_holds_nothing_back():
    clock = FakeClock(10**18)
    pace = Pace(clock, 1.0)
    assert pace.delay(0) == 0
    clock.now = lambda: 10**18 - 3600 * 10**9
    assert pace.delay(500) == 500


def test_pace_without_speed_never_waits():
    assert Pace(FakeClock(), None).delay(10**18) == 0


def test_fake_clock_never_goes_back():
    clock = FakeClock(5)
    clock.sleep(-3)
    assert clock.now() == 5


def test_wall_clock_moves_and_sleeps_for_nothing_when_asked_to_go_back():
    clock = WallClock()
    before = clock.now()
    clock.sleep(-1)
    clock.sleep(1)
    assert clock.now() > before


class Set(FakeClock):
    """A clock that somebody sets, beside one that nobody does."""

    ahead = 0

    def now(self):
        return super().now() + self.ahead


def test_F85_where_the_clock_is_set_back_time_goes_on_at_half_the_pace_until_it_has_caught_up():
    clock = Set(1000)
    steady = Steady(clock)
    clock.sleep(100)
    assert steady.now() == 1100
    clock.ahead = -50
    seen = []
    for _ in range(6):
        clock.sleep(20)
        seen.append(steady.now())
    assert seen == [1110, 1120, 1130, 1140, 1150, 1170]
    clock.ahead = 500
    assert steady.now() == 1720


def test_time_is_lifted_to_what_was_seen_and_goes_on_from_there():
    clock = FakeClock(1000)
    steady = Steady(clock)
    assert steady.lift(1500) == 1500
    clock.sleep(100)
    assert (steady.now(), steady.lift(1200)) == (1550, 1550)
    steady.sleep(100)
    assert (clock.slept, steady.grown()) == ([100, 100], 1200)
