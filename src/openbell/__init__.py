"""A live trading system: one engine for backtest, replay, simulation, paper and live.

Reading order: `core` (what must be true), `schema`, `parts` (strategies, indicators, rules, the simulated
exchange), `config`, `edges` (everything that touches the world), `report`, `run` (the loops that join them),
`cli`. Arrows go `cli -> run -> {parts, edges, config, report} -> schema -> core`; siblings never import each
other. Importing this package loads nothing heavy, opens nothing and starts nothing: the names below are loaded
when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openbell.config.program import LiveTradingConfig, NotAvailable, RiskLevel, StrategyConfig, TradingMode
    from openbell.core.types import OrderType
    from openbell.edges.web.deploying import DeploymentConfig, RiskParameters
    from openbell.edges.web.shapes import DeploymentStatus
    from openbell.run.alerts.voice import AlertSystem, NotificationManager
    from openbell.run.deployments import LiveTradingService
    from openbell.run.embedded import ProgramError
    from openbell.run.logger import (
        ComponentLogger,
        TradeLogger,
        TradingLogger,
        get_component_logger,
        get_trade_logger,
        setup_logging,
    )
    from openbell.run.notebook import Client, connect
    from openbell.run.orders import OrderManager, OrderRequest, OrderSide, OrderStatus, Position, PositionSide
    from openbell.run.program import LiveTrader, LiveTradingEngine, Status
    from openbell.run.verdict import RiskManager

__version__ = "0.1.0"
__all__ = [
    "AlertSystem", "Client", "ComponentLogger", "DeploymentConfig", "DeploymentStatus", "LiveTrader",
    "LiveTradingConfig", "LiveTradingEngine", "LiveTradingService", "NotAvailable", "NotificationManager",
    "OrderManager", "OrderRequest", "OrderSide", "OrderStatus", "OrderType", "Position", "PositionSide", "ProgramError",
    "RiskLevel", "RiskManager", "RiskParameters", "Status", "StrategyConfig", "TradeLogger", "TradingLogger",
    "TradingMode", "connect", "get_component_logger", "get_trade_logger", "setup_logging",
]  # fmt: skip
_PLACES = {
    "config.program": ("LiveTradingConfig", "NotAvailable", "RiskLevel", "StrategyConfig", "TradingMode"),
    "run.alerts.voice": ("AlertSystem", "NotificationManager"),
    "run.embedded": ("ProgramError",),
    "core.types": ("OrderType",),
    "run.orders": ("OrderManager", "OrderRequest", "OrderSide", "OrderStatus", "Position", "PositionSide"),
    "run.program": ("LiveTrader", "LiveTradingEngine", "Status"),
    "run.deployments": ("LiveTradingService",),
    "edges.web.deploying": ("DeploymentConfig", "RiskParameters"),
    "edges.web.shapes": ("DeploymentStatus",),
    "run.logger": (
        "ComponentLogger", "TradeLogger", "TradingLogger", "get_component_logger", "get_trade_logger", "setup_logging",
    ),
    "run.notebook": ("Client", "connect"),
    "run.verdict": ("RiskManager",),
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Return a public name, loading what it needs."""
    place = next((place for place, names in _PLACES.items() if name in names), None)
    if place is None:
        raise AttributeError(f"module 'openbell' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"openbell.{place}"), name)
