"""The guardian's way to the plain venue: it can ask what is open and take orders back.

It has no words for more, and shares nothing with the engine's line but the address: a fault there is none here.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import aiohttp
import msgspec

from openbell.core.types import NS

VERSION = 1
PATIENCE_NS = 20 * NS
"""How long one try may take."""
PAUSE_S = 0.1
"""Between two rounds, seconds: what a venue refuses is not asked for in a storm."""
_MAX_FRAME = 1 << 22
Frame = dict[str, Any]


class Place(Protocol):
    """Of an account's options, what is needed to reach it."""

    url: str
    account: str
    key: str


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of taking an account's orders back.

    Attributes:
        asked: Client ids of which cancels were sent, in order. left: Those still open at the end.
        error: Why it is not known, empty where it is.
    """

    asked: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    error: str = ""


def hello(number: int, place: Place, mode: str, epoch: int) -> Frame:
    """Return the frame that says who speaks; from now on every lower epoch is refused."""
    who = {"version": VERSION, "account": place.account, "mode": mode, "key": place.key, "epoch": epoch}
    return {"op": "hello", "id": number, **who}


def query(number: int) -> Frame:
    """Return the frame that asks what is open."""
    return {"op": "state", "id": number, "nested": True}


def cancel(number: int, oid: str, epoch: int) -> Frame:
    """Return the frame that takes an order back."""
    return {"op": "cancel", "id": number, "cid": oid, "epoch": epoch}


def open_orders(reply: Frame) -> list[str]:
    """Return the client ids of the open orders of an answer; what adds risk comes first.

    Raises:
        ValueError: It is no answer to `query`: a list that is missing is not an empty one.
    """
    orders = reply.get("orders")
    if reply.get("ok") is not True or not isinstance(orders, list):
        raise ValueError(f"no list of orders: {reply.get('code', '')} {reply.get('text', '')}".strip())
    flat = [leg for order in orders for leg in (order, *(order.get("legs") or ()))]
    return [str(order["cid"]) for order in sorted(flat, key=lambda order: bool(order.get("reduce_only")))]


async def pull(place: Place, mode: str, epoch: int, note: Callable[[list[str]], None]) -> Pulled:
    """Take back every order of the account under lease `epoch`, and look until none is left.

    Args:
        place: The account's options, as the engine has them.
        mode: What the venue must say it is.
        epoch: Later than the engine's, which is fenced by it.
        note: Writes down what is about to be taken back, before it is.
    """
    asked: list[str] = []
    left: list[str] = []
    try:
        async with (
            asyncio.timeout(PATIENCE_NS / NS),
            aiohttp.ClientSession() as http,
            http.ws_connect(place.url, max_msg_size=_MAX_FRAME) as socket,
        ):
            talk = Talk(socket, epoch)
            error = await talk.greet(place, mode)
            while not error and (left := await talk.left()):
                asked += left
                note(left)
                error = await talk.take_back(left)
    except TimeoutError:
        error = "the time was up"
    except (aiohttp.ClientError, OSError, ValueError, KeyError, AttributeError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Pulled(asked=tuple(asked), left=tuple(left), error=error)


class Talk:
    """Requests and their replies on one connection, under one lease."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, epoch: int) -> None:
        self._socket = socket
        self._epoch = epoch
        self._number = 1
        self._waiting: set[int] = set()

    async def greet(self, place: Place, mode: str) -> str:
        """Say who we are; return why the venue does not want us, empty where it does."""
        said = await self._ask(hello(self._number, place, mode, self._epoch))
        is_welcome = said.get("ok") is True
        return "" if is_welcome else f"the venue refuses us: {said.get('code', '')} {said.get('text', '')}".strip()

    async def left(self) -> list[str]:
        """Return what is open."""
        return open_orders(await self._ask(query(self._number)))

    async def take_back(self, oids: list[str]) -> str:
        """Take orders back, once all was answered and a moment has passed.

        Return why that cannot be done under this lease, empty where it can.
        """
        for oid in oids:
            await self._say(cancel(self._number, oid, self._epoch))
        codes = set()
        while self._waiting:
            codes.add((await self._hear()).get("code"))
        await asyncio.sleep(PAUSE_S)
        return "a later lease has fenced us" if "fenced" in codes else ""

    async def _say(self, frame: Frame) -> None:
        self._waiting.add(frame["id"])
        self._number += 1
        await self._socket.send_str(msgspec.json.encode(frame).decode())

    async def _ask(self, frame: Frame) -> Frame:
        await self._say(frame)
        while True:
            reply = await self._hear()
            if reply.get("re") == frame["id"]:
                return reply

    async def _hear(self) -> Frame:
        message = await self._socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise aiohttp.ClientError("the venue closed the connection")
        try:
            reply = msgspec.json.decode(message.data)
        except msgspec.MsgspecError as error:
            raise ValueError(f"not a frame: {error}") from None
        self._waiting.discard(reply.get("re", 0))
        return dict(reply)
