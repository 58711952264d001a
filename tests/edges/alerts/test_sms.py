"""Text messages are forms with a log-in."""

import asyncio

from openbell.edges.alerts import sms
from tests.edges.alerts.fakes import front, letter


def test_a_text_message_is_twilios_form_with_its_log_in() -> None:
    async def play() -> None:
        async with front() as there:
            config = sms.Config(sid="AC1", token="t", sender="+1555", to=("+491", "+492"), api=there.url)
            for phone in sms.targets(config):
                await sms.send(config, letter(text="y" * 1000), phone)
            assert [asked.path for asked in there.taken] == ["/2010-04-01/Accounts/AC1/Messages.json"] * 2
            assert [asked.body["To"] for asked in there.taken] == ["+491", "+492"]
            assert (there.taken[0].body["From"], len(there.taken[0].body["Body"])) == ("+1555", 480)
            assert there.taken[0].headers["Authorization"].startswith("Basic ")

    asyncio.run(play())
