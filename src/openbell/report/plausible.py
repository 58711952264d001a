"""What is too good to be true in a backtest, in words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.types import as_float
from openbell.report import returns
from openbell.report.figures import code_label
from openbell.report.recorder import Execution, Recorder
from openbell.words import counted

MOST_SHARPE = 5.0
"""A ratio a year that nothing honest passes for long."""
MOST_WINS = 0.9
"""Share of trades won that nothing honest passes for long."""
FEWEST_DAYS = 10
"""Trading days below which a ratio says nothing."""
FEWEST_TRADES = 10
"""Trades below which a share of wins says nothing."""
ROUNDINGS = 2
"""A venue rounds against the order once for its side of the spread, and once more for what it slips."""
SIDES: Final[tuple[Literal["left", "right"], ...]] = ("left", "right")
"""Bars on both sides of a moment that is the close of one."""


REMEDIES = {
    Code.BELOW_MINIMUM: (
        "a full position is worth less than the smallest order; raise per_position or the capital, or trade what costs "
        "less"
    ),
    Code.ORDER_QUANTITY: (
        "a full position has more units than the rule order_quantity allows for its kind; raise that, or lower "
        "per_position"
    ),
}
"""What to do where one reason refuses whatever is wanted."""


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
            f"{counted(len(odd), 'fill')} outside of what the bars saw, the first a {first.side} of "
            f"{first.instrument} at {first.px}: no market traded there"
        )
    return found


def idle(book: Book) -> str:
    """Return why a run ordered nothing although it wanted to, in words.

    Empty where it ordered, or wanted nothing.
    """
    counts = book.truth.counts
    if counts.orders or not counts.rejected:
        return ""
    code = max(counts.rejected, key=lambda one: counts.rejected[one])
    remedy = REMEDIES.get(Code(code), "openbell plan FILE tells what each limit allows")
    times = counted(sum(counts.rejected.values()), "time")
    return f"Nothing was ordered: refused {times}, mostly by {code_label(code)}: {remedy}."


def outside(fills: Iterable[Execution], ranges: Mapping[str, Range], costs: Mapping[str, float]) -> list[Execution]:
    """Return the fills whose price their bar did not see, even with the venue's costs."""
    told = list(fills)
    odd = [n for symbol, known in ranges.items() for n in _unseen(told, symbol, known, costs)]
    return [told[n] for n in sorted(odd)]


def _unseen(fills: Sequence[Execution], symbol: str, known: Range, costs: Mapping[str, float]) -> list[int]:
    """Return the numbers of an instrument's fills that no bar of their moment saw.

    A moment between two bars belongs to both; behind the last one nothing is known.
    """
    numbers = np.array([n for n, fill in enumerate(fills) if fill.instrument == symbol], np.int64)
    ours = [fills[n] for n in numbers.tolist()]
    times = np.array([fill.time for fill in ours], np.int64)
    px = np.array([as_float(fill.px) for fill in ours])
    cost = np.array([costs.get(fill.account, 0.0) for fill in ours])
    slack = ROUNDINGS * known.step
    is_seen, is_known, last = np.zeros(len(ours), bool), np.zeros(len(ours), bool), len(known.ts) - 1
    for side in SIDES if last >= 0 else ():
        places = np.searchsorted(known.ts, times, side=side)
        at, is_inside = np.minimum(places, last), places <= last
        is_known |= is_inside
        below, above = known.low[at] * (1 - cost) - slack, known.high[at] * (1 + cost) + slack
        is_seen |= is_inside & (below <= px) & (px <= above)
    unseen: list[int] = numbers[is_known & ~is_seen].tolist()
    return unseen
