import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers import plain
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.run.clock import WallClock
from openbell.wire.plain.server import Server
from tests.edges.brokers.plain.frames import NAME, submit
from tests.edges.brokers.plain.talk import words
from tests.wire.plain import stand


class Rig:
    """A line at a running venue, and everything it told."""

    def __init__(self, server: Server, url: str, config: dict[str, Any], mode: str, epoch: int) -> None:
        self.server = server
        self.told: list[ev.Event] = []
        self.news = asyncio.Event()
        joint = Joint(tell=self.tell, room=self.room, now=WallClock().now, epoch=lambda: epoch, seed=1, since=0)
        made = plain.Config.model_validate(
            {"timeout": "1s", "silence": "3s", **config, "url": url.replace("http", "ws")}
        )
        self.line: Line = plain.line(made, NAME, mode, (("AAA", 10**12),), joint)

    def tell(self, events: list[ev.Event]) -> None:
        self.told += events
        self.news.set()

    async def room(self) -> None:
        return

    async def until(self, word: str, count: int = 1) -> None:
        """Wait until so many such events were told."""
        async with asyncio.timeout(30):
            while words(self.told).count(word) < count:
                self.news.clear()
                await self.news.wait()


def at_venue(
    folder: Path, play: Callable[[Rig], Awaitable[None]], *, mode: str = "paper", epoch: int = 1, **config: Any
) -> Rig:
    async def scene() -> Rig:
        async with stand.running(folder, now=WallClock().now) as (hands, _, _base):
            rig = Rig(hands.server, hands.base, config, mode, epoch)
            running = asyncio.create_task(rig.line.run())
            await play(rig)
            rig.line.close()
            await asyncio.wait_for(running, timeout=10)
            return rig

    return asyncio.run(scene())


def order(oid: str = "ABC123-1") -> fx.Submit:
    return submit(oid, instrument="AAA")


def test_an_order_goes_out_and_comes_back_filled(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        assert rig.line.is_up
        rig.line.send(order(), 0)
        await rig.until("accepted ABC123-1")
        rig.server.publish(rig.server.desk.clerk.fill("ABC123-1", stand.d("10"), 1))
        await rig.until("Fill")

    rig = at_venue(tmp_path, play)
    assert words(rig.told)[-1] == "orders down"
    assert rig.server.desk.books.positions == {"AAA": stand.d("10")}


def test_F43_F47_a_cut_line_comes_back_by_itself_and_says_so(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        for count in (1, 2, 3):
            await rig.until("orders up", count)
            rig.server.cut(rig.server.clients)
            await rig.until("orders down", count)
        await rig.until("orders up", 4)
        assert len([client for client in rig.server.clients if client.is_known]) == 1

    assert at_venue(tmp_path, play).line.attempts >= 4


def test_F47_while_the_venue_is_down_attempts_are_few(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.server._until["down"] = WallClock().now() + 1_500_000_000
        rig.server.cut(rig.server.clients)
        await rig.until("orders up", 2)

    assert at_venue(tmp_path, play).line.attempts <= 8


def test_F01_an_order_on_a_line_that_is_cut_is_lost_not_forgotten(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.server.mischief.rules.append(stand.rule(do="disconnect", at="submit", accept=True))
        rig.line.send(order(), 0)
        await rig.until("lost ABC123-1")
        await rig.until("orders up", 2)
        rig.line.send(fx.Query(account=NAME, oid="ABC123-1"), 0)
        await rig.until("accepted ABC123-1")

    at_venue(tmp_path, play)


def test_F58_a_web_page_in_place_of_an_answer_ends_the_connection(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.server.mischief.rules.append(stand.rule(do="garbage", at="submit", accept=False))
        rig.line.send(order(), 0)
        await rig.until("lost ABC123-1")
        await rig.until("orders up", 2)
        rig.line.send(fx.Query(account=NAME, oid="ABC123-1"), 0)
        await rig.until("absent ABC123-1")

    at_venue(tmp_path, play)


def test_F02_without_a_connection_an_order_is_lost_and_a_question_fails(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        rig.line.send(order(), 0)
        rig.line.send(fx.Query(account=NAME), 0)
        assert words(rig.told) == ["lost ABC123-1", "BrokerState"]
        await rig.until("orders up")

    at_venue(tmp_path, play)


def test_F73_a_venue_of_another_mode_is_given_up_for_good(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders down")

    rig = at_venue(tmp_path, play, mode="live")
    assert "wrong_mode" in str(rig.line.failed)
    assert rig.line.attempts == 1


def test_F72_who_was_fenced_gives_up(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.server.desk.epoch = 9
        rig.line.send(order(), 0)
        await rig.until("orders down")

    rig = at_venue(tmp_path, play)
    assert "fenced" in str(rig.line.failed)
    assert rig.server.desk.books.orders == {}


def test_F62_a_venue_that_stalls_is_dead_after_its_silence(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.server.mischief.rules.append(stand.rule(do="stall", at="ping", lasts="4s"))
        rig.line.send(order(), 0)
        await rig.until("accepted ABC123-1")
        await rig.until("orders down")
        await rig.until("orders up", 2)

    at_venue(tmp_path, play, silence="1s")
