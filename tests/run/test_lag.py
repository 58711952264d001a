import asyncio

from openbell.core.types import NS
from openbell.run.lag import CALM_NS, LIMIT_NS, Lag

STEP = NS // 20


def test_F97_a_stall_begins_a_strain_that_lasts_until_all_was_calm() -> None:
    lag = Lag()
    assert not lag.note(LIMIT_NS, STEP)
    assert lag.note(LIMIT_NS + 1, STEP)
    assert lag.strained == LIMIT_NS + 1
    assert not lag.note(3 * LIMIT_NS, STEP)
    steps = CALM_NS // STEP
    assert [lag.note(0, STEP) for _ in range(steps)] == [False] * (steps - 1) + [True]
    assert lag.strained == 0
    assert lag.worst == 3 * LIMIT_NS


def test_F97_a_second_stall_begins_the_calm_anew() -> None:
    lag = Lag()
    lag.note(2 * LIMIT_NS, STEP)
    lag.note(0, CALM_NS - 1)
    assert not lag.note(2 * LIMIT_NS, STEP)
    assert not lag.note(0, CALM_NS - 1)
    assert lag.note(0, 1)


def test_F97_the_loop_itself_is_measured() -> None:
    async def play() -> int:
        lag = Lag()
        await lag.step()
        return lag.worst

    assert asyncio.run(play()) >= 0
