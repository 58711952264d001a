import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.wire.binance.spec import frame_faults
from tests.wire.binance.stand import Hands, running

PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
Json = dict[str, Any]


def request(method: str, now: int, key: str | Ed25519PrivateKey = "secret", **params: Any) -> Json:
    """Return a signed request of the websocket API."""
    given: Json = {**params, "apiKey": "PKTEST", "timestamp": now // 10**6}
    payload = "&".join(f"{name}={given[name]}" for name in sorted(given)).encode()
    if isinstance(key, str):
        given["signature"] = hmac.new(key.encode(), payload, sha256).hexdigest()
    else:
        given["signature"] = base64.b64encode(key.sign(payload)).decode()
    return {"id": "r-1", "method": method, "params": given}


def asked(folder: Path, play: Callable[[Hands, Callable[[Json], Awaitable[Json]]], Awaitable[Any]]) -> Any:
    """Play on one connection of the websocket API; every answer has its form."""

    async def scene() -> Any:
        async with (
            running(folder, past=3, public=PUBLIC) as hands,
            hands.http.ws_connect(f"{hands.base}/ws-api/v3") as socket,
        ):

            async def ask(frame: Json) -> Json:
                await socket.send_json(frame)
                while "id" not in (found := await socket.receive_json(timeout=180)):
                    continue
                assert frame_faults("WsApiResponse", found) == []
                return dict(found)

            return await play(hands, ask)

    return asyncio.run(scene())


def test_orders_live_and_end_on_a_websocket(tmp_path: Path) -> None:
    async def play(hands: Hands, ask: Callable[[Json], Awaitable[Json]]) -> list[Any]:
        low = {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "0.1",
            "price": "49000.00",
        }
        made = await ask(request("order.place", hands.server.time, **low))
        named = {"symbol": "BTCUSDT", "orderId": made["result"]["orderId"]}
        status = await ask(request("order.status", hands.server.time, **named))
        gone = await ask(request("order.cancel", hands.server.time, **named))
        prices = await ask({"id": 5, "method": "ticker.price", "params": {"symbols": ["BTCUSDT"]}})
        return [made["result"]["status"], status["result"]["status"], gone["result"]["status"], prices["result"][0]["price"],
                [one["rateLimitType"] for one in made["rateLimits"]]]  # fmt: skip

    assert asked(tmp_path, play) == ["NEW", "NEW", "CANCELED", "50000.00000000", ["REQUEST_WEIGHT", "ORDERS", "ORDERS"]]


def test_whoever_has_logged_on_signs_no_more(tmp_path: Path) -> None:
    async def play(hands: Hands, ask: Callable[[Json], Awaitable[Json]]) -> list[Any]:
        def bare(method: str) -> Json:
            return {"id": None, "method": method, "params": {"timestamp": hands.server.time // 10**6}}

        weak = await ask(request("session.logon", hands.server.time))
        before = await ask(bare("account.status"))
        logged = await ask(request("session.logon", hands.server.time, PRIVATE))
        within = await ask(bare("account.status"))
        heard = await ask(bare("userDataStream.subscribe"))
        twice = await ask(bare("userDataStream.subscribe"))
        there = await ask(bare("session.subscriptions"))
        later = (await ask(bare("session.status")))["result"]
        # Whoever asks when it began is told the same each time.
        assert [later[name] for name in ("authorizedSince", "connectedSince")] == [
            logged["result"][name] for name in ("authorizedSince", "connectedSince")
        ]
        assert later["connectedSince"] < later["authorizedSince"] < later["serverTime"]
        left = await ask(bare("session.logout"))
        return [weak["error"]["code"], before["error"]["code"], logged["result"]["apiKey"], within["result"]["accountType"],
                heard["result"], twice["error"]["code"], there["result"], left["result"]["userDataStream"]]  # fmt: skip

    assert asked(tmp_path, play) == [
        -1022,
        -2014,
        "PKTEST",
        "SPOT",
        {"subscriptionId": 0},
        -2035,
        [{"subscriptionId": 0}],
        None,
    ]


def test_a_subscription_ends_and_its_number_is_not_given_again(tmp_path: Path) -> None:
    async def play(hands: Hands, ask: Callable[[Json], Awaitable[Json]]) -> list[Any]:
        word = "userDataStream.subscribe.signature"
        await ask(request(word, hands.server.time))
        off = await ask({"id": 1, "method": "userDataStream.unsubscribe"})
        again = await ask({"id": 1, "method": "userDataStream.unsubscribe", "params": {"subscriptionId": 0}})
        second = await ask(request(word, hands.server.time))
        status = await ask({"id": 2, "method": "session.status"})
        return [off["result"], again["error"]["code"], second["result"]["subscriptionId"], status["result"]["apiKey"]]

    assert asked(tmp_path, play) == [{}, -2036, 1, None]


@pytest.mark.parametrize(
    ("frame", "status", "code"),
    [
        ({"method": "time"}, 400, -1000), ({"id": 1, "method": "nothing"}, 400, -1000),
        ({"id": 1, "method": "order.place", "params": {}}, 401, -2014), ({"id": 1, "method": "userDataStream.subscribe"}, 401, -2015),
        ({"id": 1, "method": "klines", "params": {"symbol": "BTCUSDT", "interval": True}}, 400, -1120),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_with_a_status(tmp_path: Path, frame: Json, status: int, code: int) -> None:
    async def play(hands: Hands, ask: Callable[[Json], Awaitable[Json]]) -> Json:
        return await ask(frame)

    found = asked(tmp_path, play)
    assert (found["status"], found["error"]["code"]) == (status, code)


@pytest.mark.parametrize(("wanted", "has"), [(False, False), (True, True)])
def test_a_request_may_ask_for_an_answer_without_limits(tmp_path: Path, wanted: bool, has: bool) -> None:
    async def play(hands: Hands, ask: Callable[[Json], Awaitable[Json]]) -> Json:
        params = {"symbol": "BTCUSDT", "interval": "1m", "limit": 2, "returnRateLimits": wanted}
        return await ask({"id": 1, "method": "klines", "params": params})

    found = asked(tmp_path, play)
    assert (found["status"], len(found["result"]), "rateLimits" in found) == (200, 2, has)
