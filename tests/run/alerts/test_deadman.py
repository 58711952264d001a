"""The address is called while the engine is well, and not while it is silent."""

import asyncio

from openbell.config.alerts import DeadMan
from openbell.run.alerts.deadman import Pings
from tests.edges.alerts.fakes import front


def test_it_is_called_while_the_engine_is_well_alone() -> None:
    async def play() -> None:
        async with front() as there:
            made = Pings(DeadMan(url=f"{there.url}/ping/secret", every="1s"), lambda: bool(there.asked) is False)
            running = asyncio.create_task(made.run())
            while not there.asked:
                await asyncio.wait([running], timeout=0.01)
            await asyncio.wait([running], timeout=1.5)
            assert [(asked.method, asked.path) for asked in there.asked] == [("GET", "/ping/secret")]
            assert (made.count, made.why) == (1, "")
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(play())


def test_a_call_that_fails_says_why_and_not_where() -> None:
    async def play() -> None:
        made = Pings(DeadMan(url="http://127.0.0.1:1/secret"), lambda: True)
        running = asyncio.create_task(made.run())
        while not made.why:
            await asyncio.wait([running], timeout=0.01)
        assert made.why == "nobody answers there"
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(play())
