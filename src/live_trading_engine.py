"""The names of a well-known script, `live_trading_engine.py`, for programs that import it: openbell under them.

`from live_trading_engine import LiveTradingEngine, LiveTradingConfig, TradingMode` is all there is to it.
"""

from openbell import LiveTradingConfig, LiveTradingEngine, TradingMode

__all__ = ["LiveTradingConfig", "LiveTradingEngine", "TradingMode"]
