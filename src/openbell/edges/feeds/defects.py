"""What is wrong in recorded bars, and how much of it can be put right. Pure.

A defect is told by row; a repair changes only what the rest of the series proves wrong, and says what it changed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openbell.core.types import NS
from openbell.edges.feeds.table import Floats, Ints

HUNDREDFOLD = 100.0
"""Prices in pence among prices in pounds, the commonest wrong unit."""
_NEAR, _MOST = 4.0, 0.7
"""A jump is one of a factor if its logarithm is off by less than a quarter of the factor's, and never by more."""
_ALIKE = 0.2
_TWICE_NS = 8 * 86_400 * NS
"""Two dividends of nearly one size within eight days are one told twice."""
_WINDOW = 5
_MOST_OFF = 0.005
"""Vendors reckon an adjusted close a little otherwise over the years; a dividend that is left out is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing wrong with one row.

    Attributes:
        kind: Stable word. ts: Stamp of the row, UTC ns. text: What is there, in words.
        is_repaired: True when `repair` has put it right.
    """

    kind: str
    ts: int
    text: str
    is_repaired: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Series:
    """Bars of one instrument with their splits and dividends, ascending by `ts`.

    Attributes:
        ts: Opening of each bar, UTC ns, int64 of shape (n,).
        px: Open, high, low, close, float64 of shape (n, 4), quote currency. volume: Units, float64 of shape (n,).
        dividend: Quote currency per unit on the day that first trades without it, 0 for none, float64 of shape (n,).
        split: New units for an old one on the day that first trades so, 0 or 1 for none, float64 of shape (n,).
        adjusted: The vendor's close adjusted for both, float64 of shape (n,), None where it has none.
    """

    ts: Ints
    px: Floats
    volume: Floats
    dividend: Floats
    split: Floats
    adjusted: Floats | None = None


def find(ts: Ints, px: Floats, volume: Floats) -> list[Defect]:
    """Return what is wrong with rows in the order in which a file holds them.

    Args:
        ts: Stamps, UTC ns, int64 of shape (n,).
        px: Open, high, low, close, float64 of shape (n, 4).
        volume: Units, float64 of shape (n,).
    """
    low, high = px.min(axis=1, initial=math.inf), px.max(axis=1, initial=-math.inf)
    marks: list[tuple[str, Any, str]] = [
        ("missing_price", np.any(np.isnan(px), axis=1), "a price is missing"),
        ("not_above_zero", np.any(px <= 0.0, axis=1), "a price is not above zero"),
        ("high_low", (px[:, 2] > low) | (px[:, 1] < high), "high or low contradicts the other prices"),
        ("negative_volume", volume < 0.0, "volume is below zero"),
    ]
    if len(ts) > 1:
        steps = np.diff(ts)
        marks.append(("duplicate", np.append(False, steps == 0), "the stamp of the row before"))
        marks.append(("order", np.append(False, steps < 0), "a stamp before that of the row before"))
    found = [
        Defect(kind=kind, ts=int(ts[row]), text=text) for kind, rows, text in marks for row in np.flatnonzero(rows)
    ]
    return sorted([*found, *_units(ts, px)], key=lambda one: one.ts)


def _units(ts: Ints, px: Floats) -> list[Defect]:
    """Return the rows in which prices jump hundredfold, each change of level once."""
    sound = np.flatnonzero((px > 0.0).all(axis=1))
    if len(sound) < 2:
        return []
    steps = np.diff(np.median(np.log(px[sound]), axis=1))
    jumps = _powers(steps, HUNDREDFOLD)
    found = [
        Defect(
            kind="hundredfold",
            ts=int(ts[sound[row + 1]]),
            text=f"prices {HUNDREDFOLD ** jumps[row]:g} times those before",
        )
        for row in np.flatnonzero(jumps)
    ]
    mixed, _ = _mixed(px[sound])
    rows = np.flatnonzero(mixed.any(axis=1))
    return found + [Defect(kind="hundredfold", ts=int(ts[sound[n]]), text="one price in another unit") for n in rows]


def _powers(steps: Floats, factor: float) -> Ints:
    """Return which power of a factor each logarithmic step comes near to, 0 for none."""
    size = math.log(factor)
    nearest = np.rint(steps / size)
    is_near = np.abs(steps - nearest * size) < min(abs(size) / _NEAR, _MOST)
    powers: Ints = np.where(is_near, nearest, 0.0).astype(np.int64)
    return powers


def _mixed(px: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Return which single prices are in another unit than their row, and by which factor each is to be multiplied."""
    logs = np.log(px)
    middle = np.median(logs, axis=1)
    around = np.array([np.median(middle[max(n - _WINDOW, 0) : n + _WINDOW + 1]) for n in range(len(middle))])
    powers = _powers((logs - around[:, None]).ravel(), HUNDREDFOLD).reshape(px.shape)
    # A row that is off as a whole has changed its level; that is judged over the series.
    powers[(powers != 0).all(axis=1)] = 0
    factors: Floats = np.power(HUNDREDFOLD, -powers.astype(np.float64))
    return powers != 0, factors


def repair(series: Series, *, is_adjusted: bool) -> list[Defect]:
    """Put right, in place, what the series itself proves wrong, and return what was changed.

    Units: a price a hundred times off its row, and levels a hundredfold apart; right is the level at which most units
    were traded, for stale prices trade nothing. Splits, where prices are meant to be adjusted: rows that are off by a
    recorded ratio are brought to the level of the newest. Dividends told twice within eight days: the one that the
    vendor's adjusted close did not apply goes, else the one with the smaller fall of price. The adjusted close is
    then computed anew where anything was changed or where a dividend is not in it.

    Args:
        series: Changed in place; every price is above zero.
        is_adjusted: True when the vendor's prices are adjusted for splits.
    """
    changed = _repair_single(series)
    # Splits first: a ratio of one to ten thousand would pass for a wrong unit.
    for ratio in sorted({float(r) for r in series.split if r > 0.0 and r != 1.0}) if is_adjusted else ():
        changed += _repair_levels(series, ratio, of_newest=True)
    changed += _repair_levels(series, HUNDREDFOLD, of_newest=False)
    changed += _repair_dividends(series)
    return changed + _repair_adjusted(series)


def doubt(series: Series, *, is_adjusted: bool) -> list[Defect]:
    """Return what splits, dividends and the adjusted close prove wrong; nothing is changed.

    Args:
        series: Every price is above zero.
        is_adjusted: True when the vendor's prices are adjusted for splits.
    """
    copied = {name: getattr(series, name).copy() for name in ("px", "volume", "dividend")}
    adjusted = None if series.adjusted is None else series.adjusted.copy()
    would = repair(replace(series, **copied, adjusted=adjusted), is_adjusted=is_adjusted)
    found = [replace(one, is_repaired=False) for one in would if one.kind in ("dividend_twice", "split_level")]
    return found + _unfollowed(series, is_adjusted=is_adjusted)


def _unfollowed(series: Series, *, is_adjusted: bool) -> list[Defect]:
    """Return the last row from which on backwards the adjusted close leaves out what was paid, if there is one."""
    if series.adjusted is None or not (series.dividend > 0.0).any():
        return []
    right = _right_adjusted(series, series.adjusted)
    splits = np.flatnonzero((series.split > 0.0) & (series.split != 1.0))
    # Prices from before a split are only comparable where they are said to be.
    first = int(splits[-1]) if len(splits) and not is_adjusted else 0
    off = np.abs(series.adjusted[first:] / right[first:] - 1.0)
    rows = np.flatnonzero(off > _MOST_OFF)
    if not len(rows):
        return []
    text = f"the adjusted close is {off[rows[-1]]:.1%} from what the dividends make of it"
    return [Defect(kind="adjusted_close", ts=int(series.ts[first + rows[-1]]), text=text)]


def _repair_single(series: Series) -> list[Defect]:
    wrong, factors = _mixed(series.px)
    rows = np.flatnonzero(wrong.any(axis=1))
    for row in rows:
        px = series.px[row]
        px *= factors[row]
        px[1], px[2] = px.max(), px.min()
        if series.adjusted is not None and wrong[row, 3]:
            series.adjusted[row] *= factors[row, 3]
    return [_changed("hundredfold", series, row, "one price in another unit") for row in rows]


def _repair_levels(series: Series, factor: float, *, of_newest: bool) -> list[Defect]:
    steps = np.diff(np.median(np.log(series.px), axis=1))
    levels = np.append(0, np.cumsum(_powers(steps, factor)))
    right = levels[-1] if of_newest else _most_traded(levels, series.volume)
    rows = np.flatnonzero(levels != right)
    for row in rows:
        scale = factor ** float(right - levels[row])
        series.px[row] *= scale
        if series.adjusted is not None:
            series.adjusted[row] *= scale
        if of_newest:
            series.volume[row] /= scale
    kind = "split_level" if of_newest else "hundredfold"
    return [
        _changed(kind, series, row, f"prices were {factor ** float(levels[row] - right):g} times theirs")
        for row in rows
    ]


def _most_traded(levels: Ints, volume: Floats) -> int:
    traded = {int(level): (float(np.nansum(volume[levels == level])), int((levels == level).sum())) for level in levels}
    return max(traded, key=lambda level: traded[level])


def _repair_dividends(series: Series) -> list[Defect]:
    found = []
    rows = [int(row) for row in np.flatnonzero(series.dividend > 0.0)]
    for one, other in pairwise(rows):
        near = series.ts[other] - series.ts[one] <= _TWICE_NS
        size = series.dividend[one]
        if size > 0.0 and near and abs(series.dividend[other] / size - 1.0) < _ALIKE:
            phantom = _phantom(series, (one, other))
            text = f"a dividend of {series.dividend[phantom]:g} told twice within eight days"
            series.dividend[phantom] = 0.0
            found.append(_changed("dividend_twice", series, phantom, text))
    return found


def _phantom(series: Series, pair: tuple[int, int]) -> int:
    """Return which of two dividends was none."""
    unapplied = [row for row in pair if not _is_applied(series, row)]
    if len(unapplied) == 1:
        return unapplied[0]
    return min(pair, key=lambda row: series.px[row - 1, 3] - series.px[row, 3] if row else 0.0)


def _is_applied(series: Series, row: int) -> bool:
    """Return True if the vendor's adjusted close falls less on that day than the close by about the dividend."""
    if series.adjusted is None or not row:
        return True
    close, adjusted = series.px[:, 3], series.adjusted
    before = close[row - 1]
    applied = (adjusted[row] / adjusted[row - 1]) / (close[row] / before) - 1.0
    return bool(applied > 0.5 * series.dividend[row] / before)


def _repair_adjusted(series: Series) -> list[Defect]:
    if series.adjusted is None:
        return []
    right = _right_adjusted(series, series.adjusted)
    rows = np.flatnonzero(np.abs(series.adjusted / right - 1.0) > 1e-4)
    series.adjusted[rows] = right[rows]
    return [_changed("adjusted_close", series, row, "the adjusted close did not follow the dividends") for row in rows]


def _right_adjusted(series: Series, adjusted: Floats) -> Floats:
    """Return what the adjusted close should be, at the level of the newest."""
    right: Floats = series.px[:, 3] * factors(series.px[:, 3], series.dividend, np.zeros(len(series.split)))
    right *= adjusted[-1] / series.px[-1, 3]
    return right


def factors(close: Floats, dividend: Floats, split: Floats) -> Floats:
    """Return what makes each price comparable with the newest, float64 of shape (n,).

    A dividend counts as its share of the close before it, a split as one over its ratio; both act on the rows before.

    Args:
        close: Quote currency, ascending in time, not adjusted for what is given here; float64 of shape (n,).
        dividend: Per unit on the first day without it, 0 for none; float64 of shape (n,).
        split: New units for an old one on the first day, 0 or 1 for none; float64 of shape (n,).
    """
    step = np.ones(len(close))
    step[1:] = 1.0 - dividend[1:] / close[:-1]
    step = step / np.where(split > 0.0, split, 1.0)
    behind = np.cumprod(step[::-1])[::-1]
    found: Floats = np.append(behind[1:], 1.0)
    return found


def _changed(kind: str, series: Series, row: int | np.int64, text: str) -> Defect:
    return Defect(kind=kind, ts=int(series.ts[row]), text=text, is_repaired=True)


def counted(found: Sequence[Defect]) -> dict[str, int]:
    """Return how many defects of each kind there are, in order of the kinds."""
    kinds = sorted({one.kind for one in found})
    return {kind: sum(one.kind == kind for one in found) for kind in kinds}
