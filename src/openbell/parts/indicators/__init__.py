"""Indicators: `STATE` and `step`, written once, run plain and compiled.

A `step` uses `+ - * /`, comparisons, `abs`, `math.sqrt`, `math.floor` and explicit loops, and nothing else, so
that both give the same last bit. NaN means "still warming up".

May import: `core.fmath` and `math`.

Reading order: `ema`, `sma`, `atr`.
"""
