"""Text messages to phones, through Twilio or what speaks like it."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from openbell.edges.alerts.calls import Listen
from openbell.edges.alerts.letter import Letter
from openbell.edges.alerts.posting import LONGEST_NS, Post, post
from openbell.links import reachable
from openbell.schema import PartConfig, Span, Text

API = "https://api.twilio.com"
LONGEST = 480
"""Characters of one message: three parts of a text message."""


class Config(PartConfig):
    """Whose account sends to which phones.

    Attributes:
        sid, token: Of the account. sender: Number it sends from. to: Numbers it sends to, `+15551234567`.
        control: Numbers from which STOP and a one-time code may come. listen: Where such messages and calls come in.
        api: Where its API is. timeout: For one try.
    """

    sid: Text = Field(examples=['"${TWILIO_SID}"'], min_length=1)
    token: Text = Field(examples=['"${TWILIO_TOKEN}"'], min_length=1)
    sender: Text = Field(examples=['"+15550001111"'])
    to: tuple[Text, ...] = Field(min_length=1, examples=['["+15551234567"]'])
    control: tuple[Text, ...] = ()
    listen: Listen | None = None
    api: Annotated[Text, AfterValidator(reachable)] = API
    timeout: Annotated[Span, Field(gt=0)] = LONGEST_NS

    @model_validator(mode="after")
    def _is_heard(self) -> Self:
        if bool(self.control) != (self.listen is not None):
            raise ValueError("control: names who may stop, listen: where their messages come in; one needs the other")
        return self


def targets(config: Config) -> tuple[str, ...]:
    """Return the phones."""
    return config.to


async def send(config: Config, letter: Letter, target: str) -> None:
    """Send a text message.

    The API has no mark for repeats: after a try without an answer the next one says that it may have come before.

    Raises:
        Fault: As its kinds say.
    """
    url = f"{config.api.rstrip('/')}/2010-04-01/Accounts/{config.sid}/Messages.json"
    form = {"To": target, "From": config.sender, "Body": letter.plain[:LONGEST]}
    await post(Post(url=url, form=form, auth=(config.sid, config.token), timeout=config.timeout))
