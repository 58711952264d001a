"""A program of one's own that starts a trader, watches it, and stops it."""

import logging
import sys

from openbell import LiveTrader, LiveTradingConfig, RiskLevel, StrategyConfig

LOG = logging.getLogger("host")
EVERY_S = 10.0
"""Seconds between two looks at how it stands."""

swing_strategy_config = StrategyConfig(
    name="SwingTrendMomentum",
    enabled=True,
    symbols=["USDJPY", "EURUSD", "GBPUSD"],
    parameters={"timeframe": "M5", "bars": 300, "update_interval": 60.0},
    risk_level=RiskLevel.MEDIUM,
)


def create_live_trading_config() -> LiveTradingConfig:
    """Return the settings of the run: an invented market and the simulated exchange."""
    config = LiveTradingConfig()
    config.mode = config.mode.DEMO
    config.account_name = "Demo Account"
    config.add_strategy(swing_strategy_config)
    return config


def run_live_trading(every_s: float = EVERY_S) -> bool:
    """Trade until the source ends; return whether all went well."""
    live_trader = LiveTrader(create_live_trading_config())
    if not live_trader.start():
        LOG.error("Live Trading: cannot start: %s", live_trader.reason)
        return False
    while not live_trader.wait(every_s):
        LOG.info("Live Trading Status: %s", live_trader.get_status().value)
    stats = live_trader.get_statistics()
    LOG.info("Status: %s, trades: %d, PnL: $%.2f", stats.status.value, stats.total_trades, stats.total_pnl)
    return not live_trader.reason


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    sys.exit(0 if run_live_trading() else 1)
