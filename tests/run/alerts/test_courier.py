"""How letters are carried: what fails waits longer and longer, what is refused is put down, what is old is dropped."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from openbell.core.types import NS
from openbell.edges.alerts.letter import Letter, Never, NotNow, Unclear
from openbell.edges.alerts.outbox import DROPPED, REFUSED, SENT, WAITING, Item, Outbox
from openbell.run.alerts.courier import EXPIRED_NS, FIRST_WAIT_NS, LONGEST_WAIT_NS, Courier, Reach
from openbell.run.alerts.desk import lane_of
from openbell.run.clock import FakeClock
from tests.edges.alerts.fakes import letter

NOW = 1_700_000_000 * NS


class Wire(ModuleType):
    """A channel that does as it is told."""

    def __init__(self) -> None:
        super().__init__("wire")
        self.faults: list[Exception | None] = []
        self.got: list[Letter] = []

    async def send(self, _: object, one: Letter, __: str) -> None:
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.got.append(one)


def play(
    folder: Path, wire: Wire, steps: Callable[[Outbox, Courier, FakeClock], None], marks: tuple[str, ...] = ("a",)
) -> list[Item]:
    """Carry letters until nothing can be sent at the time the clock shows; return what became of them."""

    async def carry() -> list[Item]:
        with Outbox(folder) as outbox:
            clock = FakeClock(NOW)
            for mark in marks:
                outbox.queue.line_up("w", lane_of("t"), letter(mark=mark), NOW)
            made = Courier(outbox, [Reach("w", wire, None, "t")], clock)
            steps(outbox, made, clock)
            working = asyncio.create_task(made.run())
            while not made.is_done:
                made.ring()
                await asyncio.wait([working], timeout=0.001)
            working.cancel()
            await asyncio.wait([working])
            return outbox.queue.items("1")

    return asyncio.run(carry())


def nothing(*_: object) -> None:
    return None


def test_letters_are_sent_in_order_and_written_down(tmp_path: Path) -> None:
    wire = Wire()
    items = play(tmp_path, wire, nothing, ("a", "b", "c"))
    assert [one.mark for one in wire.got] == ["a", "b", "c"]
    assert [(item.state, item.tries) for item in items] == [(SENT, 1)] * 3


@pytest.mark.parametrize(
    ("fault", "state", "wait", "again"),
    [
        (NotNow("answered 503"), WAITING, FIRST_WAIT_NS, False),
        (NotNow("answered 429", 7.0), WAITING, 7 * NS, False),
        (Unclear("no answer in time"), WAITING, FIRST_WAIT_NS, True),
        (Never("answered 400"), REFUSED, 0, False),
        (ZeroDivisionError("secret"), WAITING, FIRST_WAIT_NS, True),
    ],
)
def test_what_a_failure_means(tmp_path: Path, fault: Exception, state: str, wait: int, again: bool) -> None:
    wire = Wire()
    wire.faults = [fault]
    (item,) = play(tmp_path, wire, nothing)
    assert (item.state, item.next, item.again) == (state, NOW + wait if wait else 0, again)
    assert "secret" not in item.why


def test_what_was_refused_holds_up_nothing(tmp_path: Path) -> None:
    wire = Wire()
    wire.faults = [Never("answered 400")]
    items = play(tmp_path, wire, nothing, ("a", "b"))
    assert ([item.state for item in items], [one.mark for one in wire.got]) == ([REFUSED, SENT], ["b"])


def test_what_fails_again_and_again_waits_longer_up_to_a_bound(tmp_path: Path) -> None:
    waits = []
    for n in range(12):
        wire = Wire()
        wire.faults = [NotNow("x")]

        def grown(outbox: Outbox, *_: object, n: int = n) -> None:
            (item,) = outbox.queue.items("1")
            item.tries = n
            outbox.queue.change(item)

        folder = tmp_path / str(n)
        folder.mkdir()
        (item,) = play(folder, wire, grown)
        waits.append(item.next - NOW)
    assert waits[:3] == [FIRST_WAIT_NS, 2 * FIRST_WAIT_NS, 4 * FIRST_WAIT_NS]
    assert waits[-1] == LONGEST_WAIT_NS


def test_what_is_too_old_is_dropped_and_says_so(tmp_path: Path) -> None:
    def later(_: Outbox, __: Courier, clock: FakeClock) -> None:
        clock.sleep(EXPIRED_NS + 1)

    wire = Wire()
    (item,) = play(tmp_path, wire, later)
    assert (item.state, wire.got) == (DROPPED, [])
    assert item.why.startswith("not sent within 3 days")


def test_one_that_a_dead_process_was_sending_says_that_it_may_have_come(tmp_path: Path) -> None:
    def begun(outbox: Outbox, *_: object) -> None:
        (item,) = outbox.queue.items("1")
        item.state = "sending"
        outbox.queue.change(item)

    wire = Wire()
    play(tmp_path, wire, begun)
    assert [one.is_again for one in wire.got] == [True]


def test_health_is_known_while_a_channel_fails_and_good_again_when_it_works(tmp_path: Path) -> None:
    seen: list[Courier] = []
    wire = Wire()
    wire.faults = [NotNow("answered 503")]
    play(tmp_path, wire, lambda _, made, __: seen.append(made))
    assert (seen[0].health["w"].since, seen[0].health["w"].why) == (NOW, "answered 503")
    (tmp_path / "b").mkdir()
    play(tmp_path / "b", Wire(), lambda _, made, __: seen.append(made))
    assert seen[1].health["w"].since == 0


def test_a_carrier_that_is_told_to_end_while_its_bell_rings_ends(tmp_path: Path) -> None:
    async def carry() -> None:
        with Outbox(tmp_path) as outbox:
            made = Courier(outbox, [Reach("w", Wire(), None, "t")], FakeClock(NOW))
            working = asyncio.create_task(made.run())
            # The worker begins, and waits for its bell.
            await asyncio.wait([working], timeout=0.01)
            made.ring()
            working.cancel()
            done, _ = await asyncio.wait([working], timeout=300)
            assert done == {working}

    asyncio.run(carry())
