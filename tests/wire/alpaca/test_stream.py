from typing import Any

import msgspec
from aiohttp import WSMsgType
from aiohttp.test_utils import make_mocked_request

from openbell.wire.alpaca.stream import QUEUE, Client, failed, is_frame
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import T0


def client(feed: str, *, packed: bool = False) -> Client:
    headers = {"Content-Type": "application/msgpack"} if packed else {}
    return Client(1, feed, make_mocked_request("GET", "/", headers=headers), None)  # type: ignore[arg-type]  # no socket


def rendered(one: Client, body: Any) -> Any:
    assert one.post(body)
    return one._waiting.get_nowait()


def test_the_account_hears_json_in_binary_frames() -> None:
    assert rendered(client("account"), {"a": 1}) == b'{"a":1}'
    assert msgspec.msgpack.decode(rendered(client("account", packed=True), {"a": 1})) == {"a": 1}


def test_prices_carry_their_instant_as_text_or_packed() -> None:
    row = [{"T": "t", "S": "AAPL", "t": T0}]
    assert rendered(client("stocks"), row) == '[{"T":"t","S":"AAPL","t":"2026-11-20T12:00:00Z"}]'
    packed = msgspec.msgpack.decode(rendered(client("stocks", packed=True), row))
    assert packed[0]["t"].timestamp() == T0 // 10**9


def test_frames_are_read_in_either_form_and_nonsense_is_none() -> None:
    assert client("stocks").read('{"action":"auth"}') == {"action": "auth"}
    assert client("stocks", packed=True).read(msgspec.msgpack.encode({"a": 1})) == {"a": 1}
    assert client("stocks", packed=True).read('{"a":1}') == {"a": 1}
    assert client("stocks").read("nonsense") is None


def test_a_subscription_is_told_as_a_whole() -> None:
    one = client("stocks")
    one.is_known = True
    one.subscribe({"trades": ["AAPL"], "bars": ["*"]}, is_on=True)
    told = one.subscribe({"trades": ["AAPL"], "quotes": ["SPY"]}, is_on=False)
    assert (told["trades"], told["bars"], told["quotes"], told["corrections"]) == ([], ["*"], [], [])
    assert (one.wants("bars", "SPY"), one.wants("trades", "AAPL")) == (True, False)
    assert spec.frame_faults("DataFrame", [told]) == []


def test_a_client_that_does_not_read_is_noticed() -> None:
    one = client("stocks")
    assert all(one.post([]) for _ in range(QUEUE))
    assert not one.post([])
    assert (is_frame(WSMsgType.BINARY), is_frame(WSMsgType.CLOSE), failed(402, "x")[0]["code"]) == (True, False, 402)
