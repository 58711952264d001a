"""A websocket ends with the server, whatever its caller is doing."""

import asyncio
import socket
from typing import Any

import uvicorn
from websockets.client import ClientProtocol
from websockets.frames import CloseCode
from websockets.uri import parse_uri

from openbell.edges.web.sockets import Socket

LOT = bytes(16 << 20)
"""More than the system takes off a writer's hands."""


class Talker:
    """An application that says more than a caller who does not read can be handed."""

    def __init__(self) -> None:
        self.heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": LOT})
        self.heard.set_result((await receive())["type"])


async def _come_and_go(caller: socket.socket, port: int) -> None:
    """Shake hands, read nothing more, and say good-bye."""
    loop = asyncio.get_running_loop()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    caller.setblocking(False)
    await loop.sock_connect(caller, ("127.0.0.1", port))
    protocol = ClientProtocol(parse_uri(f"ws://127.0.0.1:{port}/"), max_size=None)
    protocol.send_request(protocol.connect())
    await loop.sock_sendall(caller, b"".join(protocol.data_to_send()))
    while not protocol.events_received():
        protocol.receive_data(await loop.sock_recv(caller, 256))
    protocol.send_close(CloseCode.GOING_AWAY)
    await loop.sock_sendall(caller, b"".join(protocol.data_to_send()))


def test_a_server_stops_while_a_caller_who_has_said_good_bye_is_still_being_written_to() -> None:
    async def act() -> None:
        talker = Talker()
        config = uvicorn.Config(talker, ws=Socket, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as door, socket.socket() as caller:
            serving = asyncio.create_task(server.serve(sockets=[door]))
            await _come_and_go(caller, door.getsockname()[1])
            assert await talker.heard == "websocket.disconnect"
            assert server.server_state.connections
            server.should_exit = True
            await serving

    asyncio.run(asyncio.wait_for(act(), 20))
