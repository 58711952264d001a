"""Studies: many runs of one file over the same data, and how far to believe them.

Reading order: `trial` (one run), `store` (what is remembered), `pool` (who carries runs out), `sweep`; then the studies
made of them.
"""
