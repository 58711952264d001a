"""The unmodified python-binance at the front: a script for an interpreter that has it; prints what it saw as JSON."""

import asyncio
import json
import sys
from typing import Any

from binance import AsyncClient, BinanceSocketManager
from binance.exceptions import BinanceAPIException

KEY, SECRET = "PKTEST", "secret"
PATIENCE_S = 120.0
SYMBOL = "BTCUSDT"


async def refused(act: Any) -> list[Any]:
    """Return status and code of the refusal that an act meets."""
    try:
        await act
    except BinanceAPIException as error:
        return [error.status_code, error.code]
    raise SystemExit("was not refused")


async def until(socket: Any, **fields: Any) -> Any:
    """Return the first message of a stream with these fields."""
    seen = []
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await socket.recv()
                found = found.get("data", found) if isinstance(found, dict) else found
                seen.append(found)
                if all(found.get(name) == value for name, value in fields.items()):
                    return found
    except TimeoutError:
        raise SystemExit(f"never heard {fields}; heard {seen[-3:]}") from None


async def play(url: str) -> dict[str, Any]:
    """Play everything and return what was seen."""
    saw: dict[str, Any] = {}
    # The library has no option for its hosts: they are its classes' own names.
    socket = url.replace("http", "ws")
    AsyncClient.API_URL, AsyncClient.WS_API_URL = f"{url}/api", f"{socket}/ws-api/v3"
    BinanceSocketManager.STREAM_URL = f"{socket}/"
    client = await AsyncClient.create(KEY, SECRET)
    saw["status"] = (await client.get_account())["canTrade"]
    info = await client.get_symbol_info(SYMBOL)
    saw["instrument"] = [info["baseAsset"], {one["filterType"] for one in info["filters"]} >= {"LOT_SIZE", "NOTIONAL"}]
    saw["history"] = len(await client.get_klines(symbol=SYMBOL, interval="1m", limit=300))
    saw["day"] = (await client.get_ticker(symbol=SYMBOL))["symbol"]
    price = float((await client.get_symbol_ticker(symbol=SYMBOL))["price"])
    saw["balance"] = (await client.get_asset_balance("USDT"))["free"]
    bad = AsyncClient("BAD", "no")
    saw["wrong key"] = await refused(bad.get_account())
    await bad.close_connection()

    manager = BinanceSocketManager(client)
    async with manager.symbol_book_ticker_socket(SYMBOL) as quotes:
        saw["quote"] = (await until(quotes, s=SYMBOL))["s"]
    async with manager.multiplex_socket(["btcusdt@trade", "ethusdt@kline_1m"]) as several:
        saw["trade"] = (await until(several, e="trade"))["s"]
        saw["kline"] = (await until(several, e="kline"))["s"]

    async with manager.user_socket() as user:
        made = await client.order_market_buy(symbol=SYMBOL, quantity="0.01", newClientOrderId="pb-1")
        saw["market"] = [made["status"], made["fills"][0]["commissionAsset"]]
        saw["told"] = (await until(user, e="executionReport", c="pb-1", X="FILLED"))["z"]
        low = f"{price * 0.97:.2f}"
        rest = await client.order_limit_buy(symbol=SYMBOL, quantity="0.01", price=low, newClientOrderId="pb-2")
        saw["limit"] = rest["status"]
        both = await client.cancel_replace_order(
            symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.02", price=low,
            cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=rest["orderId"], newClientOrderId="pb-3",
        )  # fmt: skip
        saw["replaced"] = [both["cancelResult"], both["newOrderResult"]]
        saw["open"] = [one["clientOrderId"] for one in await client.get_open_orders(symbol=SYMBOL)]
        saw["cancelled"] = (await client.cancel_order(symbol=SYMBOL, origClientOrderId="pb-3"))["status"]
        saw["cancel told"] = (await until(user, e="executionReport", x="CANCELED", C="pb-3"))["X"]
        big = await client.order_limit_buy(
            symbol=SYMBOL, quantity="1.5", price=f"{price * 1.01:.2f}", newClientOrderId="pb-4"
        )
        saw["partial"] = big["status"]
        saw["filled"] = (await until(user, e="executionReport", c="pb-4", X="FILLED"))["z"]
        saw["bracket"] = [one["status"] for one in (await client.v3_post_order_list_otoco(
            symbol=SYMBOL, workingType="LIMIT", workingSide="BUY", workingPrice=low, workingQuantity="0.01",
            workingTimeInForce="GTC", pendingSide="SELL", pendingQuantity="0.01", pendingAboveType="LIMIT_MAKER",
            pendingAbovePrice=f"{price * 1.2:.2f}", pendingBelowType="STOP_LOSS", pendingBelowStopPrice=f"{price * 0.8:.2f}",
        ))["orderReports"]]  # fmt: skip
        oco = await client.create_oco_order(
            symbol=SYMBOL, side="SELL", quantity="0.01", aboveType="LIMIT_MAKER", abovePrice=f"{price * 1.1:.2f}",
            belowType="STOP_LOSS", belowStopPrice=f"{price * 0.9:.2f}",
        )  # fmt: skip
        saw["oco"] = oco["listOrderStatus"]
        saw["poor"] = await refused(client.order_market_buy(symbol=SYMBOL, quantity="9"))
        saw["small"] = await refused(client.order_market_buy(symbol=SYMBOL, quantity="0.00001"))
        saw["trades"] = len(await client.get_my_trades(symbol=SYMBOL)) > 2
        saw["all"] = (await client.get_all_orders(symbol=SYMBOL))[0]["clientOrderId"]
    await client.order_market_sell(symbol=SYMBOL, quantity="0.001", newClientOrderId="pb-5")
    saw["missed"] = (await client.get_order(symbol=SYMBOL, origClientOrderId="pb-5"))["status"]
    async with manager.user_socket() as user:
        await client.order_market_sell(symbol=SYMBOL, quantity="0.001", newClientOrderId="pb-6")
        saw["heard again"] = (await until(user, e="executionReport", c="pb-6", X="FILLED"))["X"]
    saw["by socket"] = (await client.ws_create_order(symbol=SYMBOL, side="SELL", type="MARKET", quantity="0.001"))[
        "status"
    ]
    await client.close_connection()
    return saw


print(json.dumps(asyncio.run(play(sys.argv[1])), default=str))
