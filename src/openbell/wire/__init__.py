"""Local servers that speak brokers' protocols over the simulated exchange.

Each in a process of its own.

Their field tables are repeated here on purpose: an adapter and the server it is tried against share no code.

May import: `core`, `schema` and, alone of all siblings, `parts.venue`. Clock and market are handed in by `run`.
"""
