"""One HTTP request for one message, and what its answer means."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from openbell.core.types import NS
from openbell.edges.alerts.letter import LEAST_WAIT_S, Never, NotNow, Unclear

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
    timeout: int = 15 * NS


def encoded(value: Any) -> bytes:
    """Return a value as the JSON that is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def post(request: Post) -> Any:
    """Send a request and return what its answer holds as JSON, None where that is none.

    Raises:
        NotNow: It was not taken. Never: It never will be. Unclear: Nobody knows.
    """
    import aiohttp

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
            aiohttp.ClientSession(timeout=limit, trace_configs=[trace]) as session,
            session.request(
                request.method, request.url, data=data, headers={**headers, **request.headers}, allow_redirects=False
            ) as answer,
        ):
            text = (await answer.content.read(MOST_ANSWER)).decode("utf-8", "replace")
            judge(answer.status, answer.headers.get("Retry-After", ""), text)
    except aiohttp.InvalidURL:
        raise NotNow("its address is no URL", LEAST_WAIT_S) from None
    except aiohttp.ClientConnectorError:
        raise NotNow("nobody answers there") from None
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        what = "no answer in time" if isinstance(error, TimeoutError) else f"the line failed ({type(error).__name__})"
        raise (Unclear if is_sent else NotNow)(what) from None
    try:
        return json.loads(text)
    except ValueError:
        return None


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
