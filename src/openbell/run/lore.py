"""What the linter must know of parts, edges and instruments."""

import math
from array import array
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from openbell.config.linter.rule import Lore
from openbell.config.load import Loaded
from openbell.config.model import Configuration
from openbell.core.spec import RunSpec
from openbell.core.strategy import SessionRow, StockState, StockStrategy, Strategy
from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.edges.feeds.rates import links
from openbell.run.habits import habits

HOUR_NS = 60 * MINUTE_NS
SESSIONS = {
    "NYSE": 390 * MINUTE_NS, "XNYS": 390 * MINUTE_NS, "NASDAQ": 390 * MINUTE_NS, "KRX": 390 * MINUTE_NS,
    "XKRX": 390 * MINUTE_NS, "fx": DAY_NS, "24x7": DAY_NS, "CMES": 23 * HOUR_NS,
}  # fmt: skip
"""Usual length of a session by calendar, ns; a half day is shorter."""
MAX_STEPS = 20_000
"""A strategy that is still warming up after so many invented bars is not measured further."""


def lore_of(
    loaded: Loaded, spec: RunSpec, strategies: Mapping[str, Strategy], brokers: Mapping[str, ModuleType]
) -> Lore:
    """Return what is known of a run besides its file.

    Args:
        loaded: The checked file.
        spec: What the core made of it.
        strategies: By deployment, bound to their options.
        brokers: Modules by account.
    """
    config = loaded.config
    bars = _bars(config, spec)
    return Lore(
        instruments=spec.instruments,
        sessions=SESSIONS,
        warmups={name: warmup(strategies[name], d.interval, bars[name]) for name, d in spec.deployments.items()},
        bars=bars,
        intervals=_intervals(config),
        worthless=_worthless(spec),
        habits=_habits(loaded),
        rates={
            name: int(getattr(brokers[name], "LIMITS", {}).get("rate", 0))
            for name, account in spec.accounts.items()
            if account.outside is not None
        },
    )


def _habits(loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """Return what private strategies and rules do that a replay cannot do again, by their kind."""
    kinds = [*(one.strategy.kind for one in loaded.config.deployments), *(rule.kind for rule in loaded.rules)]
    return {kind: habits(loaded.folder / kind) for kind in dict.fromkeys(kinds) if kind.endswith(".py")}


def _worthless(spec: RunSpec) -> dict[str, str]:
    """Return deployments that trade in a currency of which nothing tells what it is worth, and which.

    Recorded and invented bars of a pair tell it; venues outside do not.
    """
    told = links(spec.instruments, [account.currency for account in spec.accounts.values()])
    found = {}
    for name, deployment in spec.deployments.items():
        account = spec.accounts[deployment.account]
        base = account.currency
        used = {spec.instruments[symbol].currency for symbol in deployment.instruments} - {base}
        lost = next((currency for currency in sorted(used) if account.outside or (currency, base) not in told), "")
        if lost:
            found[name] = f"{lost} is worth in {base}"
    return found


def _intervals(config: Configuration) -> tuple[int, ...]:
    """Return the lengths of bars in an invented source; none where files decide."""
    options: Any = config.source.options if config.source is not None else None
    interval = getattr(options, "interval", None)
    return (interval,) if isinstance(interval, int) else ()


def _bars(config: Configuration, spec: RunSpec) -> dict[str, int]:
    """Return the most bars of one instrument in an invented source; 0 where files decide."""
    options: Any = config.source.options if config.source is not None else None
    days, interval = getattr(options, "days", 0), getattr(options, "interval", 0)
    found = {}
    for name, deployment in spec.deployments.items():
        calendars = {spec.instruments[symbol].calendar for symbol in deployment.instruments}
        longest = max(SESSIONS.get(calendar, DAY_NS) for calendar in calendars)
        found[name] = days * max(longest // interval, 1) if days and interval else 0
    return found


def warmup(strategy: Strategy, interval: int, most: int) -> int:
    """Return how many bars a stock strategy takes before it first decides, 0 where not known.

    It is measured on invented bars, at most `most` of them; `most` means that it has not decided by then.
    """
    if not isinstance(strategy, StockStrategy) or most <= 0:
        return 0
    state = StockState(
        d=array("d", [0.0] * sum(length for _, sort, length in strategy.layout if sort == "f8")),
        q=array("q", [0] * sum(length for _, sort, length in strategy.layout if sort == "i8")),
    )
    start = 20_000 * DAY_NS
    for i in range(min(most, MAX_STEPS)):
        price, opened = 100.0 + i % 7, start + i * interval
        end, volume = start + 10_000 * DAY_NS, 1000.0 + i % 5
        bar = SessionRow(price, price + 1.0, price - 1.0, price, volume, opened + interval, opened, start, end)
        target, _ = strategy.step(state, strategy.params, bar)
        if not math.isnan(target):
            return i
    return most if most <= MAX_STEPS else 0
