"""What a client may say to the plain venue, frame by frame."""

from decimal import Decimal
from typing import Literal

import msgspec

from openbell.core.types import E8, is_multiple

VERSION = 1
"""Of the protocol; a hello with another one is refused."""


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="op"):
    """What every request has: `id`, which its reply carries as `re`."""

    id: int


class Hello(Request, frozen=True, kw_only=True, tag="hello"):
    """First frame of a connection.

    Who speaks, for which account, in which mode, under which lease epoch.
    """

    version: int
    account: str
    mode: str
    key: str = ""
    epoch: int = 0


class Subscribe(Request, frozen=True, kw_only=True, tag="subscribe"):
    """Ask for a stream: `orders` and `executions` of the account.

    Or `bars` or `quotes` of a symbol.
    """

    stream: Literal["orders", "executions", "bars", "quotes"]
    symbol: str = ""


class Submit(Request, frozen=True, kw_only=True, tag="submit"):
    """A new order. `cid` is the client's id for it.

    `group` joins orders of which one fill shrinks the others.
    """

    epoch: int
    cid: str
    symbol: str
    side: Literal["buy", "sell"]
    qty: Decimal
    type: Literal["market", "limit", "stop", "stop_limit", "trailing"]
    tif: Literal["day", "gtc", "ioc", "fok", "opg", "cls"]
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    reduce_only: bool = False
    group: str = ""


class Amend(Request, frozen=True, kw_only=True, tag="amend"):
    """Change a live order in place; `qty` is the total, what is filled included."""

    epoch: int
    cid: str
    qty: Decimal
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None


class Cancel(Request, frozen=True, kw_only=True, tag="cancel"):
    """Take a live order back."""

    epoch: int
    cid: str


class Lookup(Request, frozen=True, kw_only=True, tag="order"):
    """What became of the order with this client id?"""

    cid: str


class Executions(Request, frozen=True, kw_only=True, tag="executions"):
    """Executions with a number above `since` and not before `after` (UTC ns), oldest first.

    At most `limit`.
    """

    since: int = 0
    after: int = 0
    limit: int = 500


class State(Request, frozen=True, kw_only=True, tag="state"):
    """Open orders, positions and cash; `nested` also lists the orders held back in a group."""

    nested: bool = False


class Ping(Request, frozen=True, kw_only=True, tag="ping"):
    """Are you there, and what time is it?"""


AnyRequest = Hello | Subscribe | Submit | Amend | Cancel | Lookup | Executions | State | Ping
"""All frames a client may send."""
_DECODER: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_MOST = Decimal(10) ** 15
"""No price or quantity is as large; what is, is a slip."""
OPS = ("hello", "subscribe", "submit", "amend", "cancel", "order", "executions", "state", "ping")
"""Their words."""


def parse(text: str | bytes) -> AnyRequest:
    """Return a request.

    Raises:
        msgspec.MsgspecError: It is not JSON, or not of the protocol.
    """
    request: AnyRequest = _DECODER.decode(text)
    for name in request.__struct_fields__:
        value = getattr(request, name)
        if isinstance(value, Decimal) and not (value.is_finite() and abs(value) < _MOST and is_multiple(value, E8)):
            raise msgspec.ValidationError(f"`{name}` is not a number of this venue")
    return request


def op_of(request: AnyRequest) -> str:
    """Return the word a request was sent under."""
    return str(request.__struct_config__.tag)
