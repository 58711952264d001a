"""A websocket ends with the server, whatever its caller is doing."""

import asyncio
import socket
import threading
from typing import Any

import pytest
import uvicorn
from websockets.client import ClientProtocol
from websockets.frames import CloseCode
from websockets.uri import parse_uri

from openbell.edges.web import sockets
from openbell.edges.web.sockets import Door, Socket

LOT = bytes(16 << 20)
"""More than the system takes off a writer's hands."""


REST = threading.Event()


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

    asyncio.run(asyncio.wait_for(act(), 300))


async def _heard(port: int, *parts: bytes) -> bytes:
    """Say something in parts and return what is heard until the line ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    found = await reader.read()
    writer.close()
    return found


ASKED: list[str] = []
"""What was asked for in full."""


async def answering(scope: Any, receive: Any, send: Any) -> None:
    """Read all of a question and answer as much as it asks for."""
    while (part := await receive()).get("more_body"):
        pass
    if part["type"] == "http.request":
        ASKED.append(scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": LOT if scope["path"] == "/much" else b"done"})


def test_E22_who_asks_or_takes_an_answer_slowly_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\n"
    ASKED.clear()

    async def act() -> None:
        config = uvicorn.Config(
            answering, http=Door, ws=Socket, log_config=None, lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as door:
            serving = asyncio.create_task(server.serve(sockets=[door]))
            port = door.getsockname()[1]
            # Who says nothing, half a head, a head and half a body: the line ends, and nothing is answered.
            slow = [(), (head,), (head + b"Content-Length: 9\r\n\r\n", b"half")]
            # However slow this machine is: who can only be cut off has little time, who is to be answered all of it.
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sockets, "LONGEST_ASK_S", 0.2)
                await asyncio.gather(*(_heard(port, *parts) for parts in slow), return_exceptions=True)
            assert ASKED == []
            whole = head + b"Connection: close\r\nContent-Length: 4\r\n\r\nwhol"
            assert b"done" in await _heard(port, whole)
            # Who does not take what it asked for.
            monkeypatch.setattr(sockets, "LONGEST_TAKE_S", 0.2)
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
            while "/much" not in ASKED:
                await asyncio.to_thread(REST.wait, 0.01)
            while server.server_state.connections:
                await asyncio.to_thread(REST.wait, 0.01)
            writer.close()
            server.should_exit = True
            await serving

    asyncio.run(asyncio.wait_for(act(), 300))
