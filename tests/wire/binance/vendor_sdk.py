"""The vendor's own unmodified SDK, binance-sdk-spot, at the front: a script for an interpreter that has it.

It is run as a process with the front's address and a private Ed25519 key (PEM), and prints one JSON object: what it saw.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_spot.spot import Spot

KEY, SECRET = "PKTEST", "secret"
PATIENCE_S = 120.0
SYMBOL = "BTCUSDT"


def refused(act: Any) -> Any:
    """Return the refusal that an act meets."""
    try:
        act()
    except (BadRequestError, UnauthorizedError) as error:
        return str(error)
    raise SystemExit("was not refused")


class Heard:
    """What the streams told."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.news = asyncio.Event()

    def hear(self, thing: Any) -> None:
        inner = getattr(thing, "actual_instance", thing)
        self.seen.append(inner.to_dict() if hasattr(inner, "to_dict") else inner)
        self.news.set()

    async def until(self, **fields: Any) -> Any:
        """Return the first thing with these fields."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    for one in self.seen:
                        inner = one.get("event", one) if isinstance(one, dict) else {}
                        if all(inner.get(name) == value for name, value in fields.items()):
                            return inner
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise SystemExit(f"never heard {fields}; heard: {self.seen[-5:]}") from None


class Play:
    """All steps, in order."""

    def __init__(self, url: str, pem: Path) -> None:
        self.url, self.pem = url, pem
        self.socket = url.replace("http", "ws")
        rest = ConfigurationRestAPI(api_key=KEY, api_secret=SECRET, base_path=url, timeout=10_000)
        self.api = ConfigurationWebSocketAPI(api_key=KEY, api_secret=SECRET, stream_url=f"{self.socket}/ws-api/v3")
        streams = ConfigurationWebSocketStreams(stream_url=self.socket)
        self.client = Spot(config_rest_api=rest, config_ws_api=self.api, config_ws_streams=streams)
        self.rest = self.client.rest_api
        self.saw: dict[str, Any] = {}

    def look(self) -> None:
        """Time, rules, account, prices."""
        rest = self.rest
        self.saw["time"] = abs(rest.time().data().server_time - time.time() * 1000) < 5_000
        info = rest.exchange_info(symbols=["BTCUSDT", "ETHUSDT"]).data()
        self.saw["instruments"] = [one.symbol for one in info.symbols]
        self.saw["limits"] = [f"{one.actual_instance.rate_limit_type if hasattr(one, 'actual_instance') else one.rate_limit_type}"
                              for one in info.rate_limits]  # fmt: skip
        account = rest.get_account(omit_zero_balances=True)
        self.saw["account"] = [account.data().can_trade, account.data().account_type]
        self.saw["balances"] = {one.asset: one.free for one in account.data().balances}
        self.saw["weight"] = sorted(one.count for one in account.rate_limits)
        bars = rest.klines(SYMBOL, "1m", limit=1000).data()
        self.saw["history"] = [len(bars), len(bars[0])]
        self.saw["hours"] = len(rest.klines(SYMBOL, "1h").data())
        quote = rest.ticker_book_ticker(symbol=SYMBOL).data().actual_instance
        self.saw["quote"] = float(quote.bid_price) < float(quote.ask_price)
        depth = rest.depth(SYMBOL, limit=5).data()
        self.saw["depth"] = [len(depth.bids), len(depth.asks)]
        self.price = float(rest.ticker_price(symbol=SYMBOL).data().actual_instance.price)
        day = rest.ticker24hr(symbol=SYMBOL).data().actual_instance
        self.saw["day"] = float(day.high_price) >= float(day.low_price)
        self.saw["mean"] = float(rest.avg_price(SYMBOL).data().price) > 0
        self.saw["commission"] = rest.account_commission(SYMBOL).data().standard_commission.taker
        bad = Spot(config_rest_api=ConfigurationRestAPI(api_key="BAD", api_secret="no", base_path=self.url))
        self.saw["wrong key"] = refused(bad.rest_api.get_account)
        wrong = Spot(config_rest_api=ConfigurationRestAPI(api_key=KEY, api_secret="no", base_path=self.url))
        self.saw["wrong secret"] = refused(wrong.rest_api.get_account)
        strong = ConfigurationRestAPI(api_key=KEY, private_key=str(self.pem), base_path=self.url)
        self.saw["ed25519"] = Spot(config_rest_api=strong).rest_api.get_account().data().can_trade

    def px(self, share: float) -> str:
        """Return a price on the grid, a share away from the last one."""
        return f"{self.price * (1 + share):.2f}"

    def rare(self) -> None:
        """Exits that take what is bought, prices that hang on the book, several books, microseconds."""
        rest = self.rest
        opo = {"working_time_in_force": "GTC", "pending_above_price": self.px(0.1), "pending_below_type": "STOP_LOSS",
               "pending_below_stop_price": self.px(-0.1)}  # fmt: skip
        bought = rest.order_list_opoco(
            SYMBOL, "LIMIT", "BUY", self.px(0.01), "0.01", "SELL", "LIMIT_MAKER", **opo
        ).data()  # fmt: skip
        found = [rest.get_order(SYMBOL, order_id=one.order_id).data() for one in bought.orders]
        self.saw["what it brought"] = [f"{one.status} {one.orig_qty}" for one in found]
        hung = rest.new_order(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity="0.01", peg_price_type="PRIMARY_PEG",
                              peg_offset_type="PRICE_LEVEL", peg_offset_value=3).data()  # fmt: skip
        # The client's own form of this answer does not know these fields yet, and keeps them aside.
        told = hung.additional_properties
        self.saw["pegged"] = [told["peggedPrice"] == hung.price, told["pegPriceType"], told["pegOffsetValue"]]
        rest.delete_open_orders(SYMBOL)
        spread = rest.sor_order(SYMBOL, "BUY", "MARKET", "0.001").data()
        rows = rest.my_allocations(SYMBOL, order_id=spread.order_id).data()
        self.saw["allotted"] = [spread.used_sor, len(rows) == len(spread.fills)]
        fine = ConfigurationRestAPI(api_key=KEY, api_secret=SECRET, base_path=self.url, time_unit="MICROSECOND")
        self.saw["digits"] = len(str(Spot(config_rest_api=fine).rest_api.time().data().server_time))

    async def stream(self) -> None:
        """Prices and the account, each on a socket of its own."""
        self.market, self.user = Heard(), Heard()
        self.streams = await self.client.websocket_streams.create_connection()
        for handle in (await self.streams.book_ticker(symbol="btcusdt"), await self.streams.trade(symbol="btcusdt"),
                       await self.streams.kline(symbol="btcusdt", interval="1m"),
                       await self.streams.mini_ticker(symbol="ethusdt")):  # fmt: skip
            handle.on("message", self.market.hear)
        quote = await self.market.until(s=SYMBOL)
        self.saw["streamed"] = quote["s"]
        await self.market.until(s=SYMBOL, e="kline")
        await self.market.until(e="24hrMiniTicker")
        await self.listen()

    async def listen(self) -> None:
        """Subscribe to the account on a new connection."""
        self.sockets = await self.client.websocket_api.create_connection()
        found = await self.sockets.user_data_stream_subscribe_signature()
        self.saw["subscription"] = found.response.data().result.subscription_id
        found.stream.on("message", self.user.hear)

    async def place(self) -> None:
        """Market, limit, partial fill, replace, cancel, reject."""
        rest = self.rest
        made = rest.new_order(SYMBOL, "BUY", "MARKET", quantity="0.02", new_client_order_id="sdk-1").data()
        self.saw["market"] = [made.status, made.executed_qty, len(made.fills) > 0]
        told = await self.user.until(c="sdk-1", X="FILLED")
        self.saw["told"] = [told["S"], told["o"], told["z"]]
        self.saw["by name"] = rest.get_order(SYMBOL, orig_client_order_id="sdk-1").data().order_id == made.order_id
        self.saw["money"] = rest.new_order(SYMBOL, "BUY", "MARKET", quote_order_qty="500").data().status
        low = rest.new_order(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price=self.px(-0.02),
                             new_client_order_id="sdk-2").data()  # fmt: skip
        self.saw["resting"] = low.status
        self.saw["twice"] = refused(lambda: rest.new_order(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity="0.01",
                                    price=self.px(-0.02), new_client_order_id="sdk-2"))  # fmt: skip
        both = rest.order_cancel_replace(
            SYMBOL, "BUY", "LIMIT", "STOP_ON_FAILURE", time_in_force="GTC", quantity="0.02", price=self.px(-0.03),
            cancel_orig_client_order_id="sdk-2", new_client_order_id="sdk-3",
        ).data()  # fmt: skip
        self.saw["replaced"] = [both.cancel_result, both.new_order_result]
        self.saw["old"] = rest.get_order(SYMBOL, orig_client_order_id="sdk-2").data().status
        less = rest.order_amend_keep_priority(SYMBOL, "0.015", orig_client_order_id="sdk-3").data()
        self.saw["smaller"] = less.amended_order.qty
        self.saw["open"] = [one.client_order_id for one in rest.get_open_orders(symbol=SYMBOL).data()]
        self.saw["cancelled"] = rest.delete_order(SYMBOL, orig_client_order_id="sdk-3").data().status
        self.saw["again"] = refused(lambda: rest.delete_order(SYMBOL, orig_client_order_id="sdk-3"))
        big = rest.new_order(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity="1.5", price=self.px(0.01),
                             new_client_order_id="sdk-4").data()  # fmt: skip
        self.saw["partial"] = [big.status, 0 < float(big.executed_qty) < 1.5]
        await self.user.until(c="sdk-4", x="TRADE", X="PARTIALLY_FILLED")
        await self.user.until(c="sdk-4", X="FILLED")
        self.saw["trades"] = len(rest.my_trades(SYMBOL, order_id=big.order_id).data()) > 1
        self.saw["history of orders"] = rest.all_orders(SYMBOL, order_id=made.order_id).data()[0].client_order_id
        for name, fields in (
            ("too dear", {"type": "MARKET", "quantity": "9"}), ("too small", {"type": "MARKET", "quantity": "0.00001"}),
            ("off lot", {"type": "MARKET", "quantity": "0.0100001"}),
            ("off tick", {"type": "LIMIT", "quantity": "0.01", "price": "50000.001", "time_in_force": "GTC"}),
            ("no price", {"type": "LIMIT", "quantity": "0.01", "time_in_force": "GTC"}),
        ):  # fmt: skip
            self.saw[name] = refused(lambda given=fields: rest.new_order(SYMBOL, "BUY", **given))
        self.saw["no symbol"] = refused(lambda: rest.new_order("NOPE", "BUY", "MARKET", quantity="1"))
        self.saw["test"] = rest.order_test(SYMBOL, "BUY", "MARKET", quantity="0.01").data() is not None

    async def lists(self) -> None:
        """A bracket, two exits of which one ends the other, one behind the other."""
        rest = self.rest
        made = rest.order_list_otoco(
            SYMBOL, "LIMIT", "BUY", self.px(0.01), "0.01", "SELL", "0.01", "LIMIT_MAKER", working_time_in_force="GTC",
            working_client_order_id="sdk-5", list_client_order_id="sdk-list", pending_above_price=self.px(0.2),
            pending_above_client_order_id="sdk-6", pending_below_type="STOP_LOSS", pending_below_stop_price=self.px(-0.2),
            pending_below_client_order_id="sdk-7",
        ).data()  # fmt: skip
        self.saw["bracket"] = [made.contingency_type, len(made.order_reports)]
        await self.user.until(c="sdk-6", X="NEW")
        await self.user.until(C="sdk-list")
        self.saw["legs"] = sorted(
            f"{one.client_order_id} {one.status}" for one in rest.get_open_orders(symbol=SYMBOL).data()
        )
        self.saw["list"] = rest.get_order_list(orig_client_order_id="sdk-list").data().list_order_status
        gone = rest.delete_order_list(SYMBOL, list_client_order_id="sdk-list").data()
        self.saw["list gone"] = [gone.list_order_status, sorted(one.status for one in gone.order_reports)]
        oco = rest.order_list_oco(
            SYMBOL, "SELL", "0.01", "LIMIT_MAKER", "STOP_LOSS_LIMIT", above_price=self.px(0.1),
            below_price=self.px(-0.11), below_stop_price=self.px(-0.1), below_time_in_force="GTC",
        ).data()  # fmt: skip
        self.saw["oco"] = [oco.contingency_type, sorted(one.type for one in oco.order_reports)]
        oto = rest.order_list_oto(
            SYMBOL, "LIMIT", "BUY", self.px(-0.1), "0.01", "MARKET", "SELL", "0.01", working_time_in_force="GTC",
        ).data()  # fmt: skip
        self.saw["oto"] = sorted(one.status for one in oto.order_reports)
        self.saw["swept"] = len(rest.delete_open_orders(SYMBOL).data())
        self.saw["left"] = len(rest.get_open_orders().data())

    async def by_socket(self) -> None:
        """Orders by the websocket API, with a session where the key allows it."""
        api = self.sockets
        made = (await api.order_place(SYMBOL, "SELL", "MARKET", quantity="0.01")).data()
        self.saw["socket order"] = made.result.status
        self.saw["socket account"] = (await api.account_status()).data().result.can_trade
        rest = (await api.order_place(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity="0.01",
                                      price=self.px(-0.02), new_client_order_id="sdk-8")).data()  # fmt: skip
        self.saw["socket status"] = (await api.order_status(SYMBOL, order_id=rest.result.order_id)).data().result.status
        self.saw["socket cancel"] = (await api.order_cancel(SYMBOL, order_id=rest.result.order_id)).data().result.status
        strong = ConfigurationWebSocketAPI(
            api_key=KEY, private_key=str(self.pem), stream_url=f"{self.socket}/ws-api/v3"
        )
        other = await Spot(config_ws_api=strong).websocket_api.create_connection()
        self.saw["session"] = (await other.session_logon()).data().result.api_key
        self.saw["in session"] = (await other.account_status()).data().result.account_type
        await other.close_connection()

    async def reconnect(self) -> None:
        """A new connection hears of the next order; what happened in between is asked by REST."""
        await self.sockets.close_connection()
        self.rest.new_order(SYMBOL, "SELL", "MARKET", quantity="0.001", new_client_order_id="sdk-9")
        self.user.seen.clear()
        await self.listen()
        self.saw["missed"] = self.rest.get_order(SYMBOL, orig_client_order_id="sdk-9").data().status
        self.rest.new_order(SYMBOL, "SELL", "MARKET", quantity="0.001", new_client_order_id="sdk-10")
        await self.user.until(c="sdk-10", X="FILLED")
        self.saw["heard again"] = True
        await self.sockets.close_connection()
        await self.streams.close_connection()


async def main() -> None:
    """Play everything and print what was seen."""
    play = Play(sys.argv[1], Path(sys.argv[2]))
    play.look()
    await play.stream()
    await play.place()
    await play.lists()
    play.rare()
    await play.by_socket()
    await play.reconnect()
    print(json.dumps(play.saw, default=str))


if __name__ == "__main__":
    asyncio.run(main())
