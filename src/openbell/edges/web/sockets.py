"""Connections of the server: how long a caller may take, and how websockets end with it."""

import asyncio
from typing import Literal

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

LONGEST_ASK_S, LONGEST_TAKE_S = 10.0, 20.0
"""How long a caller may take to ask in full, headers and body, and to take what it is handed, seconds."""


class Door(H11Protocol):
    """One caller's connection.

    Who asks slowly, or does not take the answer, is cut off: nobody holds lines for ever.
    """

    _ask: asyncio.TimerHandle | None = None
    _take: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the library
        """Begin to wait for a question."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take a part of a question, or all of it."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        super().connection_lost(exc)
        self._stop("_ask")
        self._stop("_take")

    def pause_writing(self) -> None:
        """Begin to wait for a caller who does not take what it is handed."""
        super().pause_writing()
        self._take = self._take or self.loop.call_later(LONGEST_TAKE_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting for it."""
        super().resume_writing()
        self._stop("_take")

    def _watch(self) -> None:
        """Wait for the rest of a question; what has been waited for it already counts."""
        cycle: RequestResponseCycle | None = self.cycle
        is_asked = cycle is not None and not cycle.more_body and not cycle.response_complete
        if is_asked or self.transport.get_protocol() is not self:
            self._stop("_ask")
        else:
            self._ask = self._ask or self.loop.call_later(LONGEST_ASK_S, self.transport.abort)

    def _stop(self, name: Literal["_ask", "_take"]) -> None:
        timer = getattr(self, name)
        if timer is not None:
            timer.cancel()
        setattr(self, name, None)


class Socket(WebSocketsSansIOProtocol):
    """One caller's websocket, which a server that stops can always let go.

    A caller who has said good-bye keeps its connection until all that was on its way is written. The library would then
    say good-bye a second time, which is an error and would end the server before it has closed its other connections.
    """

    def shutdown(self) -> None:
        """Let the caller go, because the server stops."""
        if self.handshake_complete and self.conn.state is not State.OPEN:
            self.stop_keepalive()
            self.transport.close()
        else:
            super().shutdown()
