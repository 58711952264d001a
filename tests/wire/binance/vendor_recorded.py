"""The vendor's own unmodified SDK at a front that plays recorded minutes: a script for an interpreter that has it.

It is run as a process with the front's address and the first instant of the recording (ms), and prints one JSON object:
what it saw.
"""

import asyncio
import json
import sys
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError
from binance_sdk_spot.spot import Spot
from vendor_sdk import KEY, SECRET, SYMBOL, Heard

MINUTE_MS = 60_000


class Play:
    """All steps, in order."""

    def __init__(self, url: str, begin: int) -> None:
        self.begin = begin
        socket = url.replace("http", "ws")
        self.client = Spot(
            config_rest_api=ConfigurationRestAPI(api_key=KEY, api_secret=SECRET, base_path=url, timeout=10_000),
            config_ws_api=ConfigurationWebSocketAPI(api_key=KEY, api_secret=SECRET, stream_url=f"{socket}/ws-api/v3"),
            config_ws_streams=ConfigurationWebSocketStreams(stream_url=socket),
        )
        self.rest = self.client.rest_api
        self.saw: dict[str, Any] = {}

    def past(self) -> None:
        """Minutes and trades under the times at which they were recorded, by pages."""
        asked = {"start_time": self.begin, "end_time": self.begin + 1_440 * MINUTE_MS - 1, "limit": 1000}
        first = self.rest.klines(SYMBOL, "1m", **asked).data()
        second = self.rest.klines(SYMBOL, "1m", **asked | {"start_time": first[-1][6] + 1}).data()
        rows = [*first, *second]
        self.saw["minutes"] = [len(first), len(second), len({row[0] for row in rows})]
        self.saw["first"] = [rows[0][0], *map(float, rows[0][1:6]), rows[0][6]]
        self.saw["last"] = [rows[-1][0], float(rows[-1][4])]
        hours = self.rest.klines(SYMBOL, "1h", **asked).data()
        self.saw["hours"] = len(hours)
        self.saw["same"] = float(hours[0][2]) == max(float(row[2]) for row in rows[:60])
        ended = {"start_time": self.begin, "end_time": self.begin + 10 * MINUTE_MS, "limit": 5}
        trades = self.rest.agg_trades(SYMBOL, **ended).data()
        self.saw["trades"] = [len(trades), all(self.begin <= one.T <= ended["end_time"] for one in trades)]

    async def now(self) -> None:
        """What is played now, and an order at it: filled by parts, changed, taken back, in a list, refused."""
        market, user = Heard(), Heard()
        streams = await self.client.websocket_streams.create_connection()
        (await streams.kline(symbol="btcusdt", interval="1m")).on("message", market.hear)
        (await streams.book_ticker(symbol="btcusdt")).on("message", market.hear)
        self.saw["streamed"] = (await market.until(s=SYMBOL))["s"]
        await market.until(e="kline", s=SYMBOL)
        sockets = await self.client.websocket_api.create_connection()
        (await sockets.user_data_stream_subscribe_signature()).stream.on("message", user.hear)
        price = float(self.rest.ticker_price(symbol=SYMBOL).data().actual_instance.price)

        made = self.rest.new_order(SYMBOL, "BUY", "MARKET", quantity="0.002", new_client_order_id="rec-1").data()
        told = await user.until(c="rec-1", X="FILLED")
        self.saw["market"] = [made.status, told["z"]]
        self.saw["near"] = abs(float(told["L"]) / price - 1) < 0.05
        big = self.rest.new_order(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity="10", price=f"{price * 1.04:.2f}",
                                  new_client_order_id="rec-2").data()  # fmt: skip
        told = await user.until(c="rec-2", x="TRADE", X="PARTIALLY_FILLED")
        self.saw["partial"] = [big.status in ("NEW", "PARTIALLY_FILLED"), 0 < float(told["z"]) < 10]
        gone = self.rest.delete_order(SYMBOL, orig_client_order_id="rec-2").data()
        self.saw["rest of it"] = gone.status
        low, lower = f"{price * 0.9:.2f}", f"{price * 0.89:.2f}"
        self.rest.new_order(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price=low,
                            new_client_order_id="rec-3")  # fmt: skip
        both = self.rest.order_cancel_replace(
            SYMBOL, "BUY", "LIMIT", "STOP_ON_FAILURE", time_in_force="GTC", quantity="0.02", price=lower,
            cancel_orig_client_order_id="rec-3", new_client_order_id="rec-4",
        ).data()  # fmt: skip
        self.saw["replaced"] = [both.cancel_result, both.new_order_result]
        self.rest.delete_order(SYMBOL, orig_client_order_id="rec-4")
        oco = self.rest.order_list_oco(
            SYMBOL, "SELL", "0.002", "LIMIT_MAKER", "STOP_LOSS", above_price=f"{price * 1.1:.2f}",
            below_stop_price=f"{price * 0.9:.2f}",
        ).data()  # fmt: skip
        self.saw["oco"] = sorted(one.type for one in oco.order_reports)
        self.saw["swept"] = len(self.rest.delete_open_orders(SYMBOL).data())
        try:
            self.rest.new_order(SYMBOL, "BUY", "MARKET", quantity="50")
        except BadRequestError as error:
            self.saw["too dear"] = str(error)
        listed = sum(float(one.qty) for one in self.rest.my_trades(SYMBOL).data())
        held = self.rest.get_account(omit_zero_balances=True).data().balances
        self.saw["adds up"] = abs(listed - float(next(one.free for one in held if one.asset == "BTC"))) < 1e-9

        await sockets.close_connection()
        self.rest.new_order(SYMBOL, "SELL", "MARKET", quantity="0.002", new_client_order_id="rec-5")
        sockets = await self.client.websocket_api.create_connection()
        (await sockets.user_data_stream_subscribe_signature()).stream.on("message", user.hear)
        self.saw["missed"] = self.rest.get_order(SYMBOL, orig_client_order_id="rec-5").data().status
        self.rest.new_order(SYMBOL, "SELL", "MARKET", quantity="0.002", new_client_order_id="rec-6")
        self.saw["heard again"] = (await user.until(c="rec-6", X="FILLED"))["z"]
        await sockets.close_connection()
        await streams.close_connection()


async def main() -> None:
    """Play everything and print what was seen."""
    play = Play(sys.argv[1], int(sys.argv[2]))
    play.past()
    await play.now()
    print(json.dumps(play.saw, default=str))


if __name__ == "__main__":
    asyncio.run(main())
