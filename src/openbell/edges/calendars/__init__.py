"""Sessions as `Schedule` events: exchanges, the FX week, days that never close.

May import `core` and `schema` only; pandas is loaded by `exchange.py` alone, and only when the cache does not
answer. Reading order: `sessions` (the one entry), `day`, `week`, `exchange`, `cache`, `overrides`.
"""

from openbell.edges.calendars.overrides import Config
from openbell.edges.calendars.sessions import sessions, zone

__all__ = ["Config", "sessions", "zone"]
