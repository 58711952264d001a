"""Asks who it is, and whether that may be, before anything of a request is read.

In this order: address, host, path, size, how often, who, scope, origin and proof against forgery, second proof. A
refusal is one JSON object with an id; what went wrong inside stays in the log of this process.
"""

import hmac
import ipaddress
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request

from openbell.edges.web.identity import PREFIX, Identity
from openbell.edges.web.policy import CANCEL, SOCKET, TRADE, Policy, methods_of, policy_of
from openbell.edges.web.sessions import Paces, Sessions, Who

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "__Host-openbell"
CSRF = b"x-openbell-csrf"
MOST_BODY, MOST_HEADERS = 64 << 10, 16 << 10
"""Bytes."""
PACES = {"read": 600, "write": 60, "login": 5, "try": 6, "stop": 1_000_000}
"""Questions a minute and address."""
HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
HSTS = (b"strict-transport-security", b"max-age=31536000")
"""Over TLS: a year in which a browser comes by TLS alone."""
_SAFE = ("GET", "HEAD")


class Denied(Exception):
    """A request is not let through."""

    def __init__(
        self, status: int, code: str, text: str, headers: Mapping[str, str] = MappingProxyType({}), field: str = ""
    ) -> None:
        """Say with which status, the code that documents name, why, with which headers, and of what field."""
        super().__init__(text)
        self.status, self.code, self.headers, self.field = status, code, headers, field


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a server answers.

    Attributes:
        hosts: The names by which it is asked, with their port. networks: Where the asking may come from; empty for
            everywhere.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()


class Gate:
    """Stands before the application."""

    def __init__(self, app: App, identity: Identity, sessions: Sessions, paces: Paces, reach: Reach) -> None:
        """Let through to `app` what may come; `reach` is who may ask, and by which names."""
        self._app = app
        self._identity, self._sessions, self._paces = identity, sessions, paces
        self._hosts, self._networks = reach.hosts, reach.networks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request, as ASGI says."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        try:
            if scope["type"] == "websocket":
                self._greet(scope, headers)
                await self._app(scope, receive, send)
                return
            scope["openbell.who"] = self._ask(scope, headers)
        except Denied as denied:
            await _refuse(scope, send, denied)
            return
        await self._app(scope, _bounded(receive), _dressed(scope, send))

    def _greet(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Look at where a socket comes from; who it is, its ticket tells."""
        self._check_source(scope)
        self._check_host(headers)
        if scope["path"] != SOCKET:
            raise Denied(403, "E2401", "there is no such socket")
        if not self._is_own(headers.get(b"origin", b"").decode("latin-1")):
            raise Denied(403, "E2402", "a socket is opened from this page alone")

    def _ask(self, scope: Scope, headers: dict[bytes, bytes]) -> Who | None:
        self._check_source(scope)
        self._check_host(headers)
        method, path = scope["method"], scope["path"]
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            raise Denied(431, "E2410", f"headers of more than {MOST_HEADERS} bytes are not read")
        who = self._who(headers, scope)
        policy = policy_of(method, path)
        if policy is None:
            raise _unknown(who, path)
        source = place_of(scope["client"][0]) if scope.get("client") else ""
        wait = self._paces.wait(policy.pace, source)
        if wait:
            raise Denied(429, "E2429", f"too many questions; ask again in {wait} s", {"retry-after": str(wait)})
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MOST_BODY:
            raise Denied(413, "E2413", f"a body of more than {MOST_BODY} bytes is not read")
        if policy.scope:
            self._admit(policy, who)
        if method not in _SAFE:
            self._check_forgery(policy, who, headers)
        if policy.needs_step_up and (who is None or who.session is None or not self._is_proved(who)):
            raise Denied(403, "E2403", "this needs your password (and second factor) once more: POST /api/step-up")
        return who

    def _is_proved(self, who: Who) -> bool:
        return who.session is not None and self._sessions.is_stepped_up(who.session)

    def _check_source(self, scope: Scope) -> None:
        if not self._networks:
            return
        source = ipaddress.ip_address(scope["client"][0]) if scope.get("client") else None
        if source is None or not any(source in network for network in self._networks):
            raise Denied(403, "E2411", "this address is not among those that may ask; see --allow")

    def _check_host(self, headers: dict[bytes, bytes]) -> None:
        if headers.get(b"host", b"").decode("latin-1").lower() not in self._hosts:
            raise Denied(
                421,
                "E2421",
                "this server does not answer to that name; it has those of its certificate, or of this machine",
            )

    def _is_own(self, origin: str) -> bool:
        try:
            found = urlsplit(origin)
        except ValueError:  # what no browser says
            return False
        return found.scheme in ("http", "https") and found.netloc.lower() in self._hosts

    def _who(self, headers: dict[bytes, bytes], scope: Scope) -> Who | None:
        given = headers.get(b"authorization", b"").decode("latin-1")
        if given.startswith(f"Bearer {PREFIX}"):
            token = given.removeprefix("Bearer ")
            scopes = self._identity.scopes_of(token, scope["client"][0] if scope.get("client") else "")
            return Who(name=f"token {token[len(PREFIX) :].partition('_')[0]}", scopes=scopes) if scopes else None
        # A cookie that is no cookie belongs to somebody else; it must not cost a session its own.
        pairs = (one.strip().partition("=") for one in headers.get(b"cookie", b"").decode("latin-1").split(";"))
        key = next((value for name, _, value in pairs if name == COOKIE), None)
        session = self._sessions.find(key) if key is not None else None
        return Who(name="owner", scopes=session.scopes, session=session) if session is not None else None

    def _admit(self, policy: Policy, who: Who | None) -> None:
        if who is None:
            raise Denied(401, "E2400", "log in first")
        if not may(who, policy.scope):
            raise Denied(403, "E2402", f"this needs the right to {policy.scope}")
        if policy.is_for_sessions and who.session is None:
            raise Denied(403, "E2402", "a token will not do for this; log in")

    def _check_forgery(self, policy: Policy, who: Who | None, headers: dict[bytes, bytes]) -> None:
        origin = headers.get(b"origin", b"").decode("latin-1")
        site = headers.get(b"sec-fetch-site", b"same-origin").decode("latin-1")
        if (origin and not self._is_own(origin)) or site not in ("same-origin", "none"):
            raise Denied(403, "E2404", "requests that change something come from this page alone")
        if not policy.scope or who is None or who.session is None:
            return  # A public route changes nothing without its own secret; a token is not sent by a browser itself.
        if not hmac.compare_digest(headers.get(CSRF, b""), who.session.csrf.encode()):
            raise Denied(403, "E2404", "the header X-OpenBell-CSRF is missing or old; load the page again")


def may(who: Who, scope: str) -> bool:
    """Return whether somebody has a right; who may trade may cancel."""
    return scope in who.scopes or (scope == CANCEL and TRADE in who.scopes)


def check_right(request: Request, scope: str) -> None:
    """Do nothing if who asks has a right besides that of the route. Raises Denied."""
    who: Who = request.scope["openbell.who"]
    if not may(who, scope):
        raise Denied(403, "E2402", f"this needs the right to {scope}")


def actor_of(request: Request) -> str:
    """Return who asks, as it is written down."""
    who: Who | None = request.scope["openbell.who"]
    source = request.client.host if request.client else "?"
    return f"web {who.name if who is not None else 'somebody'} {source}"


def check_proof(request: Request, sessions: Sessions) -> None:
    """Do nothing if who asks has proved who it is within the last minutes. Raises Denied."""
    who: Who = request.scope["openbell.who"]
    if who.session is None:
        raise Denied(403, "E2402", "a token will not do where real money is; log in")
    if not sessions.is_stepped_up(who.session):
        raise Denied(403, "E2403", "this needs your password and second factor once more: POST /api/step-up")


def place_of(address: str) -> str:
    """Return whom an address counts as: who has one of IPv6 has 2^64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found), 64), strict=False))


def _unknown(who: Who | None, path: str) -> Denied:
    if who is None:
        return Denied(401, "E2400", "log in first")
    if methods_of(path):
        methods = ", ".join(methods_of(path))
        return Denied(405, "E2405", f"this path takes {methods}", {"allow": methods})
    return Denied(403, "E2401", "there is nothing here, or it is not for you")


def _bounded(receive: Receive) -> Receive:
    """Return a way to receive that ends a body which is longer than it said."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= MOST_BODY else {"type": "http.disconnect"}

    return bounded


def _dressed(scope: Scope, send: Send) -> Send:
    """Return a way to send that adds the headers of every answer."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in message["headers"]}
            more = [(n.encode(), v.encode()) for n, v in HEADERS.items() if n.encode() not in own]
            if b"cache-control" not in own:
                more.append((b"cache-control", b"no-store"))
            if scope.get("scheme") == "https":
                more.append(HSTS)
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return dressed


def error_body(code: str, text: str, field: str | None = None) -> dict[str, Any]:
    """Return an error as it goes over the wire."""
    return {"error": {"id": secrets.token_hex(8), "code": code, "text": text, "field": field}}


async def _refuse(scope: Scope, send: Send, denied: Denied) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4403, "reason": str(denied)[:120]})
        return
    body = json.dumps(error_body(denied.code, str(denied))).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in denied.headers.items()]
    if denied.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    dressed = _dressed(scope, send)
    await dressed({"type": "http.response.start", "status": denied.status, "headers": headers})
    await dressed({"type": "http.response.body", "body": b"" if scope.get("method") == "HEAD" else body})
