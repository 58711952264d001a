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
            talk = _Talk(socket)
            said = await talk.ask(hello(talk.number, place, mode, epoch))
            if said.get("ok") is not True:
                return Pulled(error=f"the venue refuses us: {said.get('code', '')} {said.get('text', '')}".strip())
            while left := open_orders(await talk.ask(query(talk.number))):
                asked += left
                note(left)
                if "fenced" in await talk.take_back(left, epoch):
                    return Pulled(asked=tuple(asked), left=tuple(left), error="a later lease has fenced us")
                await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        return Pulled(asked=tuple(asked), left=tuple(left), error="the time was up")
    except (aiohttp.ClientError, OSError, ValueError, KeyError, AttributeError) as error:
        return Pulled(asked=tuple(asked), left=tuple(left), error=f"{type(error).__name__}: {error}")
    return Pulled(asked=tuple(asked))


class _Talk:
    """Requests and their replies on one connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.number = 1
        """Number of the next request."""
        self._waiting: set[int] = set()

    async def say(self, frame: Frame) -> None:
        """Send a request without waiting for its reply."""
        self._waiting.add(frame["id"])
        self.number += 1
        await self._socket.send_str(msgspec.json.encode(frame).decode())

    async def ask(self, frame: Frame) -> Frame:
        """Send a request and return its reply."""
        await self.say(frame)
        while True:
            reply = await self._hear()
            if reply.get("re") == frame["id"]:
                return reply

    async def take_back(self, oids: list[str], epoch: int) -> set[str]:
        """Take orders back and return the codes of what was refused, once all was answered."""
        for oid in oids:
            await self.say(cancel(self.number, oid, epoch))
        codes = set()
        while self._waiting:
            reply = await self._hear()
            if "re" in reply and reply.get("ok") is not True:
                codes.add(str(reply.get("code")))
        return codes

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
