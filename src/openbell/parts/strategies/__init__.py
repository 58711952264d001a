"""Strategies: stock (`Config`, `STATE`, `step`) and free (`Config`, `State`, `decide`).

A stock strategy returns a target and a reason code and is compiled as it stands. A free one returns intents, may
keep any Struct as its state, and runs in the plain engine.

May import: `core`, `schema`, `parts.indicators`.

Reading order: `ema_cross` for the stock contract, then a free one.
"""
