"""Signals from outside over HTTP: who signed one, and whether it is new.

May import `core` and `schema` only; it holds no broker's key and decides nothing. Reading order: `proof` (who signed),
`form` (what may be said), `names` (what came, on disk), `gate` (asks all of that in turn), `door` (the port).
"""
