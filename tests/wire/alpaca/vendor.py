"""The vendor's own unmodified client at the front: a script for an interpreter that has it.

It is run as a process with the front's address, and prints one JSON object: what it saw, step by step.
"""

import asyncio
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from alpaca.common.exceptions import APIError
from alpaca.data.historical import CryptoHistoricalDataClient, StockHistoricalDataClient
from alpaca.data.live import CryptoDataStream, StockDataStream
from alpaca.data.requests import (
    CryptoBarsRequest,
    CryptoLatestQuoteRequest,
    StockBarsRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockSnapshotRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderClass, OrderSide, QueryOrderStatus, TimeInForce
from alpaca.trading.requests import (
    ClosePositionRequest,
    GetAssetsRequest,
    GetCalendarRequest,
    GetOrdersRequest,
    GetPortfolioHistoryRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
    TrailingStopOrderRequest,
)
from alpaca.trading.stream import TradingStream

KEY, SECRET = "PKTEST", "secret"
PATIENCE_S = 120.0
PART = 0.02


class Told:
    """What the streams told, and waiting for it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []
        self.news = threading.Condition()

    async def hear(self, thing: Any) -> None:
        kind = getattr(thing, "event", type(thing).__name__)
        with self.news:
            self.seen.append((str(getattr(kind, "value", kind)), thing))
            self.news.notify_all()

    def until(self, kind: str, order: str = "") -> Any:
        """Return the first thing of a kind, of one order where it is named."""
        with self.news:
            end = time.monotonic() + PATIENCE_S
            while (left := end - time.monotonic()) > 0:
                for name, thing in self.seen:
                    if name == kind and (not order or str(thing.order.id) == order):
                        return thing
                self.news.wait(left)
        raise SystemExit(f"no {kind} within {PATIENCE_S} s; seen: {[name for name, _ in self.seen][-20:]}")


def refused(act: Any) -> list[Any]:
    """Return status and code of the refusal that an act meets."""
    try:
        act()
    except APIError as error:
        return [error.status_code, error.code, error.message]
    raise SystemExit("was not refused")


class Play:
    """All steps, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.socket = url.replace("http", "ws")
        self.client = TradingClient(KEY, SECRET, url_override=url)
        self.told = Told()
        self.saw: dict[str, Any] = {}

    def open_streams(self) -> None:
        """Listen to the account and to prices, each in a thread of its own."""
        account = TradingStream(KEY, SECRET, url_override=f"{self.socket}/stream")
        account.subscribe_trade_updates(self.told.hear)
        stocks = StockDataStream(KEY, SECRET, url_override=f"{self.socket}/v2/iex")
        stocks.subscribe_quotes(self.told.hear, "AAPL")
        stocks.subscribe_trades(self.told.hear, "AAPL")
        stocks.subscribe_bars(self.told.hear, "AAPL", "SPY")
        coins = CryptoDataStream(KEY, SECRET, url_override=f"{self.socket}/v1beta3/crypto/us")
        coins.subscribe_orderbooks(self.told.hear, "BTC/USD")
        coins.subscribe_quotes(self.told.hear, "BTC/USD")
        self.rehearsed = Told()
        trial = StockDataStream(KEY, SECRET, url_override=f"{self.socket}/v2/test")
        trial.subscribe_quotes(self.rehearsed.hear, "FAKEPACA")
        for stream in (account, stocks, coins, trial):
            threading.Thread(target=stream.run, daemon=True).start()
        self.account = account
        self.saw["rehearsed"] = self.rehearsed.until("Quote").symbol
        for kind in ("Quote", "Trade", "Bar"):
            self.told.until(kind)

    def look(self) -> None:
        """Account, instruments, hours."""
        account = self.client.get_account()
        self.saw["account"] = [account.status.value, account.cash, account.buying_power, account.currency]
        self.saw["asset"] = self.client.get_asset("AAPL").exchange.value
        self.saw["assets"] = sorted(one.symbol for one in self.client.get_all_assets(GetAssetsRequest()))
        self.saw["clock"] = self.client.get_clock().is_open
        days = self.client.get_calendar(GetCalendarRequest(start="2026-11-23", end="2026-11-30"))
        self.saw["calendar"] = [f"{day.date} {day.open:%H:%M}-{day.close:%H:%M}" for day in days]
        self.saw["configurations"] = self.client.get_account_configurations().no_shorting
        self.client.get_portfolio_history(GetPortfolioHistoryRequest())
        self.saw["wrong key"] = refused(TradingClient("PKBAD", "no", url_override=self.url).get_account)[0]
        self.saw["unknown asset"] = refused(lambda: self.client.get_asset("NOPE"))[:2]

    def history(self) -> None:
        """Bars, quotes, trades by question."""
        stocks = StockHistoricalDataClient(KEY, SECRET, url_override=self.url)
        coins = CryptoHistoricalDataClient(KEY, SECRET, url_override=self.url)
        since = datetime.now(UTC) - timedelta(hours=30)
        for name, frame in (("minutes", TimeFrame.Minute), ("hours", TimeFrame.Hour), ("days", TimeFrame.Day),
                            ("fives", TimeFrame(5, TimeFrameUnit.Minute))):  # fmt: skip
            asked = StockBarsRequest(symbol_or_symbols=["AAPL", "SPY"], timeframe=frame, start=since)
            self.saw[name] = {symbol: len(rows) for symbol, rows in stocks.get_stock_bars(asked).data.items()}
        coin = CryptoBarsRequest(symbol_or_symbols="BTC/USD", timeframe=TimeFrame.Hour, start=since)
        self.saw["coin hours"] = len(coins.get_crypto_bars(coin).data["BTC/USD"])
        quote = stocks.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols="AAPL"))["AAPL"]
        self.saw["quote"] = quote.bid_price < quote.ask_price
        trade = stocks.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols="AAPL"))["AAPL"]
        self.saw["trade"] = quote.bid_price - 1 < trade.price < quote.ask_price + 1
        coin_quote = coins.get_crypto_latest_quote(CryptoLatestQuoteRequest(symbol_or_symbols="BTC/USD"))
        self.saw["coin quote"] = coin_quote["BTC/USD"].ask_price > 0
        shot = stocks.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols="AAPL"))["AAPL"]
        self.saw["snapshot"] = shot.daily_bar.high >= shot.daily_bar.low
        self.price = float(trade.price)

    def market_and_limit(self) -> None:
        """A market order fills; a limit order is replaced, and taken back."""
        name = f"vendor-{time.time_ns()}"
        made = self.client.submit_order(MarketOrderRequest(
            symbol="AAPL", qty=10, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, client_order_id=name))  # fmt: skip
        done = self.told.until("fill", str(made.id))
        self.saw["fill"] = [done.qty, done.position_qty, done.order.status.value, done.order.client_order_id == name]
        self.saw["by name"] = self.client.get_order_by_client_id(name).id == made.id
        self.saw["held"] = self.client.get_open_position("AAPL").qty
        self.saw["twice"] = refused(lambda: self.client.submit_order(MarketOrderRequest(
            symbol="AAPL", qty=10, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, client_order_id=name)))  # fmt: skip
        low = round(self.price * (1 - PART), 2)
        rest = self.client.submit_order(LimitOrderRequest(
            symbol="AAPL", qty=3, side=OrderSide.BUY, time_in_force=TimeInForce.GTC, limit_price=low))  # fmt: skip
        self.told.until("new", str(rest.id))
        other = self.client.replace_order_by_id(rest.id, ReplaceOrderRequest(qty=4, limit_price=round(low - 1, 2)))
        self.told.until("replaced", str(rest.id))
        self.told.until("new", str(other.id))
        self.saw["replaced"] = [other.qty, str(other.replaces) == str(rest.id)]
        self.saw["old"] = self.client.get_order_by_id(rest.id).status.value
        self.client.cancel_order_by_id(other.id)
        self.told.until("canceled", str(other.id))
        self.saw["again"] = refused(lambda: self.client.cancel_order_by_id(other.id))[0]
        big = self.client.submit_order(MarketOrderRequest(
            symbol="SPY", qty=300, side=OrderSide.BUY, time_in_force=TimeInForce.DAY))  # fmt: skip
        self.told.until("partial_fill", str(big.id))
        self.told.until("fill", str(big.id))
        self.saw["spy"] = self.client.get_open_position("SPY").qty
        self.saw["closed"] = self.client.close_position("SPY", ClosePositionRequest(percentage="100")).side.value

    def exits(self) -> None:
        """A bracket, its legs, an OCO, an OTO, stops and refusals."""
        high, low = round(self.price * 1.05, 2), round(self.price * 0.95, 2)
        exits = {"take_profit": TakeProfitRequest(limit_price=high), "stop_loss": StopLossRequest(stop_price=low)}
        made = self.client.submit_order(MarketOrderRequest(
            symbol="MSFT", qty=2, side=OrderSide.BUY, time_in_force=TimeInForce.GTC, order_class=OrderClass.BRACKET,
            take_profit=TakeProfitRequest(limit_price=600), stop_loss=StopLossRequest(stop_price=100)))  # fmt: skip
        self.saw["legs"] = sorted(f"{leg.type.value} {leg.status.value}" for leg in made.legs)
        self.told.until("fill", str(made.id))
        self.told.until("new", str(made.legs[0].id))
        self.client.cancel_order_by_id(made.legs[0].id)
        self.told.until("canceled", str(made.legs[1].id))
        oco = self.client.submit_order(LimitOrderRequest(
            symbol="AAPL", qty=5, side=OrderSide.SELL, time_in_force=TimeInForce.GTC, order_class=OrderClass.OCO,
            limit_price=high, **exits))  # fmt: skip
        self.saw["oco"] = [oco.type.value, oco.legs[0].type.value]
        oto = self.client.submit_order(LimitOrderRequest(
            symbol="NVDA", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, order_class=OrderClass.OTO,
            limit_price=1, stop_loss=StopLossRequest(stop_price=0.5)))  # fmt: skip
        self.saw["oto"] = oto.legs[0].status.value
        self.told.until("new", str(oto.id))
        self.client.submit_order(StopOrderRequest(
            symbol="AAPL", qty=2, side=OrderSide.SELL, time_in_force=TimeInForce.GTC, stop_price=low))  # fmt: skip
        self.client.submit_order(StopLimitOrderRequest(
            symbol="AAPL", qty=1, side=OrderSide.SELL, time_in_force=TimeInForce.GTC, stop_price=low,
            limit_price=low - 1))  # fmt: skip
        self.client.submit_order(TrailingStopOrderRequest(
            symbol="AAPL", qty=1, side=OrderSide.SELL, time_in_force=TimeInForce.GTC, trail_percent=5))  # fmt: skip
        self.saw["too many"] = refused(lambda: self.client.submit_order(MarketOrderRequest(
            symbol="AAPL", qty=50, side=OrderSide.SELL, time_in_force=TimeInForce.DAY)))[:2]  # fmt: skip
        self.saw["too dear"] = refused(lambda: self.client.submit_order(MarketOrderRequest(
            symbol="QQQ", qty=50_000, side=OrderSide.BUY, time_in_force=TimeInForce.DAY)))[:2]  # fmt: skip
        self.saw["sub-penny"] = refused(lambda: self.client.submit_order(LimitOrderRequest(
            symbol="QQQ", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=100.123)))[:2]  # fmt: skip
        opened = self.client.get_orders(GetOrdersRequest(status=QueryOrderStatus.OPEN, nested=True))
        self.saw["open"] = sorted(f"{one.symbol} {one.order_class.value} {one.type.value}" for one in opened)

    def parts(self) -> None:
        """Fractions, money, extended hours, coins; then everything is closed."""
        made = self.client.submit_order(MarketOrderRequest(
            symbol="QQQ", notional=100, side=OrderSide.BUY, time_in_force=TimeInForce.DAY))  # fmt: skip
        self.saw["notional"] = [made.qty, made.notional]
        self.told.until("fill", str(made.id))
        late = self.client.submit_order(LimitOrderRequest(
            symbol="QQQ", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=1,
            extended_hours=True))  # fmt: skip
        self.saw["extended"] = late.extended_hours
        brief = self.client.submit_order(LimitOrderRequest(
            symbol="QQQ", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.IOC, limit_price=1))  # fmt: skip
        self.saw["brief"] = self.told.until("canceled", str(brief.id)).order.status.value
        coin = self.client.submit_order(MarketOrderRequest(
            symbol="BTC/USD", qty=0.01, side=OrderSide.BUY, time_in_force=TimeInForce.GTC))  # fmt: skip
        self.told.until("fill", str(coin.id))
        self.saw["coin"] = self.client.get_open_position("BTCUSD").qty
        self.saw["cancelled"] = len(self.client.cancel_orders())
        answers = self.client.close_all_positions(cancel_orders=True)
        for answer in answers:
            self.told.until("fill", str(answer.body.id))
        self.saw["left"] = len(self.client.get_all_positions())

    def reconnect(self) -> None:
        """The streams come back by themselves after a cut, and hear of the next order."""
        self.told.seen.clear()
        asyncio.run_coroutine_threadsafe(self.account._ws.close(), self.account._loop).result(PATIENCE_S)
        name, heard = f"vendor-{time.time_ns()}", []
        end = time.monotonic() + PATIENCE_S
        while not heard and time.monotonic() < end:
            made = self.client.submit_order(LimitOrderRequest(
                symbol="QQQ", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=1,
                client_order_id=f"{name}-{len(self.told.seen)}-{time.time_ns()}"))  # fmt: skip
            self.client.cancel_order_by_id(made.id)
            with self.told.news:
                self.told.news.wait(1.0)
            heard = [kind for kind, _ in self.told.seen if kind == "canceled"]
        self.saw["heard again"] = bool(heard)


def main() -> None:
    """Play everything and print what was seen."""
    play = Play(sys.argv[1])
    play.open_streams()
    play.look()
    play.history()
    play.market_and_limit()
    play.exits()
    play.parts()
    play.reconnect()
    print(json.dumps(play.saw, default=str))


if __name__ == "__main__":
    main()
