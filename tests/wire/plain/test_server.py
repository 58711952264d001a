import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from openbell.wire.plain import server as door
from openbell.wire.plain.hands import GROUND
from openbell.wire.script import rule_of
from tests.wire.plain.stand import Hands, bar, d, running


def at_venue(folder: Path, play: Callable[[Hands], Awaitable[None]], *faults: dict[str, Any]) -> list[dict[str, Any]]:
    """Play a scene at a venue and return its log."""

    async def scene() -> None:
        async with running(folder, [rule_of(fault, GROUND) for fault in faults], [[bar(99.0)]]) as (hands, _, _base):
            await play(hands)

    asyncio.run(scene())
    return [json.loads(line) for line in (folder / "venue.log").read_text().splitlines()]


def kinds(log: list[dict[str, Any]]) -> list[str]:
    return [line["kind"] for line in log]


def test_an_order_goes_through_and_is_written_down(tmp_path: Path) -> None:
    async def play(hands: Hands) -> None:
        await hands.hello()
        assert (await hands.order("a"))["order"] == "V1"
        assert (await hands.event("order"))["state"] == "working"

    log = at_venue(tmp_path, play)
    assert kinds(log)[0] == "connected"
    assert kinds(log)[-1] == "disconnected"
    assert sum('"op":"submit"' in line.get("frame", "") for line in log if line["kind"] == "received") == 1


def test_who_does_not_say_hello_gets_nothing(tmp_path: Path) -> None:
    async def play(hands: Hands) -> None:
        assert (await hands.order("a"))["code"] == "no_hello"
        assert (await hands.ask("hello", version=1, account="X", mode="paper"))["code"] == "wrong_account"
        assert (await hands.order("a"))["code"] == "no_hello"

    at_venue(tmp_path, play)


@pytest.mark.parametrize("text", ["no json", "[1]", '{"op": "dance", "id": 7}', '{"op":"cancel","id":"x"}'])
def test_nonsense_is_answered_with_bad_frame(tmp_path: Path, text: str) -> None:
    async def play(hands: Hands) -> None:
        await hands.socket.send_str(text)
        assert (await hands.next())["code"] == "bad_frame"
        await hands.socket.send_bytes(b"\xff\xfe")
        assert (await hands.next())["code"] == "bad_frame"

    at_venue(tmp_path, play)


def test_F44_frames_are_lost_while_heartbeats_flow(tmp_path: Path) -> None:
    async def play(hands: Hands) -> None:
        await hands.hello()
        beats = asyncio.create_task(hands.server.beat_on())
        assert (await hands.order("a"))["ok"]
        hands.server.publish(hands.server.desk.clerk.fill("a", d("10"), hands.server.time))
        assert (await hands.event("beat"))["time"]
        beats.cancel()
        assert (await hands.ask("executions"))["executions"][0]["cid"] == "a"

    log = at_venue(tmp_path, play, {"do": "mute", "at": "on_order", "lasts": "600s"})
    assert kinds(log).count("swallowed") == 3


def test_F62_a_stall_holds_everything_and_then_sends_it_in_order(tmp_path: Path) -> None:
    async def play(hands: Hands) -> None:
        await hands.hello()
        numbers = [await hands.send("ping") for _ in range(3)]
        assert [(await hands.next())["re"] for _ in numbers] == numbers

    log = at_venue(tmp_path, play, {"do": "stall", "at": "ping", "lasts": "20ms"})
    assert "fault" in kinds(log)


def test_F49_a_nightly_reset_cuts_everybody_and_lets_nobody_in(tmp_path: Path) -> None:
    async def play(hands: Hands) -> None:
        await hands.hello()
        await hands.send("ping")
        message = await hands.socket.receive(timeout=180)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(hands.base)

    assert "turned_away" in kinds(at_venue(tmp_path, play, {"do": "nightly_reset", "at": "ping", "lasts": "600s"}))


def test_F57_the_venues_clock_can_be_wrong(tmp_path: Path) -> None:
    async def play(hands: Hands) -> None:
        await hands.hello()
        before = (await hands.ask("ping"))["time"]
        after = (await hands.ask("ping"))["time"]
        assert 700_000_000 <= after - before < 750_000_000

    at_venue(tmp_path, play, {"do": "skew", "at": "ping", "by": "700ms"})


def test_a_delayed_frame_comes_behind_later_ones(tmp_path: Path) -> None:
    async def play(hands: Hands) -> None:
        await hands.hello()
        await hands.order("a")
        hands.server.publish(hands.server.desk.clerk.fill("a", d("10"), hands.server.time))
        assert [(await hands.next())["ev"] for _ in range(2)] == ["order", "order"]
        assert (await hands.next())["ev"] == "execution"

    at_venue(tmp_path, play, {"do": "reorder", "at": "on_execution", "after": "10ms"})


def test_F46_a_subscription_that_was_lost_brings_nothing(tmp_path: Path) -> None:
    async def play(hands: Hands) -> None:
        await hands.ask("hello", version=1, account="PLAIN-0001", mode="paper", epoch=1)
        assert (await hands.ask("subscribe", stream="orders"))["ok"]
        await hands.order("a")
        assert (await hands.ask("ping"))["ok"]
        assert hands.server.clients[0].streams == set()

    at_venue(tmp_path, play, {"do": "lost_subscription", "confirm": True})


def test_B36_a_client_that_does_not_read_is_cut_off_not_fed_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "QUEUE", 3)

    async def play(hands: Hands) -> None:
        await hands.hello()
        for n in range(10):
            hands.server.publish(hands.server.desk.clerk.trade("AAA", "buy", d("1"), n))
        types = [(await hands.socket.receive(timeout=180)).type for _ in range(4)]
        assert aiohttp.WSMsgType.TEXT not in types[-1:]

    assert "too_slow" in kinds(at_venue(tmp_path, play))
