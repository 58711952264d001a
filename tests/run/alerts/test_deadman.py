"""The address is called while the engine is well, and not while it is silent."""

import asyncio

from openbell.config.alerts import DeadMan
from openbell.core.types import NS
from openbell.run.alerts.deadman import Pings
from tests.edges.alerts.fakes import front


def test_it_is_called_again_and_again_while_the_engine_is_well_and_not_while_it_is_not() -> None:
    async def play() -> None:
        async with front() as there:
            # Faster than a file may ask for.
            terms = DeadMan(url=f"{there.url}/ping/secret").model_copy(update={"every": NS // 50})
            until = [3]
            made = Pings(terms, lambda: len(there.asked) < until[0])
            running = asyncio.create_task(made.run())
            for count in (3, 5):
                until[0] = count
                while made.count < count:
                    assert not running.done()
                    await asyncio.wait([running], timeout=0.01)
                # Ten times as long as until the next.
                await asyncio.wait([running], timeout=0.2)
                assert [(asked.method, asked.path) for asked in there.asked] == [("GET", "/ping/secret")] * count
            assert (made.count, made.why) == (5, "")
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
