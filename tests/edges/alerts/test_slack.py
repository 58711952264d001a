"""A webhook of Slack gets its own shape."""

import asyncio
from pathlib import Path

import pytest

from openbell.edges.alerts import slack
from openbell.run import assemble
from tests.checklist.market import Market, config
from tests.edges.alerts.fakes import front, letter


def test_slack_gets_its_own_shape_and_reads_no_markup() -> None:
    async def play() -> None:
        async with front() as there:
            config = slack.Config(url=f"{there.url}/services/T/B/x")
            await slack.send(config, letter(text="<!channel> & you"), *slack.targets(config))
            (asked,) = there.taken
            assert asked.body == {"text": "[SIM] Small: order filled\n&lt;!channel&gt; &amp; you"}

    asyncio.run(play())


@pytest.mark.parametrize(
    ("url", "kind"),
    [("https://hooks.slack.com/services/T/B/x", "slack"), ("https://hooks.example.com/services/T/B/x", "webhook")],
)
def test_S4_062_an_address_of_slack_is_enough_to_be_told_in_its_shape(tmp_path: Path, url: str, kind: str) -> None:
    made = Market(tmp_path, config(head=f"alerts: [{{url: '{url}'}}]"), [])
    (channel,) = assemble.read(made.file, {})[0].config.alerts.channels
    assert (channel.kind, channel.options.model_dump()["url"]) == (kind, url)
