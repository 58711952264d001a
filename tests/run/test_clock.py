from openbell.run.clock import FakeClock, Pace, WallClock


def test_pace_holds_virtual_time_back_to_a_multiple_of_the_clock():
    clock = FakeClock(1_000)
    pace = Pace(clock, 2.0)
    assert pace.delay(50_000) == 0
    assert pace.delay(50_200) == 100
    clock.sleep(100)
    assert pace.delay(50_200) == 0
    assert pace.delay(50_100) < 0
    assert clock.slept == [100]


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
