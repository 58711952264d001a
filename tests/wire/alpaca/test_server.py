import asyncio
import json
from pathlib import Path

from openbell.core.types import MINUTE_NS
from openbell.wire.alpaca.server import TRADING_RATE, Meter
from tests.wire.alpaca.stand import HEADERS, T0, Hands, order, running


def test_a_meter_counts_by_the_minute() -> None:
    meter = Meter(2)
    found = [meter.take(T0 + n) for n in range(3)]
    assert [one and one["X-RateLimit-Remaining"] for one in found] == ["1", "0", None]
    assert meter.headers()["X-RateLimit-Reset"] == str((T0 + MINUTE_NS) // 10**9)
    assert meter.take(T0 + MINUTE_NS) is not None


def test_requests_are_answered_with_what_is_left_and_refused_beyond(tmp_path: Path) -> None:
    async def scene() -> list[tuple[int, str]]:
        async with running(tmp_path) as hands:
            hands.server.door.windows._now = lambda: T0
            found = []
            for _ in range(TRADING_RATE + 1):
                async with hands.http.get(f"{hands.base}/v2/account", headers=HEADERS) as answer:
                    found.append((answer.status, answer.headers["X-RateLimit-Remaining"]))
            return found

    found = asyncio.run(scene())
    assert (found[0], found[-2], found[-1]) == ((200, "199"), (200, "0"), (429, "0"))


def test_strangers_malformed_bodies_and_unknown_places(tmp_path: Path) -> None:
    async def status(hands: Hands, method: str, path: str, headers: dict[str, str], data: str = "") -> int:
        async with hands.http.request(method, hands.base + path, headers=headers, data=data or None) as answer:
            assert "message" in await answer.json()
            return answer.status

    async def scene() -> list[int]:
        async with running(tmp_path) as hands:
            return [
                await status(hands, "GET", "/v2/account", HEADERS | {"APCA-API-SECRET-KEY": "no"}),
                await status(hands, "GET", "/v2/stocks/bars", {}),
                await status(hands, "POST", "/v2/orders", HEADERS, "{"),
                await status(hands, "GET", "/v2/nowhere", HEADERS),
            ]

    assert asyncio.run(scene()) == [401, 401, 400, 404]


def test_prices_of_coins_need_no_key(tmp_path: Path) -> None:
    async def scene() -> int:
        async with (
            running(tmp_path) as hands,
            hands.http.get(f"{hands.base}/v1beta3/crypto/us/latest/quotes?symbols=X") as a,
        ):
            return a.status

    assert asyncio.run(scene()) == 200


def test_orders_are_logged_as_asked_and_as_answered(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path) as hands:
            await hands.ask("POST", "/v2/orders", order(client_order_id="a"))

    asyncio.run(scene())
    lines = [json.loads(line) for line in (tmp_path / "front.log").read_text().splitlines()]
    (asked,) = [line for line in lines if line["kind"] == "request"]
    assert (json.loads(asked["asked"])["client_order_id"], asked["status"]) == ("a", 200)
    assert [line["frame"]["data"]["event"] for line in lines if line["kind"] == "booked"] == ["new"]
