"""Presets of rules: the standard table with other options.

For a kind of trading, or for a careful beginning. A rule that the file names itself takes the file's options and its
own defaults; those of the preset are for the others.
"""

from collections.abc import Mapping
from typing import Any

PRESETS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    # Little money, few trades, and an early stop that a person has to lift: for the first weeks with real money.
    "conservative": {
        "daily_loss": {"limit": "1%", "warn": "0.5%", "release": "manual"},
        "daily_trades": {"limit": 5},
        "order_notional": {"limit": "1000 USD"},
        "max_position": {"limit": "5%", "worth": "1000 USD"},
        "max_positions": {"limit": 3},
        "drawdown": {"limit": "5%", "reduce": "2.5%", "flatten": "8%"},
        "weekly_loss": {"limit": "2%"},
        "monthly_loss": {"limit": "4%"},
        "trade_risk": {"limit": "0.5%"},
        "portfolio_risk": {"limit": "2%"},
        "gross_exposure": {"limit": "50%"},
        "net_exposure": {"limit": "50%"},
        "cool_down": {},
        "loss_streak": {},
    },
    # US stocks at KIS, decided every few minutes, until the close.
    "kis": {
        "daily_loss": {"limit": "2%", "release": "manual"},
        "daily_trades": {"limit": 20},
        "order_notional": {"limit": "10000 USD"},
        "max_positions": {"limit": 10},
        "near_close": {"entries": "0s", "flatten": "0s"},
    },
    # Pairs of currencies in a terminal: sizes follow from the stop.
    "mt5": {
        "max_positions": {"limit": 10},
        "max_per_instrument": {"limit": 1},
        "trade_risk": {"limit": "1%"},
        "portfolio_risk": {"limit": "5%"},
        "correlation": {"above": "70%"},
    },
    # Stocks at Interactive Brokers, by the risk of each trade.
    "ib": {
        "max_positions": {"limit": 5},
        "trade_risk": {"limit": "2%"},
        "portfolio_risk": {"limit": "10%"},
        "drawdown": {"limit": "5%", "reduce": "2.5%", "flatten": "off"},
    },
    # A strategy that goes from paper to a little money and on: every control of time, volatility and emergency.
    "admf": {
        "max_positions": {"limit": 3},
        "order_notional": {"limit": "500 USD"},
        "gross_exposure": {"limit": "6%"},
        "leverage": {"limit": "1"},
        "min_cash": {"limit": "10%"},
        "daily_loss": {"limit": "3%", "warn": "2%", "flatten": "5%"},
        "weekly_loss": {"limit": "5%"},
        "monthly_loss": {"limit": "8%"},
        "drawdown": {"limit": "10%", "reduce": "5%", "flatten": "15%"},
        "daily_trades": {"limit": 20},
        "near_close": {"entries": "30m", "flatten": "30m"},
        "holding_period": {"days": 10},
        "order_timeout": {"after": "300s"},
        "symbol_volatility": {"limit": "30%"},
        "portfolio_volatility": {"limit": "15%"},
        "volatility_size": {},
        "disconnect": {"hold": "60s", "cancel": "300s"},
    },
    # Evolved strategies that a person watches on a page.
    "dashboard": {
        "daily_loss": {"limit": "1%", "warn": "0.5%"},
        "drawdown": {"limit": "5%", "reduce": "2.5%", "flatten": "off"},
        "max_positions": {"limit": 3},
        "order_notional": {"limit": "2%"},
    },
}
"""Options of the rules that a preset changes or adds, by its name."""
