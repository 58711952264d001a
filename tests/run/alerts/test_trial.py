"""A test goes through every channel at once, and each says how it did."""

import asyncio
from pathlib import Path

from aiohttp import web

from openbell.run import assemble
from openbell.run.alerts import trial
from tests.edges.alerts.fakes import front
from tests.run.alerts.stage import NOW, market


def test_every_target_is_tried_and_says_how_it_did(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there, front() as other:
            other.by_path["/x"] = lambda _: web.Response(status=401)
            words = (
                f"[{{url: '{there.url}/x'}}, {{name: shut, url: '{other.url}/x'}},"
                f" {{kind: telegram, token: '1:a', chats: [1, 2], api: '{there.url}'}}]"
            )
            loaded, found = assemble.read(market(tmp_path, words).file, {})
            named = loaded.config.alerts.named
            tried = await asyncio.to_thread(trial.try_out, named, found.channels.module, "Mine", NOW)
            assert [(one.channel, one.number, bool(one.why)) for one in tried] == [
                ("webhook", 1, False), ("shut", 1, True), ("telegram", 1, False), ("telegram", 2, False),
            ]  # fmt: skip
            assert "401" in tried[1].why
            assert len(there.taken) == 3

    asyncio.run(play())
