"""Discord: messages through a channel's webhook."""

from typing import Annotated

from pydantic import AfterValidator, Field

from openbell.edges.alerts.letter import Letter
from openbell.edges.alerts.posting import LONGEST_NS, Post, encoded, post
from openbell.links import reachable
from openbell.schema import PartConfig, Span, Text

LONGEST = 2000
"""Characters of one message."""


class Config(PartConfig):
    """Address of the webhook, and the time for one try."""

    url: Annotated[Text, AfterValidator(reachable)] = Field(examples=['"${DISCORD_URL}"'])
    timeout: Annotated[Span, Field(gt=0)] = LONGEST_NS


def targets(config: Config) -> tuple[str, ...]:
    """Return whom a message goes to: the one webhook."""
    return (config.url,)


async def send(config: Config, letter: Letter, target: str) -> None:
    """Post a message that calls nobody by name. Raises Fault, as its kinds say."""
    body = {"content": letter.plain[:LONGEST], "allowed_mentions": {"parse": []}}
    await post(Post(url=target, body=encoded(body), timeout=config.timeout))
