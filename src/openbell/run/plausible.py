"""Whether a backtest can be believed, beside its bars and costs; what trades in a day."""

from decimal import Decimal
from typing import NamedTuple

import numpy as np

from openbell.core.types import DAY_NS, as_float
from openbell.report.plausible import Range, alarms, idle
from openbell.run.assemble import Prepared
from openbell.run.compiled import backtest_auto
from openbell.run.results import Result
from openbell.run.source import Source

MOST_BARS = 100_000
"""Up to so many bars a plan tries the run; more would take longer than a plan should."""


def alarms_of(prepared: Prepared, source: Source, result: Result) -> list[str]:
    """Return what is too good to be true in a run, in words."""
    ranges = {
        table.symbol: Range(table.ts, table.low, table.high, as_float(prepared.spec.instruments[table.symbol].quantum))
        for table in sorted(source.tables, key=lambda table: -table.interval_ns)
    }
    costs = {
        name: as_float((1 + options.spread / 2) * (1 + options.slippage + options.late_slippage) - 1)
        for name, options in prepared.venues.items()
    }
    return alarms(result.recorder, result.book, ranges, costs)


class Tried(NamedTuple):
    """What a planned run came to.

    What is too good to be true in it, and why it ordered nothing or an empty text.
    """

    alarms: list[str]
    idle: str


def tried(prepared: Prepared, source: Source) -> Tried | None:
    """Return what a planned run came to; None where it is not tried.

    Runs over very many bars, and those with an account at a venue outside the process, are not.
    """
    if source.bars > MOST_BARS or prepared.wires:
        return None
    result = backtest_auto(prepared, source)
    return Tried(alarms_of(prepared, source, result), idle(result.book))


def turnover(prepared: Prepared, source: Source) -> dict[str, Decimal]:
    """Return what trades of each symbol on its median day (UTC).

    In whole units of its account's base currency. A symbol without volume, or quoted in another currency than an
    account that trades it, is left out.
    """
    found: dict[str, Decimal] = {}
    config, listed = prepared.loaded.config, prepared.spec.instruments
    bases = {(s, config.accounts[one.account].base) for one in config.deployments for s in one.instruments}
    for table in source.tables:
        one = listed.get(table.symbol)
        if one is None or table.symbol in found or {base for s, base in bases if s == one.symbol} != {one.currency}:
            continue
        worth = np.nan_to_num(table.close * table.volume, posinf=0.0, neginf=0.0)
        _, day = np.unique(table.open_ts // DAY_NS, return_inverse=True)
        usual = int(np.median(np.bincount(day, weights=worth))) if len(worth) else 0
        if usual > 0:
            found[table.symbol] = usual * one.multiplier
    return found
