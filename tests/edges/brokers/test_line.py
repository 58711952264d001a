import asyncio

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers import line as module
from openbell.edges.brokers.failures import AuthFailed, Transient
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import MOST_REFUSALS, Line
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


def ran(serve: object, *, is_known: bool = False) -> tuple[Line, list[ev.Event]]:
    """Return a line that was served until it ended, and what it told; a venue `is_known` that took us before."""
    told: list[ev.Event] = []

    async def room() -> None:
        return

    async def scene() -> Line:
        joint = Joint(tell=told.extend, room=room, now=lambda: 1, epoch=lambda: 1, seed=1, since=0, is_known=is_known)
        line = Line("main", joint, serve)  # type: ignore[arg-type]  # a function of the test
        line.send(QUERY, 0)
        await asyncio.wait_for(line.run(), timeout=60)
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
    # What was meant to be is no fault that anybody has to be told of.
    assert [one.is_meant for one in told if isinstance(one, ev.Link) and not one.is_up] == [False, True]


def test_what_the_code_of_a_connection_raises_ends_that_connection_and_no_engine() -> None:
    class Clumsy(Pretended):
        """Falls over whatever it is to send."""

        def take(self, effect: fx.Effect, now: int) -> list[ev.Event]:
            raise TypeError("no such side")

    async def serve(line: Line) -> None:
        line.session = Clumsy()
        line.send(fx.Cancel(oid="A", account="main", reason=45), 0)
        line.send(QUERY, 0)
        if line.attempts == 2:
            line.close()
        raise KeyError("price")

    line, told = ran(serve)
    assert line.attempts == 2
    again = ["TypeError: no such side", "TypeError: no such side", "KeyError: 'price'"]
    assert texts(told) == ["there is no connection", *again, *again]
    assert [(one.happening, one.oid) for one in told if isinstance(one, ev.OrderUpdate)] == [("lost", "A")] * 2


def test_F73_a_line_that_is_not_wanted_gives_up_for_good() -> None:
    async def serve(line: Line) -> None:
        line.session = session = Pretended()
        session.is_up, session.failure = False, AuthFailed("not you")
        assert not await line.hear([])

    line, told = ran(serve)
    assert (line.attempts, str(line.failed)) == (1, "not you")
    assert texts(told)[-2:] == ["not you", "not you"]


def test_F53_a_line_that_was_wanted_believes_a_refusal_only_after_some_and_a_yes_forgets_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "delay", lambda *_: 1)

    async def serve(line: Line) -> None:
        line.session = session = Pretended()
        is_yes = line.attempts in (1, MOST_REFUSALS)
        session.is_up, session.failure = is_yes, None if is_yes else AuthFailed("not now")
        assert await line.hear([]) is is_yes
        if is_yes:
            raise Transient("cut")

    line, told = ran(serve)
    assert (line.attempts, str(line.failed)) == (2 * MOST_REFUSALS + 1, "not now")
    assert texts(told).count("not now") == 2 * MOST_REFUSALS


@pytest.mark.parametrize(("refusals", "is_taken"), [(MOST_REFUSALS, True), (MOST_REFUSALS + 1, False)])
def test_F53_F88_a_line_of_an_engine_that_comes_back_believes_a_refusal_only_after_some(
    monkeypatch: pytest.MonkeyPatch, refusals: int, is_taken: bool
) -> None:
    monkeypatch.setattr(module, "delay", lambda *_: 1)

    async def serve(line: Line) -> None:
        line.session = session = Pretended()
        is_yes = line.attempts > refusals
        session.is_up, session.failure = is_yes, None if is_yes else AuthFailed("not now")
        await line.hear([])
        if is_yes:
            line.close()

    line, _ = ran(serve, is_known=True)
    assert (line.attempts, line.failed is None) == (MOST_REFUSALS + 1, is_taken)


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
