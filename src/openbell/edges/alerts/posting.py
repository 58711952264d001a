"""One HTTP request for one message, and what its answer means.

It goes to a machine on the public internet, or to this one where this one is written down: a name that leads into the
network around us, or to the machine that keeps a cloud's keys, is not followed there. A name is looked up once, the
line goes to the very address that was looked at, and a redirect is an answer like any other.
"""

import base64
import json
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from openbell.core.types import NS
from openbell.edges.alerts.letter import LEAST_WAIT_S, Never, NotNow, Unclear
from openbell.links import NOT_PUBLIC, in_the_open, may_reach

if TYPE_CHECKING:
    import aiohttp

LONGEST_NS = 5 * NS
"""For all of a request, unless somebody writes another time, ns."""
MOST_ANSWER = 64 << 10
"""Bytes of an answer that are read."""
_CLOSED = (401, 403, 404, 405, 410)
_TRANSIENT = (408, 425, 429, 503)


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A request.

    Attributes:
        url: Whole address. Never told to anybody: it may hold a secret. method: How it is asked.
        body: As JSON, `encoded`. form: In place of it. headers: Besides the usual.
        auth: User and password, None for none.
        timeout: For all of it, ns.
    """

    url: str
    method: str = "POST"
    body: bytes = b""
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = {}
    auth: tuple[str, str] | None = None
    timeout: int = LONGEST_NS


def encoded(value: Any) -> bytes:
    """Return a value as the JSON that is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def post(request: Post) -> Any:
    """Send a request and return what its answer holds as JSON, None where that is none.

    Raises:
        NotNow: It was not taken. Never: It never will be. Unclear: Nobody knows.
    """
    import aiohttp

    lines = Lines(request.url)
    data: Any = request.body if request.form is None else dict(request.form)
    headers = {} if request.form is not None else {"Content-Type": "application/json"}
    if request.auth is not None:
        headers["Authorization"] = f"Basic {base64.b64encode(':'.join(request.auth).encode()).decode()}"
    limit = aiohttp.ClientTimeout(total=request.timeout / NS)
    is_sent = False

    async def sent(*_: Any) -> None:
        nonlocal is_sent
        is_sent = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(sent)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, trace_configs=[trace], connector=lines.connector()) as session,
            session.request(
                request.method, request.url, data=data, headers={**headers, **request.headers}, allow_redirects=False
            ) as answer,
        ):
            text = (await _beginning(answer.content)).decode("utf-8", "replace")
            judge(answer.status, answer.headers.get("Retry-After", ""), text)
    except aiohttp.InvalidURL:
        raise NotNow("its address is no URL", LEAST_WAIT_S) from None
    except aiohttp.ClientConnectorError:
        raise NotNow(*lines.why) from None
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        what = "no answer in time" if isinstance(error, TimeoutError) else f"the line failed ({type(error).__name__})"
        raise (Unclear if is_sent else NotNow)(what) from None
    try:
        return json.loads(text)
    except ValueError:
        return None


class Lines:
    """Opens what lines one request needs.

    Attributes:
        why: Why none could be opened, and how long to wait then, as `NotNow` takes them.
    """

    def __init__(self, url: str) -> None:
        """Open lines to where an address leads.

        Raises:
            NotNow: It is none, or would go in the open.
        """
        self.why: tuple[str, float | None] = ("nobody answers there", None)
        try:
            self._host = urlsplit(url).hostname or ""
        except ValueError:
            self._host = ""
        if not self._host:
            raise NotNow("its address is no URL", LEAST_WAIT_S)
        if (fault := in_the_open(url)) is not None:
            raise NotNow(str(fault), LEAST_WAIT_S)

    def connector(self) -> "aiohttp.TCPConnector":
        """Return what connects: it keeps no line and no name for another request."""
        import aiohttp

        return aiohttp.TCPConnector(use_dns_cache=False, force_close=True, socket_factory=self._socket)

    def _socket(self, found: Any) -> socket.socket:
        """Return a socket for one of the addresses to which the name led, just before it is connected to there.

        Raises:
            OSError: Nothing is sent there.
        """
        family, kind, protocol, _, address = found
        if not may_reach(self._host, str(address[0])):
            self.why = str(NOT_PUBLIC), LEAST_WAIT_S
            raise OSError(NOT_PUBLIC.what)
        return socket.socket(family, kind, protocol)


async def _beginning(stream: "aiohttp.StreamReader") -> bytes:
    """Return an answer's bytes, as many as are read at most."""
    found = bytearray()
    while len(found) < MOST_ANSWER and (more := await stream.read(MOST_ANSWER - len(found))):
        found += more
    return bytes(found)


def judge(status: int, retry_after: str, text: str) -> None:
    """Do nothing where a status says that the message was taken.

    Args:
        status: Of the answer.
        retry_after: Its header, empty for none.
        text: Its body, which may say when to try again.

    Raises:
        NotNow, Never, Unclear: As they say.
    """
    if 200 <= status < 300:
        return
    if status in _TRANSIENT:
        raise NotNow(f"answered {status}", _wait(retry_after, text))
    if status in _CLOSED or 300 <= status < 400:
        raise NotNow(f"answered {status}: its address, key or password is wrong, or it was closed", LEAST_WAIT_S)
    if status >= 500:
        raise Unclear(f"answered {status}")
    raise Never(f"answered {status}: this message is not taken")


def _wait(retry_after: str, text: str) -> float | None:
    """Return how long the other side asks us to wait, seconds; Telegram and Discord say it in the body."""
    found: Any = retry_after
    if not found:
        try:
            body = json.loads(text)
        except ValueError:
            return None
        if not isinstance(body, dict):
            return None
        inner = body.get("parameters")
        found = (inner if isinstance(inner, dict) else body).get("retry_after")
    try:
        return min(max(float(found), 0.0), 3600.0)
    except (TypeError, ValueError):
        return None
