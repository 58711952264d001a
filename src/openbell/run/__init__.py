"""The loops that join all: one source, one engine, a venue for each account, one journal.

May import: everything but `cli`.

Reading order: `assemble` (finds parts and edges and hands them over), `modes`, `inbox`, `outbox`, `backtest`,
`live`, `recover`, `replay`.
"""
