"""Has trading drifted from what its file promised? Nothing is changed by asking.

Live days are compared with backtests, values with the best of the recent days, the market with what it was before.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from openbell.config.emit import canonical
from openbell.config.operations import ParameterReview
from openbell.report import returns
from openbell.report.returns import Interval
from openbell.research import regime
from openbell.research.grid import Axis, parse_axis, points
from openbell.run import state as states
from openbell.run.assemble import Prepared
from openbell.run.money import in_money
from openbell.run.reading import fold
from openbell.run.records import first_event
from openbell.run.source import Source
from openbell.run.study.sweep import Desk, Sweep, Watch, sweep, values_of
from openbell.run.study.trial import Outcome, StudyError, Values

Figures = Mapping[str, Decimal | bool | None]


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """What some days came to.

    Attributes:
        name: Whose days. days: How many. first, last: Dates, ISO, empty for none. total: Return, compounded.
        sharpe: A year, None where it cannot be computed. interval: Where it lies with 95%. fall: The deepest.
        levels: Growth of 1, one value more than days.
    """

    name: str
    days: int
    first: str
    last: str
    total: float
    sharpe: float | None
    interval: Interval | None
    fall: float
    levels: tuple[float, ...]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: as written, so or not so (None: cannot be told), and why."""

    text: str
    holds: bool | None
    why: str


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        account: Whose equity. before, expected, live: Backtest of the days before, and of the recent ones; the recent
            ones as they were traded.
        degradation: Part of the ratio before that is gone; None unless that is above zero, or for too few days.
        moved: How far the best recent values lie from the present ones, a share of the grid; None without a grid.
        best, present: Those values. shifts: Of each symbol's days; None for too few. conditions: Each, judged.
        notes: What a reader must know.
    """

    account: str
    before: Stretch
    expected: Stretch
    live: Stretch
    degradation: float | None
    moved: float | None
    best: Values
    present: Values
    shifts: Mapping[str, list[regime.Shift] | None]
    conditions: tuple[Judged, ...]
    notes: tuple[str, ...]

    @property
    def has_drifted(self) -> bool:
        """True where a condition holds."""
        return any(one.holds for one in self.conditions)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at.

    Attributes:
        state: Directory of the run. prepared: Its file's run. desk: Where backtests over all its days are made.
        terms: Of the review. reason: Why backtests use the plain engine, empty where they need not.
    """

    state: Path
    prepared: Prepared
    desk: Desk
    terms: ParameterReview
    reason: str = ""

    @property
    def axes(self) -> list[Axis]:
        """What may have other values.

        Raises:
            StudyError: It cannot be read, or cannot be varied beside what trades.
        """
        try:
            axes = [parse_axis(text) for text in self.terms.grid]
        except ValueError as error:
            what, _, advice = str(error).partition("; ")
            raise StudyError(f"grid: {what}", advice) from None
        for axis in axes:
            steps = axis.path.split(".")
            if steps[0] != "deployments" or len(steps) < 4 or steps[2:] == ["budget", "capital"]:
                what = f"grid: {axis.path} cannot have two values side by side"
                raise StudyError(what, "vary options of deployments, such as deployments.NAME.strategy.OPTION")
        return axes

    @property
    def values(self) -> list[Values]:
        """Every point of the grid.

        Raises:
            StudyError: As `axes`, or it is too large.
        """
        axes = self.axes
        try:
            return values_of(axes, points(axes)) if axes else []
        except ValueError as error:
            what, _, advice = str(error).partition("; ")
            raise StudyError(f"grid: {what}", advice) from None


def drift(subject: Subject, watch: Watch) -> Drift | Sweep:
    """Return how far a run has drifted; the sweep where it was ended early.

    Args:
        subject: What is looked at.
        watch: Sees the progress of the backtests.

    Raises:
        StudyError: The run has too few days. And as `sweep`.
    """
    desk, terms, name = subject.desk, subject.terms, subject.desk.subject.account
    axes, values = subject.axes, subject.values
    live = _live_days(subject.state, name)
    if len(live) <= terms.recent:
        what = f"{subject.state} has traded {len(live)} days; {terms.recent} recent ones need others before them"
        raise StudyError(what, "wait, or take fewer with --recent DAYS (from 5 on)")
    found = sweep(desk, [(), *values], watch)
    if not found.is_complete:
        return found
    own, others = found.outcomes[0], found.outcomes[1:]
    if own.refused:
        raise StudyError(f"the run's file cannot be run as it stands: {own.refused}", "openbell check FILE")
    since = sorted(live)[-terms.recent]
    old = _stretch("backtest, before", [(d, r) for d, r in _days(own) if d < since], own.per_year)
    expected = _stretch("backtest, recent", [(d, r) for d, r in _days(own) if d >= since], own.per_year)
    recent = _stretch("traded, recent", [(d, live[d]) for d in sorted(live) if d >= since], own.per_year)
    present = present_of(subject.prepared, axes)
    best = _best(others, since)
    moved = distance_of(axes, present, best) if best else None
    shifts = _market(desk.source, subject.prepared, since)
    degradation = degradation_of(old.sharpe, recent.sharpe)
    whole = Drift(
        account=name, before=old, expected=expected, live=recent, degradation=degradation, moved=moved, best=best,
        present=present, shifts=shifts, conditions=(), notes=_notes(subject),
    )  # fmt: skip
    return msgspec.structs.replace(whole, conditions=_judged(whole, terms))


def degradation_of(before: float | None, now: float | None) -> float | None:
    """Return which part of a ratio is gone: 0 for none, 1 for all.

    It is more than 1 where the ratio turned, and None unless it was above zero.
    """
    return None if before is None or now is None or before <= 0.0 else 1.0 - now / before


def distance_of(axes: Sequence[Axis], one: Values, other: Values) -> float:
    """Return how far two points lie apart, as a share of the axis that parts them most.

    Values without an order are all of an axis apart.
    """
    here, there = dict(one), dict(other)
    return max((_apart(axis, here[axis.path], there[axis.path]) for axis in axes), default=0.0)


def present_of(prepared: Prepared, axes: Sequence[Axis]) -> Values:
    """Return the values that a run's file has now, its defaults included.

    Raises:
        StudyError: A path leads nowhere.
    """
    tree: Any = msgspec.json.decode(canonical(prepared.loaded))
    found = []
    for axis in axes:
        where = tree
        for step in axis.path.split("."):
            if isinstance(where, list):
                named = [one for one in where if isinstance(one, dict) and step in (one.get("name"), one.get("kind"))]
                where = named[0] if named else where[int(step)] if step.isdigit() and int(step) < len(where) else None
            else:
                where = where.get(step) if isinstance(where, dict) else None
        if where is None:
            raise StudyError(f"grid: {axis.path} has no value in the file", "write one there, so that it can be left")
        found.append((axis.path, str(where)))
    return tuple(found)


def _apart(axis: Axis, here: str, there: str) -> float:
    if not axis.is_ordered:
        return float(here != there)
    places = [number(text) for text in (here, there, axis.values[0], axis.values[-1])]
    one, other, low, high = (float(place or 0) for place in places)
    if high <= low or None in places:
        return float(one != other if None not in places else here != there)
    return abs(one - other) / (high - low)


def number(text: str) -> Decimal | None:
    """Return a value as a number, None for what is none; 1% and 0.01 are the same one."""
    try:
        found = Decimal(text.removesuffix("%")).scaleb(-2 if text.endswith("%") else 0)
    except ArithmeticError:
        return None
    return found if found.is_finite() else None


def _live_days(state: Path, account: str) -> dict[str, float]:
    """Return the return of each trading day of a run, by date."""
    _, recorder = fold(states.journal(state))
    with in_money():
        days = recorder.days(account)
        return {day.date: returns.change(day) or 0.0 for day in days}


def _days(outcome: Outcome) -> list[tuple[str, float]]:
    return list(zip(outcome.dates, outcome.daily, strict=True))


def _stretch(name: str, days: Sequence[tuple[str, float]], per_year: float) -> Stretch:
    changes = [change for _, change in days]
    levels = returns.levels(changes)
    return Stretch(
        name=name, days=len(days), first=days[0][0] if days else "", last=days[-1][0] if days else "",
        total=returns.total(changes), sharpe=returns.sharpe(changes, per_year),
        interval=returns.sharpe_interval(changes, per_year) if len(changes) > 1 else None,
        fall=returns.deepest(levels), levels=tuple(levels),
    )  # fmt: skip


def _best(outcomes: Sequence[Outcome], since: str) -> Values:
    """Return the values with the best ratio over the recent days, the first of equal ones; nothing without a ratio."""
    best = -math.inf
    values: Values = ()
    for one in outcomes:
        figure = None if one.refused else returns.sharpe([r for d, r in _days(one) if d >= since], one.per_year)
        if figure is not None and figure > best:
            best, values = figure, one.values
    return values


def _market(source: Source, prepared: Prepared, since: str) -> dict[str, list[regime.Shift] | None]:
    """Return how the days of each symbol changed, by its longest bars."""
    found: dict[str, list[regime.Shift] | None] = {}
    tables = {table.symbol: table for table in sorted(source.tables, key=lambda table: table.interval_ns)}
    for symbol, table in sorted(tables.items()):
        calendar = prepared.spec.instruments[symbol].calendar
        opens = [(one.open, one.date) for one in source.schedule if one.is_open and one.calendar == calendar]
        place = np.searchsorted([ts for ts, _ in opens], table.open_ts, side="right") - 1
        before: list[tuple[float, ...]] = []
        recent: list[tuple[float, ...]] = []
        for n in np.unique(place[place >= 0]):
            own = place == n
            prices = [getattr(table, side)[own] for side in ("open", "close", "high", "low")]
            if all(bool((np.isfinite(column) & (column > 0.0)).all()) for column in prices):
                day = regime.features(prices[1], prices[2], prices[3], float(prices[0][0]))
                (before if opens[n][1] < since else recent).append(day)
        found[symbol] = regime.shifts(np.array(before), np.array(recent), len(tables))
    return found


def _notes(subject: Subject) -> tuple[str, ...]:
    genesis = first_event(states.journal(subject.state))
    if genesis.config == canonical(subject.prepared.loaded):
        return ()
    return ("the file was changed since the run began: backtests are of the file as it is now",)


def _judged(found: Drift, terms: ParameterReview) -> tuple[Judged, ...]:
    told = [one for one in found.shifts.values() if one is not None]
    is_new = any(one.is_new for each in told for one in each) if told else None
    known: Figures = {
        "performance_degradation": _exact(found.degradation), "parameter_drift": _exact(found.moved),
        "new_regime_detected": is_new,
    }  # fmt: skip
    why = {
        "performance_degradation": _why_degraded(found), "parameter_drift": _why_moved(found),
        "new_regime_detected": _why_new(found),
    }  # fmt: skip
    return tuple(Judged(text=one.text, holds=one.holds(known), why=why[one.name]) for one in terms.triggers)


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.6f}")


def _why_degraded(found: Drift) -> str:
    old, now = found.before.sharpe, found.live.sharpe
    if old is None or now is None:
        return "too few days, or nothing was traded in them"
    if found.degradation is None:
        return f"the Sharpe ratio before was {old:.2f}: there is nothing that could be lost"
    return f"{found.degradation:.2f}: Sharpe {old:.2f} in the days before, {now:.2f} as traded"


def _why_moved(found: Drift) -> str:
    if found.moved is None:
        return "no values have a figure over the recent days"
    now = dict(found.best)
    steps = [f"{path.rsplit('.', 1)[-1]} {value} to {now[path]}" for path, value in found.present]
    return f"{found.moved:.2f}: best of the recent days, {', '.join(steps)}"


def _why_new(found: Drift) -> str:
    new = [
        f"{symbol}: {one.feature} {one.before:.4f} to {one.recent:.4f}, by chance {one.probability:.2g}"
        for symbol, each in found.shifts.items() for one in each or () if one.is_new
    ]  # fmt: skip
    if new:
        return "; ".join(new)
    least = f"{regime.FEWEST_BEFORE} days before and {regime.FEWEST_RECENT} recent ones are needed"
    return "days are as before" if any(found.shifts.values()) else f"too few days: {least}"
