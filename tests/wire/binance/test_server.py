import asyncio
import hmac
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from openbell.wire.binance.meter import WEIGHT
from tests.wire.binance.stand import HEADERS, Hands, running, signed

MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


def test_every_answer_says_what_was_used_and_an_order_how_many_there_were(tmp_path: Path) -> None:
    async def scene() -> list[Any]:
        async with running(tmp_path) as hands:
            found = []
            for path, params in (("account", {}), ("openOrders", {})):
                sent = signed(params, hands.server.time)
                async with hands.http.get(f"{hands.base}/api/v3/{path}?{sent}", headers=HEADERS) as answer:
                    found.append(answer.headers["X-MBX-USED-WEIGHT-1M"])
            for order in (MARKET, MARKET | {"type": "LIMIT", "price": "49000", "timeInForce": "GTC"}):
                sent = signed(order, hands.server.time)
                async with hands.http.post(f"{hands.base}/api/v3/order?{sent}", headers=HEADERS) as answer:
                    found += [answer.headers["X-MBX-USED-WEIGHT-1M"], answer.headers["X-MBX-ORDER-COUNT-10S"]]
            return found

    assert asyncio.run(scene()) == ["20", "100", "100", "0", "100", "1"]


def test_beyond_the_limit_a_client_is_told_to_wait_and_then_shut_out(tmp_path: Path) -> None:
    async def scene() -> list[tuple[int, int, bool]]:
        async with running(tmp_path) as hands:
            now = hands.server.time
            hands.server.door.windows._now = lambda: now
            hands.server.house.meter.enter(now, WEIGHT, 0)
            found = []
            for _ in range(12):
                async with hands.http.get(f"{hands.base}/api/v3/ping") as answer:
                    body = await answer.json()
                    assert set(body) == {"code", "msg"}
                    found.append((answer.status, body["code"], int(answer.headers["Retry-After"]) > 0))
            return found

    assert asyncio.run(scene()) == [(429, -1003, True)] * 10 + [(418, -1003, True)] * 2


def test_strangers_bad_signatures_and_old_requests_are_refused(tmp_path: Path) -> None:
    async def status(hands: Hands, sent: str, headers: dict[str, str]) -> tuple[int, int]:
        async with hands.http.get(f"{hands.base}/api/v3/account?{sent}", headers=headers) as answer:
            return answer.status, (await answer.json())["code"]

    async def scene() -> list[tuple[int, int]]:
        async with running(tmp_path) as hands:
            now = hands.server.time
            good = signed({}, now)
            return [
                await status(hands, good, {}), await status(hands, good, {"X-MBX-APIKEY": "x"}),
                await status(hands, signed({}, now, "wrong"), HEADERS), await status(hands, "timestamp=1", HEADERS),
                await status(hands, signed({}, now - 6 * 10**9), HEADERS),
                await status(hands, signed({}, now + 2 * 10**9), HEADERS),
            ]  # fmt: skip

    assert asyncio.run(scene()) == [(401, -2014), (401, -2015), (400, -1022), (400, -1102), (400, -1021), (400, -1021)]


def test_what_has_ended_answers_with_a_page_and_nowhere_with_nothing(tmp_path: Path) -> None:
    async def scene() -> list[tuple[int, bytes]]:
        async with running(tmp_path) as hands:
            found = []
            for path in ("/api/v3/userDataStream", "/sapi/v1/margin/account"):
                async with hands.http.post(f"{hands.base}{path}") as answer:
                    found.append((answer.status, (await answer.read())[:6]))
            return found

    assert asyncio.run(scene()) == [(410, b"<html>"), (404, b"")]


def test_a_parameter_in_query_and_body_is_that_of_the_query(tmp_path: Path) -> None:
    async def scene() -> str:
        async with running(tmp_path) as hands:
            body = "symbol=ETHUSDT&side=BUY&type=MARKET&quantity=0.01"
            query = f"symbol=BTCUSDT&timestamp={hands.server.time // 10**6}"
            sign = hmac.new(b"secret", f"{query}{body}".encode(), sha256).hexdigest()
            url = f"{hands.base}/api/v3/order?{query}&signature={sign}"
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            async with hands.http.post(url, data=body, headers=HEADERS | form) as answer:
                return str((await answer.json())["symbol"])

    assert asyncio.run(scene()) == "BTCUSDT"


def test_the_log_has_what_was_asked_and_no_secret(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path) as hands:
            await hands.ask("POST", "order", **MARKET)
            await hands.ask("POST", "order", **(MARKET | {"quantity": "9"}))

    asyncio.run(scene())
    text = (tmp_path / "front.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    asked = [line for line in lines if line["kind"] == "request"]
    assert [(one["status"], one["asked"]["quantity"]) for one in asked] == [(200, "0.01"), (400, "9")]
    assert next(line["event"]["e"] for line in lines if line["kind"] == "booked") == "executionReport"
    assert "signature" not in text


def test_what_nobody_reads_is_refused_wherever_it_is_sent(tmp_path: Path) -> None:
    places = ("ping?x=1", "time?timestamp=1", "exchangeInfo?recvWindow=5000", "klines?symbol=BTCUSDT&interval=1m&x=1",
              "ticker/price?symbol=BTCUSDT&signature=a")  # fmt: skip

    async def scene() -> list[Any]:
        async with running(tmp_path, past=3) as hands:
            found = []
            for place in places:
                path, _, query = place.partition("?")
                found.append((await hands.send("GET", f"/api/v3/{path}", query))[1])
            found.append((await hands.ask("POST", "order", **MARKET, colour="red"))[1])
            return found

    found = asyncio.run(scene())
    assert [one["code"] for one in found] == [-1104] * 6
    assert found[-1]["msg"] == "Not all sent parameters were read; read '6' parameter(s) but was sent '7'."


def test_an_order_for_several_books_is_allotted_what_it_takes(tmp_path: Path) -> None:
    async def scene() -> list[Any]:
        async with running(tmp_path) as hands:
            done = (await hands.ask("POST", "sor/order", **MARKET))[1]
            tested = await hands.ask("POST", "sor/order/test", **MARKET)
            rows = (await hands.ask("GET", "myAllocations", symbol="BTCUSDT", orderId=done["orderId"]))[1]
            trades = (await hands.ask("GET", "myTrades", symbol="BTCUSDT"))[1]
            stop = {**MARKET, "type": "STOP_LOSS", "stopPrice": "60000"}
            refused = (await hands.ask("POST", "sor/order", **stop))[1]["code"]
            sors = (await hands.look("exchangeInfo"))[1]["sors"]
            return [done, tested, rows, trades, refused, sors]

    done, tested, rows, trades, refused, sors = asyncio.run(scene())
    fill = done["fills"][0]
    assert (done["usedSor"], done["workingFloor"], fill["matchType"], fill["tradeId"]) == (
        True, "SOR", "ONE_PARTY_TRADE_REPORT", -1,
    )  # fmt: skip
    assert [row["allocationId"] for row in rows] == [one["allocId"] for one in done["fills"]]
    assert (tested, trades, refused) == ((200, {}), [], -1116)
    assert sors == [{"baseAsset": "BTC", "symbols": ["BTCUSDT"]}, {"baseAsset": "ETH", "symbols": ["ETHUSDT"]}]
