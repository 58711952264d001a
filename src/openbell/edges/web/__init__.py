"""The control room on the wire: HTTP, one websocket, and who may touch what.

May import `core` and `schema` only; it reads no journal and holds no broker's key. What it shows and passes on goes
through `ports.Room`. Reading order: `ports`, `identity` (who), `sessions` (since when, how often), `policy` (what is
open to whom; what is not in its table is closed), `gate` (asks before anything else does), `forms` (what goes over the
wire), `routes`, `live` (the socket), `app`.
"""
