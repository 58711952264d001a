import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers import plain
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.plain.session import Session
from openbell.edges.brokers.plain.snapshot import Memory
from openbell.edges.brokers.plain.socket import write
from openbell.run.clock import WallClock
from openbell.wire.mischief import Outcome
from tests.edges.brokers.plain.frames import NAME, submit
from tests.edges.brokers.plain.talk import TERMS, words
from tests.edges.brokers.rig import Rig, at_front
from tests.wire.plain import stand

WS_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What the answer to a web socket's key is made with, RFC 6455."""


def at_venue(
    folder: Path, play: Callable[[Rig], Awaitable[None]], *, mode: str = "paper", epoch: int = 1, **config: Any
) -> Rig:
    """Play at a running venue, and return what came of it."""

    @asynccontextmanager
    async def front() -> AsyncIterator[stand.Hands]:
        async with stand.running(folder, now=WallClock().now) as (hands, _, _base):
            yield hands

    def rig_of(hands: stand.Hands) -> Rig:
        # Longer than any machine takes, but where a test gives less: who is slow is not what most of them are about.
        fields = {"timeout": "60s", "silence": "60s", **config, "url": hands.base.replace("http", "ws")}
        made = plain.Config.model_validate(fields)
        symbols = (("AAA", 10**12),)
        return Rig(hands, lambda joint: plain.line(made, NAME, mode, symbols, joint), WallClock().now, 0, epoch)

    return at_front(front(), rig_of, play)


def order(oid: str = "ABC123-1") -> fx.Submit:
    return submit(oid, instrument="AAA")


def test_an_order_goes_out_and_comes_back_filled(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        assert rig.line.is_up
        rig.line.send(order(), 0)
        await rig.until("accepted ABC123-1")
        rig.hands.server.publish(rig.hands.server.desk.clerk.fill("ABC123-1", stand.d("10"), 1))
        await rig.until("Fill")

    rig = at_venue(tmp_path, play)
    assert words(rig.told)[-1] == "orders down"
    assert rig.hands.server.desk.books.positions == {"AAA": stand.d("10")}


def test_F43_F47_a_cut_line_comes_back_by_itself_and_says_so(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        for count in (1, 2, 3):
            await rig.until("orders up", count)
            rig.hands.server.cut(rig.hands.server.clients)
            await rig.until("orders down", count)
        await rig.until("orders up", 4)
        assert len([client for client in rig.hands.server.clients if client.is_known]) == 1

    assert at_venue(tmp_path, play).line.attempts >= 4


def test_F47_while_the_venue_is_down_attempts_are_few(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.hands.server.windows.open(Outcome(down=1_500_000_000))
        rig.hands.server.cut(rig.hands.server.clients)
        await rig.until("orders up", 2)

    assert at_venue(tmp_path, play).line.attempts <= 8


def test_F01_an_order_on_a_line_that_is_cut_is_lost_not_forgotten(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.hands.server.mischief.rules.append(stand.rule(do="disconnect", at="submit", accept=True))
        rig.line.send(order(), 0)
        await rig.until("lost ABC123-1")
        await rig.until("orders up", 2)
        rig.line.send(fx.Query(account=NAME, oid="ABC123-1"), 0)
        await rig.until("accepted ABC123-1")

    at_venue(tmp_path, play)


def test_F58_a_web_page_in_place_of_an_answer_ends_the_connection(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.hands.server.mischief.rules.append(stand.rule(do="garbage", at="submit", accept=False))
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
        rig.hands.server.desk.epoch = 9
        rig.line.send(order(), 0)
        await rig.until("orders down")

    rig = at_venue(tmp_path, play)
    assert "fenced" in str(rig.line.failed)
    assert rig.hands.server.desk.books.orders == {}


def test_F62_a_venue_that_stalls_is_dead_after_its_silence(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        await rig.until("orders up")
        rig.hands.server.mischief.rules.append(stand.rule(do="stall", at="ping", lasts="4s"))
        rig.line.send(order(), 0)
        await rig.until("accepted ABC123-1")
        await rig.until("orders down")
        await rig.until("orders up", 2)

    at_venue(tmp_path, play, silence="1s")


class Mute(aiohttp.ClientWebSocketResponse):
    """The end of a connection on whose other side nobody reads: what is sent is never taken."""

    def __init__(self) -> None:
        pass

    async def send_str(self, data: str, compress: int | None = None) -> None:
        await asyncio.Event().wait()


class Deaf:
    """A host that takes connections; `upgrades` says whether it becomes a web socket, and then it never says a word."""

    def __init__(self, *, upgrades: bool) -> None:
        self.upgrades, self.count = upgrades, 0
        self.thrice = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        if self.count == 3:
            self.thrice.set()
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if self.upgrades:
            key = next(
                line.split(": ")[1] for line in head.splitlines() if line.lower().startswith("sec-websocket-key")
            )
            proof = base64.b64encode(hashlib.sha1(key.encode() + WS_KEY).digest()).decode()
            writer.write(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {proof}\r\n\r\n".encode()
            )
        while await reader.read(1024):
            pass
        writer.close()


def line_to(place: str, told: list[ev.Event]) -> Line:
    """Return a line of little patience."""

    async def room() -> None:
        return

    joint = Joint(tell=told.extend, room=room, now=WallClock().now, epoch=lambda: 1, seed=1, since=0)
    made = plain.Config.model_validate({"timeout": "200ms", "silence": "200ms", "url": place})
    return plain.line(made, NAME, "paper", (("AAA", 10**12),), joint)


@pytest.mark.parametrize("upgrades", [False, True])
def test_L4_a_host_that_takes_the_connection_and_says_nothing_is_given_up_in_time(upgrades: bool) -> None:
    told: list[ev.Event] = []

    async def play() -> None:
        deaf = Deaf(upgrades=upgrades)
        host = await asyncio.start_server(deaf.serve, "127.0.0.1", 0)
        place = f"ws://127.0.0.1:{host.sockets[0].getsockname()[1]}/v1"
        line = line_to(place, told)
        running = asyncio.create_task(line.run())
        async with asyncio.timeout(300):
            await deaf.thrice.wait()
            line.send(order(), 0)
        line.close()
        await asyncio.wait_for(running, timeout=60)
        host.close()

    asyncio.run(play())
    assert "lost ABC123-1" in words(told)


def test_L4_one_who_reads_nothing_any_more_holds_no_sender() -> None:
    async def play() -> None:
        line = line_to("ws://127.0.0.1:9/v1", [])
        terms = msgspec.structs.replace(TERMS, timeout=200_000_000)
        session = Session(terms, Memory(after=0), Budget(10, 10, 1), 1, WallClock().now())
        # The greeting is the first that is sent.
        writing = asyncio.create_task(write(line, Mute(), session))
        done, _ = await asyncio.wait({writing}, timeout=300)
        assert writing in done
        assert isinstance(writing.exception(), TimeoutError)

    asyncio.run(play())
