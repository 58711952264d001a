"""Parts of a trading plan, one file each: the file's name is its registration.

`kind: ema_cross` is `strategies/ema_cross.py`. Everything here is pure: a part is given values and returns values.

May import: `core`, `schema`, the standard library's pure half; `kernels` alone also numba and numpy. Kinds of
parts do not know each other, but a strategy or a rule may use an indicator's `step`.

Reading order: `indicators`, `strategies`, `rules`, `venue`, `kernels`.
"""
