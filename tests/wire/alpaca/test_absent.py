import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.wire.alpaca.stand import Hands, bar, running


def asked(folder: Path, *paths: tuple[str, dict[str, str]]) -> list[tuple[int, Any]]:
    async def run() -> list[tuple[int, Any]]:
        async with running(folder, past=3) as hands:
            return [await hands.ask("GET", path, **query) for path, query in paths]

    return asyncio.run(run())


@pytest.mark.parametrize(("path", "query", "found"), [
    ("/v2/corporate_actions/announcements", {"ca_types": "dividend", "since": "2026-10-01", "until": "2026-11-01"}, []),
    ("/v2/options/contracts", {"underlying_symbols": "AAPL"}, {"option_contracts": [], "next_page_token": None}),
    ("/v1beta1/news", {"symbols": "AAPL"}, {"news": [], "next_page_token": None}),
    ("/v1/corporate-actions", {"symbols": "AAPL"}, {"corporate_actions": {}, "next_page_token": None}),
    ("/v1beta1/options/quotes/latest", {"symbols": "AAPL261218C00200000"}, {"quotes": {}}),
    ("/v1beta1/options/snapshots/AAPL", {}, {"snapshots": {}, "next_page_token": None}),
    ("/v2/stocks/auctions", {"symbols": "AAPL"}, {"auctions": {}, "next_page_token": None}),
])  # fmt: skip
def test_what_never_happens_here_is_told_as_none(tmp_path: Path, path: str, query: dict[str, str], found: Any) -> None:
    assert asked(tmp_path, (path, query)) == [(200, found)]


def test_one_of_what_is_none_is_not_found(tmp_path: Path) -> None:
    places = ("corporate_actions/announcements/be3c368a-4c7c-4384-808e-f02c9f5a8afe", "options/contracts/AAPL261218C00")
    assert [status for status, _ in asked(tmp_path, *((f"/v2/{place}", {}) for place in places))] == [404, 404]


def test_signs_of_exchanges_and_conditions_are_explained(tmp_path: Path) -> None:
    meta = "/v2/stocks/meta"
    (_, places), (_, trades), (_, quotes) = asked(
        tmp_path, (f"{meta}/exchanges", {}), (f"{meta}/conditions/trade", {"tape": "A"}),
        (f"{meta}/conditions/quote", {"tape": "C"}),
    )  # fmt: skip
    assert (places["V"], trades["@"], list(quotes)) == ("IEX", "Regular Sale", ["R"])


def test_the_days_first_are_counted_from_the_tape(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> list[Any]:
        for symbol, close in (("AAPL", 204.0), ("SPY", 51.0), ("BTC/USD", 200.0)):
            hands.server.house.tape.bars[symbol].append(bar(close, n=1, symbol=symbol, volume=close))
        places = ("stocks/movers", "crypto/movers", "stocks/most-actives")
        return [(await hands.ask("GET", f"/v1beta1/screener/{place}", top="1"))[1] for place in places]

    async def run() -> list[Any]:
        async with running(tmp_path, past=3) as hands:
            return await scene(hands)

    stocks, coins, actives = asyncio.run(run())
    (up,), (down,) = stocks["gainers"], stocks["losers"]
    assert (up["symbol"], up["percent_change"], up["price"]) == ("AAPL", 104.0, 204.0)
    assert (down["symbol"], down["change"]) == ("SPY", -49.0)
    assert ([one["symbol"] for one in coins["gainers"]], coins["losers"]) == (["BTC/USD"], [])
    assert [(one["symbol"], one["volume"]) for one in actives["most_actives"]] == [("AAPL", 3204)]


@pytest.mark.parametrize(("path", "query"), [
    ("/v1beta1/screener/options/movers", {}), ("/v1beta1/screener/stocks/movers", {"top": "51"}),
    ("/v1beta1/screener/stocks/movers", {"top": "0"}), ("/v1beta1/screener/stocks/most-actives", {"by": "price"}),
    ("/v2/stocks/meta/conditions/trade", {"tape": "D"}), ("/v2/stocks/meta/conditions/bar", {"tape": "A"}),
])  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(tmp_path: Path, path: str, query: dict[str, str]) -> None:
    assert asked(tmp_path, (path, query))[0][0] == 400
