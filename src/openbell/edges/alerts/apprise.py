"""Every other service, by an address that Apprise knows.

Such as `ntfys://topic`, `pover://user@token`, `workflows://…`.

Apprise waits while it sends, and says no more than yes or no: it runs in a process of its own that is ended when the
time is up. It is given the address through its input, so no list of processes shows it.

That process is under the same rule as our own requests (see `posting`), whatever the service's plugin does: Python asks
us before each connection, and no redirect is followed. How long an answer may be, only its memory bounds.
"""

import asyncio
import os
import resource
import sys
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, Field

from openbell.core.types import NS
from openbell.edges.alerts.letter import LEAST_WAIT_S, Letter, NotNow, Unclear
from openbell.links import NOT_PUBLIC, hosts_of, is_own_host, may_reach, reachable
from openbell.schema import PartConfig, Span, Text

_KINDS = {"info": "info", "warning": "warning", "error": "failure", "critical": "failure"}
NO_SERVICE, NO_PACKAGE, NO_WAY = 3, 4, 5
"""Exit codes of the process: no address that Apprise knows; Apprise is not installed; it led to no public machine."""
MOST_MEMORY = 1 << 30
"""Bytes that the process may take: plugins read whole answers, and one without end is to end this process alone."""
_CONNECTS = frozenset(["socket.connect", "socket.sendto", "socket.sendmsg"])


def _address(value: str) -> str:
    if "://" not in value:
        raise ValueError("is no address; write one such as ntfys://topic, as Apprise's list of services shows it")
    return value


class Config(PartConfig):
    """Address of a service, and the time for one try."""

    url: Annotated[Text, AfterValidator(reachable), AfterValidator(_address)] = Field(examples=['"${ALERT_URL}"'])
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
    nothing = asyncio.subprocess.DEVNULL
    # A proxy of the environment would be asked in the place of what stands in the file.
    own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=nothing, stderr=nothing, env=own)
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
    if process.returncode == NO_WAY:
        raise NotNow(str(NOT_PUBLIC), LEAST_WAIT_S)
    if process.returncode:
        raise Unclear("Apprise could not deliver it")


def deliver(given: bytes) -> int:
    """Send what stands in a line of JSON; return 0 for delivered, else what is wrong.

    For a process of its own: what watches its connections stays until it ends.
    """
    try:
        import apprise
    except ImportError:
        return NO_PACKAGE
    asked = msgspec.json.decode(given, type=dict[str, str])
    service = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    if not service.add(asked["url"]):
        return NO_SERVICE
    for one in service:
        one.redirects = False  # also where the address says otherwise
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    refused = _watch(asked["url"])
    kind = apprise.NotifyType(_KINDS[asked["type"]])
    if service.notify(body=asked["body"], title=asked["title"], notify_type=kind):
        return 0
    return NO_WAY if refused else 1


def _watch(text: str) -> list[str]:
    """Refuse each connection of this process to where nothing may go, and return what is refused as it happens."""
    hosts = hosts_of(text)
    host = hosts[0] if hosts and all(map(is_own_host, hosts)) else ""
    refused: list[str] = []

    def look(event: str, given: tuple[Any, ...]) -> None:
        address = given[1] if event in _CONNECTS else None
        # What is no pair of address and port is a socket of this machine's own file system.
        if isinstance(address, tuple) and not may_reach(host, str(address[0])):
            refused.append(str(address[0]))
            raise PermissionError(NOT_PUBLIC.what)

    sys.addaudithook(look)
    return refused


if __name__ == "__main__":
    sys.exit(deliver(sys.stdin.buffer.read()))
