"""From the journal to a channel: everything once, in order, also after an outage and after any end."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web

from openbell.edges.alerts.outbox import Outbox
from openbell.run.alerts import courier
from openbell.run.alerts.notifier import FAILED_NS, badge_of
from openbell.run.alerts.start import begin
from openbell.run.alerts.told import Told
from openbell.run.clock import FakeClock
from openbell.run.state import Origin, write_origin
from tests.edges.alerts.fakes import Asked, Front, front
from tests.run.alerts.stage import NOW, TRADED, carried, history, market, notifier
from tools.tree import ROOT

TOLD = ["engine_started", "signal", "order_submitted", "order_filled", "position_opened", "signal", "order_submitted",
        "order_filled", "position_closed", "engine_stopped"]  # fmt: skip


def events(there: Front) -> list[str]:
    return [asked.body["event"] for asked in there.taken]


def once_each(there: Front) -> list[str]:
    """Return happenings as a receiver counts them who knows marks."""
    by_mark = {asked.headers["Idempotency-Key"]: asked.body["event"] for asked in there.taken}
    return list(by_mark.values())


def test_a_webhook_gets_everything_of_a_run_once_and_in_order(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            made = market(tmp_path, f"[{{url: '{there.url}/x', level: info}}]")
            one = notifier(made)
            await carried(one)
            one.close()
            assert [event for event in events(there) if event != "daily_summary"] == TOLD
            numbers = [asked.body["number"] for asked in there.taken]
            assert numbers == sorted(set(numbers))
            assert {asked.body["title"].split(":")[0] for asked in there.taken} == {"[SIM] Checklist"}

    asyncio.run(play())


def test_what_was_told_is_not_told_again_by_the_next_process(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            made = market(tmp_path, f"[{{url: '{there.url}/x', level: info}}]")
            for _ in range(3):
                one = notifier(made)
                await carried(one)
                one.close()
            assert events(there) == list(once_each(there))
            assert [event for event in events(there) if event != "daily_summary"] == TOLD

    asyncio.run(play())


def test_after_an_outage_everything_comes_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "FIRST_WAIT_NS", 0)

    async def play() -> None:
        async with front() as there:
            made = market(tmp_path, f"[{{url: '{there.url}/x', level: info}}]")
            there.answers += [web.Response(status=503) for _ in range(7)]
            one = notifier(made)
            await carried(one)
            one.close()
            assert len(there.asked) == len(there.taken) + 7
            assert [event for event in events(there) if event != "daily_summary"] == TOLD
            assert not any(asked.body["is_again"] for asked in there.taken)

    asyncio.run(play())


def test_one_that_may_have_arrived_is_sent_again_under_its_mark_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "FIRST_WAIT_NS", 0)

    async def play() -> None:
        async with front() as there:
            made = market(tmp_path, f"[{{url: '{there.url}/x', level: info}}]")
            there.answers += [None]
            one = notifier(made)
            await carried(one)
            one.close()
            first, second = there.asked[:2]
            assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
            assert (first.body["is_again"], second.body["is_again"]) == (False, True)

    asyncio.run(play())


def test_a_channel_that_hangs_delays_no_other(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there, front() as dead:
            dead.is_open.clear()
            words = f"[{{name: dead, url: '{dead.url}/x', level: info}}, {{url: '{there.url}/x', level: info}}]"
            made = market(tmp_path, words)
            one = notifier(made)
            running = asyncio.create_task(one.run(lambda: len(there.taken) >= len(TOLD)))
            while len(there.taken) < len(TOLD) or not dead.asked:
                await asyncio.wait([running], timeout=0.01)
            assert len(dead.asked) == 1, "its first try hangs still"
            running.cancel()
            await asyncio.wait([running])
            one.close()

    asyncio.run(play())


def test_a_channel_that_fails_for_long_is_told_to_the_others(tmp_path: Path) -> None:
    async def play() -> None:
        clock = FakeClock(NOW)
        async with front() as there, front() as broken:
            broken.by_path["/x"] = lambda _: web.Response(status=500)
            made = market(tmp_path, f"[{{name: broken, url: '{broken.url}/x'}}, {{url: '{there.url}/x'}}]")
            with Outbox(made.state):
                pass
            one = notifier(made, clock)
            one.look()
            with one.outbox.change():
                told = Told(event="notice", level="warning", seq=1, index=9, ts=NOW, fields={"text": "hello"})
                one.desk.take(told, NOW)
            carrying = asyncio.create_task(one.courier.run())
            one.courier.ring()
            while not one.courier.health["broken"].since:
                await asyncio.wait([carrying], timeout=0.01)
            clock.sleep(FAILED_NS)
            one.look()
            one.courier.ring()
            while len(there.taken) < 2:
                await asyncio.wait([carrying], timeout=0.01)
            asked = there.taken[1]
            assert asked.body["text"] == "alerts do not reach broken: answered 500"
            carrying.cancel()
            await asyncio.wait([carrying])
            one.close()

    asyncio.run(play())


def test_the_badge_is_the_mode() -> None:
    assert [badge_of(mode) for mode in ("sim", "dry_run", "paper", "live")] == ["SIM", "DRY RUN", "PAPER", "LIVE"]


def spawn(state: Path, url: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(state.parent), "ALERT_URL": url,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "openbell", "notify", str(state)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def test_a_notifier_that_is_killed_again_and_again_tells_everything_in_order(tmp_path: Path) -> None:
    """It is killed with a message under way; what is sent again has the same mark and says so."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/canary-0815"
    made = market(tmp_path, "[{url: '${ALERT_URL:-http://127.0.0.1:1/x}', level: info}]", TRADED * 2)
    write_origin(made.state, Origin(file=str(made.file), folder=str(tmp_path)))
    begin(made.state, 0)
    kills: list[int] = []

    async def play() -> None:
        async with front(port) as there:
            process = spawn(made.state, url)
            ended = asyncio.ensure_future(asyncio.to_thread(process.wait))

            def take(asked: Asked) -> web.Response:
                there.taken.append(asked)
                if len(there.taken) in (4, 9):
                    kills.append(process.pid)
                    process.send_signal(signal.SIGKILL)
                return web.json_response({"ok": True})

            there.by_path["/canary-0815"] = take
            while len(kills) < 2 or waiting(made.state):
                await asyncio.wait([ended], timeout=0.05)
                if ended.done():
                    assert process.stderr is not None
                    process.stderr.close()
                    process = spawn(made.state, url)
                    ended = asyncio.ensure_future(asyncio.to_thread(process.wait))
            process.send_signal(signal.SIGTERM)
            assert await ended == 0
            assert process.stderr is not None
            said = process.stderr.read().decode()
            process.stderr.close()
            firsts = list(dict.fromkeys(asked.headers["Idempotency-Key"] for asked in there.taken))
            assert firsts == [row.mark for row in history(made.state)]
            assert len(firsts) > 15
            again = [asked.headers["Idempotency-Key"] for asked in there.taken if asked.body["is_again"]]
            twice = {mark for mark in firsts if [a.headers["Idempotency-Key"] for a in there.taken].count(mark) > 1}
            assert twice <= set(again)
            assert len(again) <= 2
            held = b"".join(path.read_bytes() for path in made.state.rglob("*") if path.is_file())
            assert ("canary" in said, b"canary" in held) == (False, False)

    asyncio.run(play())


def waiting(state: Path) -> int:
    with Outbox(state) as outbox:
        return len(outbox.queue.items("state in ('waiting', 'sending')"))


def test_a_process_that_is_told_to_end_says_first_what_is_due(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            made = market(tmp_path, f"[{{url: '{there.url}/x', level: info}}]")
            one = notifier(made)
            await one.run(lambda: True)
            one.close()
            assert [event for event in events(there) if event != "daily_summary"] == TOLD

    asyncio.run(play())
