"""Figures of a series of daily returns, as the literature defines them.

Pure; `docs/reference/metrics.md` explains. Returns are simple fractions (0.01 is 1 %), one for each trading day;
`per_year` is how many trading days make a year. A figure that cannot be computed is None: too few days, or nothing to
divide by.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from openbell.core.types import ZERO, as_float
from openbell.report.days import Day

FEW_DAYS = 30
"""Calendar days below which nothing is made into a yearly growth."""
_SATURDAY = 5


class Fall(NamedTuple):
    """A fall of equity from a peak, seen at the ends of trading days.

    Attributes:
        depth: As a fraction of the peak. days: Calendar days from the peak to the recovery, or to the end.
        peak, trough, end: Dates, ISO; `end` is empty while it has not recovered.
    """

    depth: float
    days: int
    peak: str
    trough: str
    end: str


def daily(days: Sequence[Day]) -> list[float]:
    """Return each day's return: its result over the equity it began with.

    Deposits of a day count as there from its beginning, withdrawals as there until its end. A day that begins with
    nothing has none.
    """
    return [found for day in days if (found := change(day)) is not None]


def change(day: Day) -> float | None:
    """Return one day's return as `daily` has it, None where it has none."""
    base = day.start + max(day.flows, ZERO)
    return as_float(day.equity - day.start - day.flows) / as_float(base) if base > 0 else None


def levels(returns: Iterable[float]) -> list[float]:
    """Return the growth of 1 over returns, compounded: one value more than there are returns."""
    return list(accumulate(returns, lambda level, one: level * (1.0 + one), initial=1.0))


def deepest(way: Iterable[float]) -> float:
    """Return the largest fall from a peak over some levels, as a fraction of it; 0 for none."""
    peak = fall = 0.0
    for level in way:
        peak = max(peak, level)
        fall = max(fall, 1.0 - level / peak if peak > 0.0 else 0.0)
    return fall


def days_per_year(days: Sequence[Day]) -> float:
    """Return 365 for an account that trades on a weekend, else 252."""
    return 365.0 if any(date.fromisoformat(day.date).weekday() >= _SATURDAY for day in days) else 252.0


def total(returns: Sequence[float]) -> float:
    """Return the growth over all returns, compounded."""
    return math.prod(1.0 + one for one in returns) - 1.0


def cagr(returns: Sequence[float], calendar_days: float) -> float | None:
    """Return the compound growth a year of 365.25 days."""
    grown = 1.0 + total(returns)
    if not returns or calendar_days < FEW_DAYS or grown <= 0.0:
        return None
    return math.pow(grown, 365.25 / calendar_days) - 1.0


def volatility(returns: Sequence[float], per_year: float) -> float | None:
    """Return the sample standard deviation of returns, times the root of `per_year`."""
    return _spread(returns) * math.sqrt(per_year) if len(returns) > 1 else None


def _spread(returns: Sequence[float]) -> float:
    """Return the sample standard deviation of returns; exactly 0 for fewer than two, and where all are the same."""
    # `statistics.stdev` computes in fractions, which takes the most of what the rolling figures of some years cost.
    if len(returns) < 2 or min(returns) == max(returns):
        return 0.0
    mean = statistics.fmean(returns)
    return math.sqrt(math.fsum((one - mean) ** 2 for one in returns) / (len(returns) - 1))


def sharpe(returns: Sequence[float], per_year: float, risk_free: float = 0.0) -> float | None:
    """Return Sharpe's ratio a year (1994).

    It is the mean excess return over its sample standard deviation, times the root of `per_year`.

    Args:
        returns: Daily.
        per_year: Days in a year.
        risk_free: Return a day that is free of risk.
    """
    excess = [one - risk_free for one in returns]
    spread = _spread(excess)
    return statistics.fmean(excess) / spread * math.sqrt(per_year) if spread > 0.0 else None


def sortino(returns: Sequence[float], per_year: float, target: float = 0.0) -> float | None:
    """Return Sortino's ratio a year (Sortino and Price 1994).

    It is the mean excess over a daily `target`, over the downside deviation, which is the root of the mean squared
    shortfall over all days; times the root of `per_year`.
    """
    excess = [one - target for one in returns]
    if not excess:
        return None
    downside = math.sqrt(statistics.fmean(min(one, 0.0) ** 2 for one in excess))
    return statistics.fmean(excess) / downside * math.sqrt(per_year) if downside > 0.0 else None


def calmar(growth: float | None, max_drawdown: float) -> float | None:
    """Return the yearly growth over the largest drawdown of the whole life (Young 1991)."""
    return growth / max_drawdown if growth is not None and max_drawdown > 0.0 else None


def value_at_risk(returns: Sequence[float], level: float = 0.95) -> float | None:
    """Return the historical value at risk of a day.

    It is the loss that `level` of all days did not pass, a positive fraction: the quantile between neighbours on a
    line (Hyndman and Fan 1996, type 7); 0 where that day made money.
    """
    if not returns:
        return None
    ordered = sorted(returns)
    place = (len(ordered) - 1) * (1.0 - level)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return max(-(ordered[low] + (place - low) * (ordered[high] - ordered[low])), 0.0)


def normal_value_at_risk(returns: Sequence[float], level: float = 0.95) -> float | None:
    """Return the parametric value at risk of a day.

    It is that of a normal distribution of the same mean and sample deviation.
    """
    if len(returns) < 2:
        return None
    spread = _spread(returns)
    return max(-(statistics.fmean(returns) + statistics.NormalDist().inv_cdf(1.0 - level) * spread), 0.0)


def expected_shortfall(returns: Sequence[float], level: float = 0.95) -> float | None:
    """Return the mean loss of the worst 1 - `level` of days (Acerbi and Tasche 2002).

    It is a positive fraction. The day at the border counts with the part of it that is needed.
    """
    if not returns:
        return None
    left = whole = len(returns) * (1.0 - level)
    lost = 0.0
    for one in sorted(returns):
        part = min(left, 1.0)
        lost -= part * one
        left -= part
        if left <= 0.0:
            break
    return max(lost / whole, 0.0)


def falls(days: Sequence[Day]) -> list[Fall]:
    """Return every fall from a peak at the ends of days, deepest first.

    Returns are compounded, so deposits and withdrawals are out.
    """
    found: list[Fall] = []
    level = peak = lowest = 1.0
    peak_date = trough = days[0].date if days else ""
    grown_to = levels(change(day) or 0.0 for day in days)[1:]
    for day, grown in zip(days, grown_to, strict=True):
        level = grown
        if level >= peak:
            if lowest < peak:
                found.append(_fall(peak, lowest, (peak_date, trough, day.date)))
            peak = lowest = level
            peak_date = day.date
        elif level < lowest:
            lowest, trough = level, day.date
    if lowest < peak:
        last = days[-1].date
        found.append(_fall(peak, lowest, (peak_date, trough, last))._replace(end=""))
    return sorted(found, key=lambda fall: -fall.depth)


def _fall(peak: float, lowest: float, dates: tuple[str, str, str]) -> Fall:
    first, trough, end = dates
    days = (date.fromisoformat(end) - date.fromisoformat(first)).days
    return Fall(1.0 - lowest / peak, days, first, trough, end)


class Interval(NamedTuple):
    """Between which values a figure lies with a stated confidence."""

    low: float
    high: float


def sharpe_interval(returns: Sequence[float], per_year: float, level: float = 0.95) -> Interval | None:
    """Return the interval of Sharpe's ratio a year (Lo 2002, independent returns).

    The standard error of the daily ratio is the root of (1 + half its square) over the number of days.
    """
    ratio = sharpe(returns, 1.0)
    if ratio is None:
        return None
    reach = statistics.NormalDist().inv_cdf(0.5 + level / 2.0) * math.sqrt((1.0 + ratio * ratio / 2.0) / len(returns))
    return Interval((ratio - reach) * math.sqrt(per_year), (ratio + reach) * math.sqrt(per_year))


def share_interval(count: int, whole: int, level: float = 0.95) -> Interval | None:
    """Return the interval of a share such as the win rate (Wilson 1927)."""
    if not whole:
        return None
    z = statistics.NormalDist().inv_cdf(0.5 + level / 2.0)
    share = count / whole
    middle = share + z * z / (2.0 * whole)
    reach = z * math.sqrt(share * (1.0 - share) / whole + z * z / (4.0 * whole * whole))
    scale = 1.0 + z * z / whole
    return Interval((middle - reach) / scale, (middle + reach) / scale)
