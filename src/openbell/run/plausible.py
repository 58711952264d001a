"""Whether a backtest can be believed: its result beside the bars and costs it was made of."""

from openbell.core.types import as_float
from openbell.report.plausible import Range, alarms
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
        name: as_float(options.spread / 2 + options.slippage + options.late_slippage)
        for name, options in prepared.venues.items()
    }
    return alarms(result.recorder, result.book, ranges, costs)


def tried(prepared: Prepared, source: Source) -> list[str] | None:
    """Return what is too good to be true in a planned run; None where it is not tried.

    Runs over very many bars, and those with an account at a venue outside the process, are not.
    """
    if source.bars > MOST_BARS or prepared.wires:
        return None
    return alarms_of(prepared, source, backtest_auto(prepared, source))
