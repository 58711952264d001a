import asyncio
from pathlib import Path
from typing import Any

import pytest

from openbell.wire.binance.market import Booth
from openbell.wire.binance.refusal import Refused
from openbell.wire.binance.stamps import fine, is_micro, unit_of
from tests.wire.binance.stand import HEADERS, T0, Hands, bar, running, signed


@pytest.mark.parametrize(
    ("told", "same"),
    [
        ({"serverTime": 5}, {"serverTime": 5_000}),
        ({"workingTime": -1, "orderId": 7, "fills": [{"tradeId": 3}]}, {"workingTime": -1, "orderId": 7, "fills": [{"tradeId": 3}]}),
        ([[5, "1", "1", "1", "1", "1", 9, "1", 1, "1", "1", "0"]], [[5_000, "1", "1", "1", "1", "1", 9_999, "1", 1, "1", "1", "0"]]),
        ({"e": "trade", "E": 5, "T": 5, "t": 8}, {"e": "trade", "E": 5_000, "T": 5_000, "t": 8}),
        ({"e": "24hrTicker", "E": 5, "O": 4, "C": 6, "n": 9}, {"e": "24hrTicker", "E": 5_000, "O": 4_000, "C": 6_000, "n": 9}),
        ({"e": "kline", "E": 5, "k": {"t": 1, "T": 2, "n": 3}}, {"e": "kline", "E": 5_000, "k": {"t": 1_000, "T": 2_999, "n": 3}}),
        ({"a": 1, "f": 1, "l": 1, "T": 5, "m": False}, {"a": 1, "f": 1, "l": 1, "T": 5_000, "m": False}),
        ({"subscriptionId": 0, "event": {"e": "outboundAccountPosition", "E": 5, "u": 4}},
         {"subscriptionId": 0, "event": {"e": "outboundAccountPosition", "E": 5_000, "u": 4_000}}),
        ({"isWorking": True, "time": 0}, {"isWorking": True, "time": 0}),
    ],
)  # fmt: skip
def test_instants_are_told_in_microseconds_and_nothing_else_is(told: Any, same: Any) -> None:
    assert fine(told) == same


def test_there_are_two_units() -> None:
    assert [is_micro(text, "x") for text in ("", "MILLISECOND", "microsecond")] == [False, False, True]
    assert (unit_of("MICROSECOND"), unit_of("HOUR")) == (True, None)
    with pytest.raises(Refused):
        is_micro("HOUR", "x")


def test_rest_and_sockets_are_asked_each_in_its_own_way(tmp_path: Path) -> None:
    async def ask(hands: Hands, path: str, unit: str) -> Any:
        async with hands.http.get(f"{hands.base}/api/v3/{path}", headers=HEADERS | {"X-MBX-TIME-UNIT": unit}) as answer:
            return await answer.json()

    async def scene() -> None:
        async with running(tmp_path, past=3) as hands:
            whole, micro = [await ask(hands, "time", unit) for unit in ("MILLISECOND", "MICROSECOND")]
            assert (await ask(hands, "time", "HOUR"))["code"] == -1100
            assert [len(str(one)) for one in (whole["serverTime"], micro["serverTime"])] == [13, 16]
            sent = signed({}, hands.server.time)
            assert len(str((await ask(hands, f"account?{sent}", "MICROSECOND"))["updateTime"])) == 16
            booth = Booth(hands.server.house, hands.server.sockets)
            async with hands.http.ws_connect(f"{hands.base}/ws/btcusdt@trade?timeUnit=MICROSECOND") as socket:
                booth.show(bar(50_010.0), is_end=False)
                assert (await socket.receive_json())["T"] == (T0 + 60_000_000_000) // 1_000
            async with hands.http.ws_connect(f"{hands.base}/ws-api/v3?timeUnit=microsecond") as socket:
                await socket.send_json({"id": 1, "method": "time"})
                assert len(str((await socket.receive_json())["result"]["serverTime"])) == 16
            async with hands.http.get(f"{hands.base}/ws-api/v3?timeUnit=HOUR") as answer:
                assert answer.status == 400

    asyncio.run(scene())
