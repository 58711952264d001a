"""A bot writes to chats; its token stands in no fault."""

import asyncio

import pytest
from aiohttp import web
from pydantic import ValidationError

from openbell.edges.alerts import telegram
from openbell.edges.alerts.letter import NotNow
from tests.edges.alerts.fakes import front, letter


def test_telegram_writes_to_each_chat_with_the_bots_token() -> None:
    async def play() -> None:
        async with front() as there:
            config = telegram.Config(token="12:secret", chats=(4711, "-100"), api=there.url)
            assert telegram.targets(config) == ("4711", "-100")
            for chat in telegram.targets(config):
                await telegram.send(config, letter(), chat)
            assert [asked.path for asked in there.taken] == ["/bot12:secret/sendMessage"] * 2
            assert [asked.body["chat_id"] for asked in there.taken] == ["4711", "-100"]
            assert there.taken[0].body["text"] == letter().plain
            assert "parse_mode" not in there.taken[0].body

    asyncio.run(play())


def test_telegrams_patience_is_kept_and_its_token_not_told() -> None:
    async def play() -> None:
        async with front() as there:
            config = telegram.Config(token="12:secret", chats=("1",), api=there.url)
            there.answers.append(web.json_response({"ok": False, "parameters": {"retry_after": 9}}, status=429))
            with pytest.raises(NotNow) as fault:
                await telegram.send(config, letter(), "1")
            assert (fault.value.wait_s, "secret" in str(fault.value)) == (9.0, False)

    asyncio.run(play())


def test_a_telegram_message_is_no_longer_than_allowed() -> None:
    async def play() -> None:
        async with front() as there:
            config = telegram.Config(token="1:a", chats=("1",), api=there.url)
            await telegram.send(config, letter(text="x" * 9000), "1")
            assert len(there.taken[0].body["text"]) == 4096

    asyncio.run(play())


@pytest.mark.parametrize("given", [{"token": ""}, {"chats": ()}, {"chats": ("1",)}, {"token": "1:a", "chats": (True,)}])
def test_a_bot_needs_token_and_chat(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        telegram.Config.model_validate(given)
