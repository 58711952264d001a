"""Risk rules: `Config`, `APPLIES` and a `check` on integers that returns a verdict.

A rule for entries never sees an exit; only one that says `APPLIES = EXIT` or `BOTH` can refuse one.

May import: `core`, `schema`, `parts.indicators`.

Reading order: `kill`, then any.
"""
