"""Both engines beside each other: every order, every fill, every figure."""

import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from openbell.core import events as ev
from openbell.core.effects import Effect, Submit
from openbell.run.assemble import Prepared
from openbell.run.backtest import backtest
from openbell.run.compiled import Twin, cache_place, telling, use_cache, why_plain
from openbell.run.results import Result
from openbell.run.source import Source

OWN_FIGURES = frozenset({"engine", "engine_reason", "events_per_s"})
"""Figures in which the two engines may differ."""


def verify(
    prepared: Prepared,
    source: Source,
    cache: Path | None = None,
    progress: Callable[[int], bool | None] | None = None,
    tell: Callable[[int, int], object] | None = None,
) -> dict[str, Any]:
    """Run both engines and compare all they say: every order, every fill, every figure.

    Arguments are those of `run.compiled.backtest_auto`.

    Returns:
        `equal`; `reason`, why there is no twin to compare with, else empty; `difference`, the first one found, in
        words; `plain` and `compiled`, the figures of both, null for one that has not run. Where there is no twin
        nothing differs, so `equal` is true.
    """
    from openbell.run import twin_result

    use_cache(cache_place(cache), prepared.code)
    found: dict[str, Any] = {"equal": True, "reason": "", "difference": "", "plain": None, "compiled": None}
    reason = why_plain(prepared, source)
    if reason:
        return found | {"reason": f"there is no compiled twin: {reason}"}
    twin = Twin(prepared, source)
    begin = time.perf_counter()
    with telling(tell):
        reason = twin.run()
    elapsed = time.perf_counter() - begin
    if reason:
        return found | {"reason": f"the compiled twin gave up: {reason}"}
    ours = twin_result.result_of(twin, elapsed).figures
    plain, orders, fills = _plain_run(prepared, source, progress)
    if not plain.is_complete:
        return found | {"reason": "the plain engine was stopped before its end"}
    figures = plain.figures
    difference = (
        first_difference("order", orders, twin_result.order_rows(twin))
        or first_difference("fill", fills, twin_result.fill_rows(twin))
        or _figures_differ(figures, ours)
    )
    return found | {"equal": not difference, "difference": difference, "plain": figures, "compiled": ours}


Row = dict[str, object]


def _plain_run(
    prepared: Prepared, source: Source, progress: Callable[[int], bool | None] | None
) -> tuple[Result, list[Row], list[Row]]:
    """Run the plain engine and return its result, and a row for each order and each fill."""
    from openbell.run.twin_result import fill_row, order_row

    orders: list[Row] = []
    fills: list[Row] = []

    def look(event: ev.Event, effects: list[Effect]) -> None:
        orders.extend(order_row(effect, event.ts) for effect in effects if type(effect) is Submit)
        if type(event) is ev.Fill:
            fills.append(fill_row(event))

    return backtest(prepared, source, progress, watchers=(look,)), orders, fills


def first_difference(sort: str, plain: Iterable[Row], ours: Iterable[Row]) -> str:
    """Return the first row in which two logs differ, in both versions; empty for none."""
    left, right = list(plain), list(ours)
    for number, (one, other) in enumerate(zip(left, right, strict=False), 1):
        if one != other:
            names = [name for name in one if one[name] != other[name]]
            pair = "; ".join(f"{name} {_shown(one[name])} plain, {_shown(other[name])} compiled" for name in names)
            return f"{sort} {number} at ts {one['ts']}: {pair}"
    if len(left) == len(right):
        return ""
    longer, name = (left, "plain") if len(left) > len(right) else (right, "compiled")
    row = longer[min(len(left), len(right))]
    text = ", ".join(f"{key} {_shown(value)}" for key, value in row.items())
    return f"only the {name} engine has {sort} {min(len(left), len(right)) + 1}: {text}"


def _shown(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _figures_differ(plain: dict[str, Any], ours: dict[str, Any]) -> str:
    for name in sorted((plain.keys() | ours.keys()) - OWN_FIGURES):
        if plain.get(name) != ours.get(name):
            return f"{name}: {plain.get(name)} plain, {ours.get(name)} compiled"
    return ""
