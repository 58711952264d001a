"""The plain venue: a small JSON protocol over a loopback websocket.

Written down in docs/reference/plain-protocol.md.

Reading order: `request` (what a client may say), `desk` (what the venue knows and answers; no sockets), `books` (its
orders, executions, positions and cash), `hands` (what faults are lent), `market`, `server` (the websocket), `operator`.
"""
