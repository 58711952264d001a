"""What is critical and reaches nobody cries on the machine itself, until somebody hears it."""

import asyncio
from pathlib import Path

from aiohttp import web

from openbell.core.types import NS
from openbell.run.alerts.desk import acknowledge
from openbell.run.alerts.siren import AFTER_NS, NAME
from openbell.run.alerts.told import Told
from openbell.run.clock import FakeClock
from tests.edges.alerts.fakes import front
from tests.run.alerts.stage import NOW, market, notifier


def test_F101_a_critical_message_that_reaches_nobody_leaves_a_siren_until_one_channel_takes_it(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            there.by_path["/a"] = lambda _: web.Response(status=500)
            there.by_path["/b"] = lambda _: web.Response(status=500)
            made = market(tmp_path, f"[{{name: a, url: '{there.url}/a'}}, {{name: b, url: '{there.url}/b'}}]")
            clock = FakeClock(NOW)
            one = notifier(made, clock)
            told = Told(event="kill_switch", level="critical", seq=1, index=1, ts=NOW, fields={"text": "a canary"})
            with one.outbox.change():
                one.desk.take(told, NOW)
            carrying = asyncio.create_task(one.courier.run())
            while not (one.courier.health["a"].since and one.courier.health["b"].since):
                await asyncio.wait([carrying], timeout=0.01)
            siren = made.state / NAME
            clock.sleep(AFTER_NS - NS)
            one.look()
            assert not siren.exists()
            clock.sleep(2 * NS)
            one.look()
            words = siren.read_text(encoding="utf-8")
            assert words.startswith("1 critical message has reached nobody") and "Kill switch activated" in words
            assert there.url not in words
            there.by_path.clear()
            one.courier.ring()
            while siren.exists():
                await asyncio.wait([carrying], timeout=0.01)
                clock.sleep(2 * NS)
                one.look()
            assert there.taken
            carrying.cancel()
            await asyncio.wait([carrying])
            one.close()

    asyncio.run(play())


def test_who_acknowledges_has_heard_it(tmp_path: Path) -> None:
    made, clock = market(tmp_path, "[{url: 'http://127.0.0.1:1/x'}]"), FakeClock(NOW)
    one = notifier(made, clock)
    with one.outbox.change():
        one.desk.take(Told(event="kill_switch", level="critical", seq=1, index=1, ts=NOW, fields={"text": "x"}), NOW)
    clock.sleep(AFTER_NS)
    one.look()
    assert (made.state / NAME).exists()
    acknowledge(one.outbox, (), "me", clock.now())
    clock.sleep(2 * NS)
    one.look()
    assert not (made.state / NAME).exists()
    one.close()
