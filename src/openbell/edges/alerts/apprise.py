"""Every other service, by an address that Apprise knows.

Such as `ntfys://topic`, `pover://user@token`, `workflows://…`.

Apprise waits while it sends, and says no more than yes or no: it runs in a process of its own that is ended when the
time is up. It is given the address through its input, so no list of processes shows it.
"""

import asyncio
import sys
from typing import Annotated

import msgspec
from pydantic import AfterValidator, Field

from openbell.core.types import NS
from openbell.edges.alerts.letter import LEAST_WAIT_S, Letter, NotNow, Unclear
from openbell.schema import PartConfig, Span, Text

_KINDS = {"info": "info", "warning": "warning", "error": "failure", "critical": "failure"}
NO_SERVICE, NO_PACKAGE = 3, 4
"""Exit codes of the process: the address is none that Apprise knows; Apprise is not installed."""


def _address(value: str) -> str:
    if "://" not in value:
        raise ValueError("is no address; write one such as ntfys://topic, as Apprise's list of services shows it")
    return value


class Config(PartConfig):
    """Address of a service, and the time for one try."""

    url: Annotated[Text, AfterValidator(_address)] = Field(examples=['"${ALERT_URL}"'])
    timeout: Annotated[Span, Field(gt=0)] = 30 * NS


def targets(config: Config) -> tuple[str, ...]:
    """Return whom a message goes to: the one address."""
    return (config.url,)


async def send(config: Config, letter: Letter, target: str) -> None:
    """Hand a message to Apprise.

    Raises:
        NotNow: The address is none, or Apprise is missing. Unclear: Apprise says no, and cannot say why.
    """
    words = (sys.executable, "-m", __name__)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *words, stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        given = msgspec.json.encode({"url": target, "title": letter.title, "body": letter.text, "type": letter.level})
        async with asyncio.timeout(config.timeout / NS):
            await process.communicate(given)
    except TimeoutError:
        raise Unclear("no answer in time") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == NO_PACKAGE:
        raise NotNow("Apprise is not installed: pip install apprise", LEAST_WAIT_S)
    if process.returncode == NO_SERVICE:
        raise NotNow("its address is none that Apprise knows", LEAST_WAIT_S)
    if process.returncode:
        raise Unclear("Apprise could not deliver it")


def deliver(given: bytes) -> int:
    """Send what stands in a line of JSON; return 0 for delivered, else what is wrong."""
    try:
        import apprise
    except ImportError:
        return NO_PACKAGE
    asked = msgspec.json.decode(given, type=dict[str, str])
    service = apprise.Apprise()
    if not service.add(asked["url"]):
        return NO_SERVICE
    kind = apprise.NotifyType(_KINDS[asked["type"]])
    return 0 if service.notify(body=asked["body"], title=asked["title"], notify_type=kind) else 1


if __name__ == "__main__":
    sys.exit(deliver(sys.stdin.buffer.read()))
