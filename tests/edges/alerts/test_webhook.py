"""A webhook gets each message as one JSON object that says who it is."""

import asyncio
import hashlib
import hmac

from openbell.edges.alerts import webhook
from openbell.edges.alerts.posting import encoded
from tests.edges.alerts.fakes import front, letter


def test_a_message_is_one_json_object_with_its_mark() -> None:
    async def play() -> None:
        async with front() as there:
            config = webhook.Config(url=f"{there.url}/hook")
            assert webhook.targets(config) == (f"{there.url}/hook",)
            await webhook.send(config, letter(), config.url)
            (asked,) = there.taken
            assert asked.headers["Idempotency-Key"] == asked.body["id"] == "TEST01-7-1-abc"
            assert asked.headers["Content-Type"] == "application/json"
            assert (asked.body["level"], asked.body["ts"], asked.body["fields"]) == (
                "warning", "1700000000000000000", {"symbol": "AAPL"},
            )  # fmt: skip
            assert "X-OpenBell-Signature" not in asked.headers

    asyncio.run(play())


def test_a_secret_signs_the_very_body_that_is_sent() -> None:
    async def play() -> None:
        async with front() as there:
            config = webhook.Config(url=there.url, secret="not told")
            await webhook.send(config, letter(), config.url)
            (asked,) = there.taken
            signed = hmac.new(b"not told", encoded(asked.body), hashlib.sha256).hexdigest()
            assert asked.headers["X-OpenBell-Signature"] == f"sha256={signed}"

    asyncio.run(play())
