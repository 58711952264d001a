import asyncio
from pathlib import Path
from typing import Any

import pytest

from openbell.core.types import NS
from openbell.wire.binance import rows
from openbell.wire.tape import FIRST
from tests.wire.binance.stand import T0, Hands, running


def answers(folder: Path, *asked: tuple[str, dict[str, Any]]) -> list[tuple[int, Any]]:
    async def scene() -> list[tuple[int, Any]]:
        async with running(folder, past=130) as hands:
            return [await hands.look(path, **params) for path, params in asked]

    return asyncio.run(scene())


def test_what_everybody_may_ask_is_answered_as_specified(tmp_path: Path) -> None:
    symbol = {"symbol": "BTCUSDT"}
    found = answers(
        tmp_path, ("ping", {}), ("time", {}), ("exchangeInfo", {}), ("exchangeInfo", {"symbols": '["ETHUSDT"]'}),
        ("depth", symbol | {"limit": 3}), ("trades", symbol), ("aggTrades", symbol), ("avgPrice", symbol),
        ("klines", symbol | {"interval": "1h"}), ("uiKlines", symbol | {"interval": "1m", "limit": 7}),
        ("ticker/24hr", symbol), ("ticker/24hr", {"type": "MINI"}), ("ticker/price", symbol), ("ticker/price", {}),
        ("ticker/bookTicker", symbol), ("ticker/bookTicker", {}),
        ("ticker", symbol | {"windowSize": "1h"}), ("ticker", {"symbols": '["BTCUSDT","ETHUSDT"]', "type": "MINI"}),
        ("ticker/tradingDay", symbol | {"timeZone": "8"}),
    )  # fmt: skip
    assert {status for status, _ in found} == {200}
    bodies = [body for _, body in found]
    assert [one["symbol"] for one in bodies[3]["symbols"]] == ["ETHUSDT"]
    assert (len(bodies[4]["bids"]), len(bodies[9]), bodies[12]["price"]) == (3, 7, "50000.00000000")
    assert (bodies[13][1]["symbol"], len(bodies[11])) == ("ETHUSDT", 2)
    hour, both, day = bodies[16:]
    assert (hour["closeTime"] - hour["openTime"] <= 3_600_000, "bidPrice" in hour, "weightedAvgPrice" in hour) == (
        True, False, True,
    )  # fmt: skip
    assert ([one["symbol"] for one in both], "priceChange" in both[0]) == (["BTCUSDT", "ETHUSDT"], False)
    # Eight hours ahead of UTC.
    assert (day["openTime"] + 8 * 3_600_000) % 86_400_000 == 0


def test_bars_are_asked_for_between_two_instants(tmp_path: Path) -> None:
    start, minute = T0 // 10**6 - 130 * 60_000, 60_000
    ask = {"symbol": "BTCUSDT", "interval": "1m"}
    found = answers(
        tmp_path, ("klines", ask | {"startTime": start, "limit": 2}), ("klines", ask | {"limit": 2}),
        ("klines", ask | {"startTime": start, "endTime": start + minute}),
    )  # fmt: skip
    times = [[row[0] for row in body] for _, body in found]
    assert times == [[start, start + minute], [T0 // 10**6 - 2 * minute, T0 // 10**6 - minute], [start, start + minute]]


def test_trades_before_the_doors_opened_are_told_by_time_and_by_number(tmp_path: Path) -> None:
    ask, start = {"symbol": "BTCUSDT"}, T0 // 10**6 - 10 * 60_000
    some, latest, on, hour, since = answers(
        tmp_path, ("aggTrades", ask | {"startTime": start, "limit": 3}), ("trades", ask | {"limit": 5}),
        ("historicalTrades", ask | {"fromId": FIRST - 6, "limit": 4}),
        ("aggTrades", ask | {"startTime": start, "endTime": start + 60_000 - 1}), ("aggTrades", ask | {"endTime": start}),
    )  # fmt: skip
    assert [(row["a"], row["T"] - start) for row in some[1]] == [(FIRST - 39 + n, n * 15_000) for n in range(3)]
    assert [row["id"] for row in latest[1]] == [FIRST - 4 + n for n in range(5)]
    assert [row["id"] for row in on[1]] == [FIRST - 6 + n for n in range(4)]
    assert (len(hour[1]), since[1][-1]["T"]) == (4, start)


@pytest.mark.parametrize(
    ("code", "path", "params"),
    [
        (-1121, "depth", {"symbol": "NOPE"}), (-1102, "depth", {}), (-1120, "klines", {"symbol": "BTCUSDT", "interval": "7m"}),
        (-1104, "time", {"a": "1"}), (-1100, "exchangeInfo", {"symbols": "BTCUSDT"}),
        (-1128, "exchangeInfo", {"symbols": '["BTCUSDT"]', "symbol": "BTCUSDT"}), (-1100, "ticker/price", {"symbol": "btc usdt"}),
        (-1102, "ticker", {}), (-1100, "ticker", {"symbol": "BTCUSDT", "windowSize": "60m"}),
        (-1100, "ticker", {"symbol": "BTCUSDT", "windowSize": "8d"}), (-1102, "ticker/tradingDay", {}),
        (-1139, "ticker/24hr", {"symbol": "BTCUSDT", "type": "BIG"}), (-1100, "depth", {"symbol": "BTCUSDT", "limit": "x"}),
    ],
)  # fmt: skip
def test_questions_that_make_no_sense_are_refused(tmp_path: Path, code: int, path: str, params: dict[str, str]) -> None:
    ((status, body),) = answers(tmp_path, (path, params))
    assert (status, body["code"]) == (400, code)


def test_weight_follows_what_is_asked(tmp_path: Path) -> None:
    async def used(hands: Hands, path: str, **params: Any) -> int:
        before = hands.server.house.meter.counts[0].used
        await hands.look(path, **params)
        return hands.server.house.meter.counts[0].used - before

    async def scene() -> list[int]:
        async with running(tmp_path) as hands:
            asked = [("depth", {"limit": n}) for n in (5, 500, 501, 5000)] + [
                ("ticker/price", {}),
                ("klines", {"interval": "1m"}),
            ]
            found = [await used(hands, path, symbol="BTCUSDT", **params) for path, params in asked]
            return [*found, await used(hands, "ticker/price"), await used(hands, "ticker/24hr")]

    assert asyncio.run(scene()) == [5, 25, 50, 250, 2, 2, 4, 80]


def test_there_are_no_rules_no_reference_prices_and_no_blocks(tmp_path: Path) -> None:
    symbol = {"symbol": "BTCUSDT"}
    rules, one, price, way, blocks = answers(
        tmp_path, ("executionRules", {}), ("executionRules", symbol), ("referencePrice", symbol),
        ("referencePrice/calculation", symbol), ("historicalBlockTrades", symbol | {"fromId": 0}),
    )  # fmt: skip
    assert [row["symbol"] for row in rules[1]["symbolRules"]] == ["BTCUSDT", "ETHUSDT"]
    assert one[1]["symbolRules"] == [{"symbol": "BTCUSDT", "rules": []}]
    assert [(status, body["code"]) for status, body in (price, way)] == [(400, -2043)] * 2
    assert blocks == (200, [])


def test_days_begin_where_they_do_in_the_place_that_is_named(tmp_path: Path) -> None:
    days = {"symbol": "BTCUSDT", "interval": "1d"}
    utc, tokyo, wrong = answers(
        tmp_path, ("klines", days), ("klines", days | {"timeZone": "9"}), ("klines", days | {"timeZone": "15"})
    )
    hour = 3_600_000
    assert [row[0] % (24 * hour) for row in utc[1]] == [0]
    assert [row[0] % (24 * hour) for row in tokyo[1]] == [15 * hour]
    assert (wrong[0], wrong[1]["code"]) == (400, -1100)


@pytest.mark.parametrize(("text", "hours"), [
    ("", 0.0), ("0", 0.0), ("8", 8.0), ("+08:00", 8.0), ("-12:00", -12.0), ("14:00", 14.0), ("5:45", 5.75),
    ("-12:01", None), ("14:01", None), ("8:60", None), ("x", None),
])  # fmt: skip
def test_a_place_is_so_far_ahead(text: str, hours: float | None) -> None:
    assert rows.offset_of(text) == (None if hours is None else hours * 3600 * NS)
