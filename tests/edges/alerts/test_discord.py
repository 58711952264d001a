"""A webhook of Discord gets its own shape."""

import asyncio

from openbell.edges.alerts import discord
from tests.edges.alerts.fakes import front, letter


def test_discord_gets_its_own_shape_and_calls_nobody() -> None:
    async def play() -> None:
        async with front() as there:
            config = discord.Config(url=f"{there.url}/api/webhooks/1/x")
            await discord.send(config, letter(text="@everyone"), *discord.targets(config))
            (asked,) = there.taken
            assert asked.body["allowed_mentions"] == {"parse": []}
            assert asked.body["content"].endswith("@everyone")

    asyncio.run(play())
