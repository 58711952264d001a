"""Telegram: a bot writes to chats, by the Bot API."""

from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field

from openbell.edges.alerts.letter import Letter
from openbell.edges.alerts.posting import LONGEST_NS, Post, encoded, post
from openbell.links import reachable
from openbell.schema import PartConfig, Span, Text

API = "https://api.telegram.org"
LONGEST = 4096
"""Characters of one message."""


def _ids(value: Any) -> Any:
    """Take numbers as what they are called by: `-100123` is the id of a group."""
    if not isinstance(value, list | tuple):
        return value
    return [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in value]


Ids = Annotated[tuple[str, ...], BeforeValidator(_ids)]


class Config(PartConfig):
    """Which bot writes to whom.

    Attributes:
        token: Of the bot, from @BotFather. chats: Ids of the chats it writes to.
        control: Ids of the users who may ask and stop; empty for nobody. Each needs a chat with the bot.
        api: Where the Bot API is. timeout: For one try.
    """

    token: Text = Field(examples=['"${TELEGRAM_BOT_TOKEN}"'], min_length=1)
    chats: Ids = Field(min_length=1, examples=['["${TELEGRAM_CHAT_ID}"]'])
    control: Ids = ()
    api: Annotated[Text, AfterValidator(reachable)] = API
    timeout: Annotated[Span, Field(gt=0)] = LONGEST_NS


class Chat(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """A chat that a bot has heard of: id, kind, and what people call it."""

    id: str
    kind: str
    title: str


def targets(config: Config) -> tuple[str, ...]:
    """Return the chats."""
    return config.chats


async def send(config: Config, letter: Letter, target: str) -> None:
    """Write a message into a chat.

    The Bot API has no mark for repeats: after a try without an answer the next one says that it may have come before.

    Raises:
        Fault: As its kinds say.
    """
    await say(config, target, letter.plain)


async def say(config: Config, chat: str, text: str) -> None:
    """Write text into a chat, as it is: no markup is read in it.

    Raises:
        Fault: As its kinds say.
    """
    await ask(
        config, "sendMessage", {"chat_id": chat, "text": text[:LONGEST], "link_preview_options": {"is_disabled": True}}
    )


async def chats(config: Config) -> list[Chat]:
    """Return the chats of what was last written to the bot; nothing of it counts as read.

    Raises:
        Fault: As its kinds say.
    """
    return chats_of(await ask(config, "getUpdates", {"timeout": 0}))


def chats_of(answer: Any) -> list[Chat]:
    """Return the chats in an answer of the Bot API, each once, whatever else is in it. Pure."""
    found = set()
    updates = answer.get("result", ()) if isinstance(answer, dict) else ()
    for told in (one for update in updates if isinstance(update, dict) for one in update.values()):
        chat = told.get("chat") if isinstance(told, dict) else None
        if isinstance(chat, dict) and isinstance(chat.get("id"), int):
            names = (chat.get("title"), chat.get("first_name"), chat.get("last_name"))
            title = " ".join(str(name) for name in names if name)
            at = f"@{chat['username']}" if chat.get("username") else ""
            found.add(Chat(id=str(chat["id"]), kind=str(chat.get("type", "")), title=f"{title} {at}".strip()))
    return sorted(found)


async def ask(config: Config, method: str, body: dict[str, Any], more: int = 0) -> Any:
    """Call a method of the Bot API and return its answer.

    Args:
        config: Which bot.
        method: As the API calls it.
        body: Its parameters.
        more: Added to the time-out, ns: how long the other side was asked to wait.

    Raises:
        Fault: As its kinds say.
    """
    url = f"{config.api.rstrip('/')}/bot{config.token}/{method}"
    return await post(Post(url=url, body=encoded(body), timeout=config.timeout + more))
