"""Recorded and synthetic sources: bars as arrays first, as events second.

A feed is a file with `Config` and `load(config, request) -> list[BarTable]`; its name is its registration
(`parquet`, `csv`, `synthetic`). May import `core` and `schema` only; polars is imported inside functions. Reading
order: `table` (what a feed delivers), `parquet`, `recorded` and `frames` (from files to tables), `csv`,
`synthetic` with `chance`, `merge` (from tables to one stream of events).
"""
