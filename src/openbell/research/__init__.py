"""Statistics of research: grids, and how far a result can be believed. Pure.

May import: `core`, `schema`, numpy. It knows neither files nor engines: it takes numbers and returns numbers, and
`run/study` makes the runs they come from. Reading order: grid, sharpe, overfit, neighbours, folds, bootstrap.
"""
