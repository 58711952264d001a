"""What is too good to be true in a backtest, in words. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from openbell.core.book import Book
from openbell.core.types import as_float
from openbell.report import returns
from openbell.report.recorder import Execution, Recorder

MOST_SHARPE = 5.0
"""A ratio a year that nothing honest passes for long."""
MOST_WINS = 0.9
"""Share of trades won that nothing honest passes for long."""
FEWEST_DAYS = 10
"""Trading days below which a ratio says nothing."""
FEWEST_TRADES = 10
"""Trades below which a share of wins says nothing."""


class Range(NamedTuple):
    """Closes of bars (UTC ns, ascending), their lows and highs, and the finest step.

    Prices are in quote currency.
    """

    ts: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    step: float


def alarms(recorder: Recorder, book: Book, ranges: Mapping[str, Range], costs: Mapping[str, float]) -> list[str]:
    """Return what cannot be believed of a run, in words; empty where nothing is odd.

    Args:
        recorder: That watched the run.
        book: As the run left it.
        ranges: Of the bars, by instrument.
        costs: What fills may cost beyond the bar's prices, share of the price, by account.
    """
    found = []
    for name in book.truth.accounts:
        days = recorder.days(name)
        ratio = returns.sharpe(returns.daily(days), returns.days_per_year(days))
        if ratio is not None and len(days) >= FEWEST_DAYS and ratio > MOST_SHARPE:
            found.append(
                f"account {name} has a Sharpe ratio of {ratio:.1f} over {len(days)} days, above {MOST_SHARPE:g}: "
                "look for look-ahead, missing costs or wrong prices"
            )
    counts = book.truth.counts
    if counts.trades >= FEWEST_TRADES and counts.wins > MOST_WINS * counts.trades:
        share = 100 * counts.wins / counts.trades
        found.append(
            f"{share:.0f}% of {counts.trades:,} trades were won, above {100 * MOST_WINS:.0f}%: look for look-ahead, or "
            "for losses that are never taken"
        )
    odd = outside(recorder.fills, ranges, costs)
    if odd:
        first = odd[0]
        found.append(
            f"{len(odd):,} fills lie outside of their bars, the first a {first.side} of {first.instrument} at "
            f"{first.px}: no market traded there"
        )
    return found


def outside(fills: Iterable[Execution], ranges: Mapping[str, Range], costs: Mapping[str, float]) -> list[Execution]:
    """Return the fills whose price their bar did not see, even with the venue's costs."""
    return [
        fill
        for fill in fills
        if fill.instrument in ranges and not _is_seen(fill, ranges[fill.instrument], costs.get(fill.account, 0.0))
    ]


def _is_seen(fill: Execution, known: Range, cost: float) -> bool:
    """Return True if a bar of that moment saw the price; a moment between two bars belongs to both."""
    px = as_float(fill.px)
    allowed = known.step + px * cost
    places = {int(np.searchsorted(known.ts, fill.time, side=side)) for side in ("left", "right")}
    inside = [place for place in places if place < len(known.ts)]
    return not inside or any(known.low[n] - allowed <= px <= known.high[n] + allowed for n in inside)
