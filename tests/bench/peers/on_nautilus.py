"""W1 by NautilusTrader 2, in an environment of its own: `on_bar` in Python over its engine in Rust.

    python on_nautilus.py BARS.npz

A market order sent in `on_bar` is filled at once at that bar's close, so its result is not ours. Bars are made
into its objects before the run; logging and its analysis are off.
"""

import json
import sys
import time
from decimal import Decimal
from typing import Any

import nautilus_trader
import numpy as np
from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import LoggerConfig
from nautilus_trader.execution import MakerTakerFeeModel
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model import (
    AccountType,
    Bar,
    BarType,
    CryptoPerpetual,
    Currency,
    InstrumentId,
    Money,
    OmsType,
    OrderSide,
    Price,
    Quantity,
    StrategyId,
    Symbol,
    Venue,
)
from nautilus_trader.trading import Strategy, StrategyConfig

USDT, BTC, VENUE = Currency.from_str("USDT"), Currency.from_str("BTC"), Venue("SIM")
KIND = BarType.from_str("ABC.SIM-1-MINUTE-LAST-EXTERNAL")


class Cross(Strategy):
    """Long one unit after a cross up, flat after a cross down."""

    def __new__(cls, config: Any, *_: Any) -> Any:
        """Make it as the library wants it made."""
        return super().__new__(cls, config)

    def __init__(self, config: Any, instrument: Any) -> None:
        """Begin without bars."""
        super().__init__(config)
        self.instrument = instrument
        self.fast, self.slow = ExponentialMovingAverage(12), ExponentialMovingAverage(26)
        self.unit = Quantity.from_int(1)
        self.is_above, self.seen, self.fills = False, 0, 0

    def on_start(self) -> None:
        """Ask for bars and averages."""
        self.register_indicator_for_bars(KIND, self.fast)
        self.register_indicator_for_bars(KIND, self.slow)
        self.subscribe_bars(KIND)

    def on_bar(self, _: Any) -> None:
        """Take one bar."""
        is_above = self.fast.value > self.slow.value
        name = self.instrument.id
        if self.seen >= 26 and is_above != self.is_above:
            if is_above and self.portfolio.is_net_flat(name):
                self.submit_order(self.order_factory.market(name, OrderSide.BUY, self.unit))
            elif not is_above and self.portfolio.is_net_long(name):
                self.submit_order(self.order_factory.market(name, OrderSide.SELL, self.unit))
        self.is_above = is_above
        self.seen += 1

    def on_order_filled(self, _: Any) -> None:
        """Count a fill."""
        self.fills += 1


def instrument() -> Any:
    """Return an instrument with prices of two decimals and whole units."""
    return CryptoPerpetual(
        instrument_id=InstrumentId(Symbol("ABC"), VENUE),
        raw_symbol=Symbol("ABC"),
        base_currency=BTC,
        quote_currency=USDT,
        settlement_currency=USDT,
        is_inverse=False,
        price_precision=2,
        size_precision=0,
        price_increment=Price.from_str("0.01"),
        size_increment=Quantity.from_str("1"),
        ts_event=0,
        ts_init=0,
        margin_init=Decimal("0.01"),
        margin_maint=Decimal("0.005"),
    )


def bar(row: tuple[float, ...], ts: int) -> Any:
    """Return one bar as the library has it."""
    return Bar(KIND, *(Price(price, 2) for price in row[:4]), Quantity(row[4], 0), ts, ts)


bars = np.load(sys.argv[1])
rows = zip(*(bars[key].tolist() for key in "ohlcv"), strict=True)
first = 1_600_000_020_000_000_000
told = [bar(row, first + 60_000_000_000 * n) for n, row in enumerate(rows)]
quiet = BacktestEngineConfig(logging=LoggerConfig(bypass_logging=True), bypass_logging=True, run_analysis=False)
engine = BacktestEngine(quiet)
engine.add_venue(
    venue=VENUE,
    oms_type=OmsType.NETTING,
    account_type=AccountType.MARGIN,
    base_currency=USDT,
    starting_balances=[Money(1_000_000.0, USDT)],
    default_leverage=Decimal(10),
    fee_model=MakerTakerFeeModel(Decimal("0.001"), Decimal("0.001")),
)
traded = instrument()
engine.add_instrument(traded)
engine.add_data(told)
strategy = Cross(
    StrategyConfig(strategy_id=StrategyId("X-001"), order_id_tag="001", log_events=False, log_commands=False), traded
)
engine.add_strategy(strategy)
begin = time.process_time()
engine.run()
spent = time.process_time() - begin
equity = sum(float(value.as_double()) for value in engine.portfolio.equity(VENUE).values())
print(json.dumps({"version": nautilus_trader.__version__, "seconds": spent, "fills": strategy.fills, "equity": equity}))
