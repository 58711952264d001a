"""One request of any broker's protocol, before it has an id and before it has left. Pure."""

from typing import Any

import msgspec

from openbell.edges.brokers.budget import QUERY

Body = dict[str, Any]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be asked.

    Attributes:
        op: What it is for: a protocol's own word, or ours where it has none. body: As the protocol has it.
        priority, weight: What the budget is asked for, and how much of it. oid: Our order, empty for none.
        method, path: Of HTTP, the query in the path; empty on a socket.
        refusals: How often it was refused for certain, and lined up once more.
    """

    op: str
    body: Body = {}
    priority: int = QUERY
    weight: int = 1
    oid: str = ""
    method: str = ""
    path: str = ""
    refusals: int = 0
