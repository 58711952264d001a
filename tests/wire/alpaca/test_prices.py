import asyncio
from pathlib import Path

import pytest

from openbell.wire.tape import Tick
from tests.wire.alpaca.stand import T0, bar, running

STOCKS = [
    "/v2/stocks/bars", "/v2/stocks/quotes", "/v2/stocks/trades", "/v2/stocks/bars/latest", "/v2/stocks/quotes/latest",
    "/v2/stocks/trades/latest", "/v2/stocks/snapshots",
]  # fmt: skip
ONE = [
    "/v2/stocks/AAPL/bars", "/v2/stocks/AAPL/quotes", "/v2/stocks/AAPL/trades", "/v2/stocks/AAPL/bars/latest",
    "/v2/stocks/AAPL/quotes/latest", "/v2/stocks/AAPL/trades/latest", "/v2/stocks/AAPL/snapshot",
]  # fmt: skip
COINS = [
    "/v1beta3/crypto/us/bars", "/v1beta3/crypto/us/quotes", "/v1beta3/crypto/us/trades",
    "/v1beta3/crypto/us/latest/bars", "/v1beta3/crypto/us/latest/quotes", "/v1beta3/crypto/us/latest/trades",
    "/v1beta3/crypto/us/latest/orderbooks", "/v1beta3/crypto/us/snapshots",
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "symbol"), [(path, "AAPL") for path in STOCKS + ONE] + [(path, "BTC/USD") for path in COINS]
)
def test_every_question_about_prices_is_answered(tmp_path: Path, path: str, symbol: str) -> None:
    async def scene() -> None:
        async with running(tmp_path, past=3) as hands:
            tick = Tick(time=T0, bid=9.0, ask=11.0, last=10.0, size=5.0, number=1)
            hands.server.house.tape.add(symbol, tick, bar(10.0, symbol=symbol), is_end=True)
            query = {} if "AAPL" in path else {"symbols": symbol}
            if path.endswith("/bars"):
                query["timeframe"] = "1Min"
            status, body = await hands.ask("GET", path, **query)
            assert status == 200
            found = body if "snapshots" in path and "crypto" not in path else next(iter(body.values()))
            assert found == "AAPL" if "AAPL" in path else symbol in found

    asyncio.run(scene())


def test_who_names_no_beginning_is_told_of_the_day_that_runs(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path, past=13 * 60) as hands:
            (whole, today) = [
                (await hands.ask("GET", "/v2/stocks/AAPL/bars", timeframe="1Min", **query))[1]["bars"]
                for query in ({"start": "2026-11-19"}, {})
            ]
            assert (whole[0]["t"], today[0]["t"]) == ("2026-11-19T23:00:00Z", "2026-11-20T05:00:00Z")

    asyncio.run(scene())


def test_what_has_no_price_is_not_found(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path) as hands:
            assert (await hands.ask("GET", "/v2/stocks/SPY/quotes/latest"))[0] == 404
            assert (await hands.ask("GET", "/v2/stocks/NOPE/snapshot"))[0] == 404

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/v2/stocks/bars", {"sort": "up"}), ("/v2/stocks/bars", {"feed": "overnight"}),
        ("/v2/stocks/bars", {"adjustment": "split,none"}), ("/v2/stocks/bars", {"start": "noon"}),
        ("/v2/stocks/AAPL/trades", {"feed": "xyz"}), ("/v2/stocks/quotes/latest", {"feed": "xyz"}),
        ("/v1beta3/crypto/mars/bars", {}),
    ],
)  # fmt: skip
def test_a_word_of_which_there_are_only_some_is_checked(tmp_path: Path, path: str, wrong: dict[str, str]) -> None:
    async def scene() -> None:
        async with running(tmp_path, past=3) as hands:
            query = {"symbols": "BTC/USD" if "crypto" in path else "AAPL", "timeframe": "1Min"} | wrong
            assert (await hands.ask("GET", path, **query))[0] == 400

    asyncio.run(scene())


def test_several_adjustments_and_the_feeds_of_the_latest_prices_are_known(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path, past=3) as hands:
            many = {"symbols": "AAPL", "timeframe": "1Min", "adjustment": "split,dividend"}
            assert (await hands.ask("GET", "/v2/stocks/bars", **many))[0] == 200
            assert (await hands.ask("GET", "/v2/stocks/bars/latest", symbols="AAPL", feed="delayed_sip"))[0] == 200

    asyncio.run(scene())
