"""A webhook of Slack gets its own shape."""

import asyncio

from openbell.edges.alerts import slack
from tests.edges.alerts.fakes import front, letter


def test_slack_gets_its_own_shape_and_reads_no_markup() -> None:
    async def play() -> None:
        async with front() as there:
            config = slack.Config(url=f"{there.url}/services/T/B/x")
            await slack.send(config, letter(text="<!channel> & you"), *slack.targets(config))
            (asked,) = there.taken
            assert asked.body == {"text": "[SIM] Small: order filled\n&lt;!channel&gt; &amp; you"}

    asyncio.run(play())
