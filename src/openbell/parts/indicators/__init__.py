"""Indicators: `STATE` and `step`, written once, run plain and compiled.

A `step` uses `+ - * /`, comparisons, `abs`, `math.sqrt`, `math.floor`, whole numbers and explicit loops, and nothing
else, so that both give the same last bit. NaN means "still warming up".

May import: `core.fmath` and `math`.

A ring of values in `d` is walked by `stdev.after`; helpers beside a `step` take `d` and where their part of it begins,
so that strategies use them on their own state.

Reading order: `ema`, `sma`, `atr`, `stdev`, then any; `higher` for bars of a longer span.
"""
