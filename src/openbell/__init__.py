"""A live trading system: one engine for backtest, replay, simulation, paper and live.

Reading order: `core` (what must be true), `schema`, `parts` (strategies, indicators, rules, the simulated
exchange), `config`, `edges` (everything that touches the world), `report`, `run` (the loops that join them),
`cli`. Arrows go `cli -> run -> {parts, edges, config, report} -> schema -> core`; siblings never import each
other. Importing this package loads nothing heavy, opens nothing and starts nothing.
"""

__version__ = "0.1.0"
