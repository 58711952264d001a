import asyncio
from typing import Any

import msgspec

from openbell.core.types import NS
from openbell.wire.binance.frames import MOST_SAID, MOST_STREAMS, QUEUE, Client
from tests.wire.binance.spec import frame_faults


def client() -> Client:
    nothing: Any = None
    return Client(1, nothing, nothing, {"btcusdt@trade"}, is_combined=False)


def test_commands_are_answered_in_their_form() -> None:
    made = client()
    frames = [
        {"method": "SUBSCRIBE", "params": ["a@trade", "b@trade"], "id": 1}, {"method": "UNSUBSCRIBE", "params": ["b@trade"], "id": 2},
        {"method": "GET_PROPERTY", "params": ["combined"], "id": 3}, {"method": "LIST_SUBSCRIPTIONS", "id": 4},
    ]  # fmt: skip
    told = [made.command(msgspec.json.encode(frame)) for frame in frames]
    assert [one["result"] for one in told] == [None, None, False, ["a@trade", "btcusdt@trade"]]
    assert all(frame_faults("StreamReply", one) == [] for one in told)


def test_what_is_no_command_is_refused_by_its_code() -> None:
    made = client()
    many = [f"{n}@trade" for n in range(MOST_STREAMS)]
    frames: list[Any] = [b"{", b"[]", msgspec.json.encode({"method": "DANCE", "id": 1}),
                         msgspec.json.encode({"method": "SUBSCRIBE", "params": [1], "id": 1}),
                         msgspec.json.encode({"method": "SUBSCRIBE", "params": 5, "id": 1}),
                         msgspec.json.encode({"method": "SUBSCRIBE", "params": "btcusdt@trade", "id": 1}),
                         msgspec.json.encode({"method": "SUBSCRIBE", "params": many, "id": 1})]  # fmt: skip
    assert [made.command(one)["code"] for one in frames] == [3, 2, 2, 2, 2, 2, 2]
    assert made.wanted == {"btcusdt@trade"}


def test_a_second_has_room_for_so_many_frames() -> None:
    made = client()
    assert [made.is_hasty(NS) for _ in range(MOST_SAID + 1)] == [False] * MOST_SAID + [True]
    assert not made.is_hasty(2 * NS)


def test_what_nobody_reads_is_not_kept_for_ever() -> None:
    async def scene() -> list[bool]:
        made = client()
        return [made.post({}) for _ in range(QUEUE + 1)]

    found = asyncio.run(scene())
    assert (found[-2], found[-1]) == (True, False)
