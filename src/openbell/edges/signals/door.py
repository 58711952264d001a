"""The port: one route, on this machine alone.

A proxy or tunnel with TLS brings what comes from elsewhere.
"""

import asyncio

from aiohttp import web

from openbell.edges.signals.form import MOST_BODY
from openbell.edges.signals.gate import Asked, Gate

HOST = "127.0.0.1"
MOST_AT_ONCE = 32
"""Requests under way at one time; more are turned away."""
BODY_S = 5.0
"""How long a body may take to come, seconds."""
TIMESTAMP, SIGNATURE = "X-OpenBell-Timestamp", "X-OpenBell-Signature"
_HEADERS = {"Server": "openbell", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Door:
    """Hears requests and answers them.

    Attributes:
        port: Where it listens, once it is open.
    """

    def __init__(self, gate: Gate) -> None:
        """Stand before a gate."""
        self._gate = gate
        self._busy = 0
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def open(self, port: int) -> None:
        """Listen on a port of this machine, 0 for a free one. Raises OSError where it is taken."""
        app = web.Application(client_max_size=MOST_BODY)
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, handle_signals=False)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port).start()
        except OSError:
            await self.close()
            raise
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Hear nobody any more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        before, _, source = request.path.rpartition("/")
        if before != "/signals" or not source or request.query_string:
            return _answer(404, '{"error":"signals are posted to /signals/NAME"}')
        if request.method != "POST":
            return _answer(405, '{"error":"signals are posted"}')
        if self._busy >= MOST_AT_ONCE:
            return _answer(503, '{"error":"too many at once"}', 1)
        self._busy += 1
        try:
            async with asyncio.timeout(BODY_S):
                body = await request.read()
        except TimeoutError:
            return _answer(408, '{"error":"too slow"}')
        except web.HTTPRequestEntityTooLarge:
            return _answer(413, f'{{"error":"a body has at most {MOST_BODY} bytes"}}')
        else:
            reply = await self._gate.take(_asked(request, source, body))
            return _answer(reply.status, reply.body, reply.wait)
        finally:
            self._busy -= 1


def _asked(request: web.Request, source: str, body: bytes) -> Asked:
    given = request.headers
    return Asked(
        source=source, timestamp=given.get(TIMESTAMP, ""), signature=given.get(SIGNATURE, ""), body=body,
        peer=request.remote or "",
    )  # fmt: skip


def _answer(status: int, body: str, wait: int = 0) -> web.Response:
    headers = {**_HEADERS, "Retry-After": str(wait)} if wait else _HEADERS
    return web.Response(status=status, text=body, content_type="application/json", headers=headers)
