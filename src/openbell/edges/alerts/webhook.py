"""A webhook: each message as one JSON object, posted to an address."""

import hashlib
import hmac
from typing import Annotated

from pydantic import AfterValidator, Field

from openbell.edges.alerts.letter import Letter
from openbell.edges.alerts.posting import LONGEST_NS, Post, encoded, post
from openbell.links import reachable
from openbell.schema import PartConfig, Span, Text


class Config(PartConfig):
    """Where it is, and how its receiver knows us.

    Attributes:
        url: Of the receiver. secret: Signs each body: `X-OpenBell-Signature: sha256=…` (HMAC); empty for none.
        timeout: For one try.
    """

    url: Annotated[Text, AfterValidator(reachable)] = Field(examples=['"${ALERT_URL}"'])
    secret: Text = ""
    timeout: Annotated[Span, Field(gt=0)] = LONGEST_NS


def targets(config: Config) -> tuple[str, ...]:
    """Return whom a message goes to: the one address."""
    return (config.url,)


async def send(config: Config, letter: Letter, target: str) -> None:
    """Post a message; `Idempotency-Key` is the same for every try of it.

    Raises:
        Fault: As its kinds say.
    """
    body = encoded({
        "id": letter.mark, "number": letter.number, "ts": str(letter.ts), "level": letter.level, "kind": letter.kind,
        "event": letter.event, "title": letter.title, "text": letter.text, "state": letter.state,
        "fields": letter.fields, "is_again": letter.is_again,
    })  # fmt: skip
    headers = {"Idempotency-Key": letter.mark}
    if config.secret:
        signed = hmac.new(config.secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-OpenBell-Signature"] = f"sha256={signed}"
    await post(Post(url=target, body=body, headers=headers, timeout=config.timeout))
