"""Compiled twins of the plain engine, which is right by definition.

A kernel must give the same orders, fills and end equity, exactly. What has no twin runs plain and says why.

May import: `core`, `schema`, numba and numpy. Strategies and rules are handed in by `run.assemble`.
"""
