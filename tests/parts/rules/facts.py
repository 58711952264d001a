"""Facts as rules get them, quiet unless said otherwise; amounts in whole units of the base currency."""

from types import ModuleType
from typing import Any

from openbell.core.risk import Facts
from openbell.schema import PartConfig

MONEY = ("equity", "session_equity", "session_flows", "peak", "order_value", "instrument_value", "gross_value")
QUIET = {"is_in_session": 1, "equity": 100_000, "session_equity": 100_000, "peak": 100_000, "repeat": -1}


def facts(**fields: Any) -> Facts:
    named = QUIET | fields
    made = {name: named.get(name, 0) for name in Facts._fields}
    return Facts(**{name: round(value * 10**8) if name in MONEY else value for name, value in made.items()})


def verdict(module: ModuleType, config: PartConfig, **fields: Any) -> int:
    """Return what a rule says of an order under these facts."""
    return int(module.check(module.params(config), facts(**fields)))
