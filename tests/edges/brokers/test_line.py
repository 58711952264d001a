import asyncio

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers.failures import AuthFailed, Transient
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.words import link

QUERY = fx.Query(account="main")


class Pretended:
    """A session that hears nothing."""

    is_up = True
    failure: AuthFailed | None = None

    def take(self, effect: fx.Effect, now: int) -> list[ev.Event]:
        return [link("main", f"took {type(effect).__name__}", is_up=True)]

    def end(self, why: str, now: int) -> list[ev.Event]:
        return [link("main", why, is_up=False)]


def texts(told: list[ev.Event]) -> list[str]:
    return [getattr(event, "text", "") or getattr(event, "failed", "") for event in told]


def ran(serve: object) -> tuple[Line, list[ev.Event]]:
    """Return a line that was served until it ended, and what it told."""
    told: list[ev.Event] = []

    async def room() -> None:
        return

    async def scene() -> Line:
        joint = Joint(tell=told.extend, room=room, now=lambda: 1, epoch=lambda: 1, seed=1, since=0)
        line = Line("main", joint, serve)  # type: ignore[arg-type]  # a function of the test
        line.send(QUERY, 0)
        await asyncio.wait_for(line.run(), timeout=10)
        return line

    return asyncio.run(scene()), told


def test_F43_a_line_that_breaks_is_opened_again_and_each_end_is_told() -> None:
    async def serve(line: Line) -> None:
        line.session = Pretended()
        line.send(QUERY, 0)
        if line.attempts == 2:
            line.close()
        raise Transient("cut")

    line, told = ran(serve)
    assert (line.attempts, line.is_up) == (2, False)
    assert texts(told) == ["there is no connection", "took Query", "cut", "took Query", "cut"]


def test_F73_a_line_that_is_not_wanted_gives_up_for_good() -> None:
    async def serve(line: Line) -> None:
        line.session = session = Pretended()
        session.failure = AuthFailed("not you")
        assert not await line.hear([])

    line, told = ran(serve)
    assert (line.attempts, str(line.failed)) == (1, "not you")
    assert texts(told)[-2:] == ["closed", "not you"]


def test_what_ends_first_ends_the_rest_and_says_why() -> None:
    async def serve(line: Line) -> None:
        async def ends() -> None:
            line.close()
            raise Transient("gone")

        async def waits() -> None:
            while True:
                await line.rest(10**12)

        await line.race(waits(), ends())

    line, told = ran(serve)
    assert texts(told) == ["there is no connection"]
    assert line.attempts == 1
