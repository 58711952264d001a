"""The unmodified ccxt at the front: a script for an interpreter that has it; prints what it saw as JSON."""

import asyncio
import json
import sys
from typing import Any

import ccxt
import ccxt.pro

KEY, SECRET = "PKTEST", "secret"
PATIENCE_S = 120.0
SYMBOL = "BTC/USDT"


async def refused(act: Any) -> str:
    """Return the kind of refusal that an act meets."""
    try:
        await act
    except ccxt.BaseError as error:
        return type(error).__name__
    raise SystemExit("was not refused")


async def until(act: Any, is_it: Any) -> Any:
    """Watch until something is there."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for one in await act():
                if is_it(one):
                    return one


def exchange(url: str, key: str = KEY) -> Any:
    """Return a client whose addresses are the front's, and that asks for nothing but spot."""
    made = ccxt.pro.binance({
        "apiKey": key, "secret": SECRET,
        "options": {"fetchMargins": False, "fetchMarkets": {"types": ["spot"]}, "defaultType": "spot"},
    })  # fmt: skip
    made.has["fetchCurrencies"] = False
    made.urls["api"]["public"] = made.urls["api"]["private"] = f"{url}/api/v3"
    socket = url.replace("http", "ws")
    made.urls["api"]["ws"]["spot"] = f"{socket}/ws"
    made.urls["api"]["ws"]["ws-api"]["spot"] = f"{socket}/ws-api/v3"
    return made


async def play(url: str) -> dict[str, Any]:
    """Play everything and return what was seen."""
    saw: dict[str, Any] = {}
    client = exchange(url)
    markets = await client.load_markets()
    saw["instrument"] = [markets[SYMBOL]["precision"], markets[SYMBOL]["limits"]["cost"]["min"]]
    saw["balance"] = (await client.fetch_balance())["USDT"]["free"]
    saw["history"] = len(await client.fetch_ohlcv(SYMBOL, "1m", limit=100))
    saw["book"] = len((await client.fetch_order_book(SYMBOL, 5))["bids"])
    price = (await client.fetch_ticker(SYMBOL))["last"]
    bad = exchange(url, "BAD")
    saw["wrong key"] = await refused(bad.fetch_balance())
    await bad.close()
    saw["streamed"] = (await asyncio.wait_for(client.watch_ticker(SYMBOL), PATIENCE_S))["symbol"]
    made = await client.create_order(SYMBOL, "market", "buy", 0.02)
    saw["market"] = [made["status"], made["filled"]]
    rest = await client.create_order(SYMBOL, "limit", "buy", 0.01, round(price * 0.97, 2))
    saw["limit"] = rest["status"]
    moved = await client.edit_order(rest["id"], SYMBOL, "limit", "buy", 0.02, round(price * 0.96, 2))
    saw["replaced"] = [moved["status"], moved["amount"], moved["id"] != rest["id"]]
    saw["open"] = [one["id"] == moved["id"] for one in await client.fetch_open_orders(SYMBOL)]
    saw["cancelled"] = (await client.cancel_order(moved["id"], SYMBOL))["status"]
    saw["again"] = await refused(client.cancel_order(moved["id"], SYMBOL))
    watching = asyncio.ensure_future(until(lambda: client.watch_orders(SYMBOL), lambda one: one["status"] == "closed"))
    await asyncio.wait_for(client.watch_ticker(SYMBOL), PATIENCE_S)
    big = await client.create_order(SYMBOL, "limit", "buy", 1.5, round(price * 1.01, 2))
    saw["partial"] = [big["status"], 0 < big["filled"] < 1.5]
    saw["told"] = (await watching)["filled"]
    stop = await client.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopLossPrice": round(price * 0.9, 2)})
    saw["stop"] = (await client.fetch_order(stop["id"], SYMBOL))["status"]
    bracket = await client.private_post_orderlist_otoco({
        "symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": f"{price * 0.97:.2f}",
        "workingQuantity": "0.01", "workingTimeInForce": "GTC", "pendingSide": "SELL", "pendingQuantity": "0.01",
        "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": f"{price * 1.2:.2f}",
        "pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": f"{price * 0.8:.2f}",
    })  # fmt: skip
    saw["bracket"] = [one["status"] for one in bracket["orderReports"]]
    saw["poor"] = await refused(client.create_order(SYMBOL, "market", "buy", 9))
    saw["small"] = await refused(client.create_order(SYMBOL, "market", "buy", 0.00001))
    saw["trades"] = len(await client.fetch_my_trades(SYMBOL)) > 2
    saw["swept"] = len(await client.cancel_all_orders(SYMBOL))
    await client.close()
    again = exchange(url)
    watching = asyncio.ensure_future(until(lambda: again.watch_orders(SYMBOL), lambda one: one["status"] == "closed"))
    await again.load_markets()
    await asyncio.wait_for(again.watch_ticker(SYMBOL), PATIENCE_S)
    await again.create_order(SYMBOL, "market", "sell", 0.01)
    saw["heard again"] = (await watching)["filled"]
    await again.close()
    return saw


print(json.dumps(asyncio.run(play(sys.argv[1])), default=str))
