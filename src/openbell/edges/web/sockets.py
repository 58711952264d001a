"""Websockets of the server, and how they end with it."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State


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
