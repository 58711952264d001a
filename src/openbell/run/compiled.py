"""The compiled twin of a backtest: which runs have one, how it is fed, and what it says in the engine's own terms."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from openbell.core.strategy import StockStrategy
from openbell.core.types import E8, OrderType, Tif, units
from openbell.run.assemble import Prepared
from openbell.run.results import Result
from openbell.run.source import Source

LARGEST = 1 << 62
"""No product in the kernels may reach this."""
MAX_LOTS = (1 << 31) - 1
STEPS = 8


def why_plain(prepared: Prepared, source: Source) -> str:
    """Return why a run has no compiled twin, in words; empty when it has one."""
    spec = prepared.spec
    if len(spec.accounts) != 1:
        return "more than one account"
    (account,) = spec.accounts.values()
    options = prepared.venues[account.name]
    checks = (
        (account.venue != "sim", "orders do not go to the simulated exchange"),
        (account.netting, "netting is allowed"),
        (bool(options.latency), "the venue has latency"),
        (bool(options.participation), "fills are bounded by volume"),
        (any(i.currency != account.currency for i in spec.instruments.values()), "more than one currency"),
        (any(t.bid is not None for t in source.tables), "the data have two sides"),
        (len({t.symbol for t in source.tables}) != len(source.tables), "an instrument has bars of two lengths"),
        (len(spec.deployments) > STEPS, f"more than {STEPS} deployments"),
        (spec.max_jump != 10.0, "the jump limit is not the usual one"),
    )
    for is_so, why in checks:
        if is_so:
            return why
    return _odd_deployment(prepared) or _odd_rule(prepared) or _too_large(prepared, source)


def _odd_deployment(prepared: Prepared) -> str:
    for name, deployment in prepared.spec.deployments.items():
        exits = deployment.exits
        if not isinstance(prepared.strategies[name], StockStrategy):
            return f"{name} runs a free strategy"
        if deployment.entry_type is not OrderType.MARKET or deployment.entry_tif is not Tif.GTC:
            return f"{name} does not enter with market orders"
        if exits.has_trail or exits.needs_atr:
            return f"{name} has trailing stops or distances in average true ranges"
    return ""


def _odd_rule(prepared: Prepared) -> str:
    from openbell.parts.kernels.layout import RULES

    kinds = [rule.kind for rule in prepared.rules]
    odd = [kind for kind in kinds if kind not in RULES]
    if odd:
        return f"rule {odd[0]} has no compiled twin"
    return "a rule stands twice" if len(set(kinds)) != len(kinds) else ""


def _too_large(prepared: Prepared, source: Source) -> str:
    """Return why the whole numbers of a run could pass 2^62; empty when they cannot."""
    from openbell.run.twin_layout import lot_value

    spec = prepared.spec
    (account,) = spec.accounts.values()
    # Equity can grow; a hundred times the opening is more than any limit here lets through unnoticed.
    most = units(account.cash[account.currency], E8) * 100
    largest_ratio = max((abs(p) for rule in prepared.rules for p in rule.params if p < 10**9), default=1)
    if most * max(largest_ratio, 1000) >= LARGEST * 100:
        return "equity times a limit could pass 2^62"
    for table in source.tables:
        instrument = spec.instruments[table.symbol]
        num, den = lot_value(instrument)
        finite = table.high[np.isfinite(table.high)]
        lowest = table.low[np.isfinite(table.low) & (table.low > 0)]
        if not len(finite) or not len(lowest):
            return f"{table.symbol} has no sound price"
        px = int(float(finite.max()) * instrument.steps) + 1
        cheapest = max(int(float(lowest.min()) * instrument.steps), 1)
        lots = most // 100 * int(account.leverage * 2 + 2) * den // (cheapest * num) + 1
        if lots > MAX_LOTS or lots * px * num >= LARGEST or most // 100 * den * 10_000 >= LARGEST:
            return f"quantity times price of {table.symbol} could pass 2^62"
    return ""


def use_cache(folder: Path, code: str) -> None:
    """Let compiled code be kept in `folder`, apart for every version of our code; call it before numba is imported."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / code[:16]))


class Twin:
    """A run as the kernels see it: numbers for names, whole numbers for money."""

    def __init__(self, prepared: Prepared, source: Source) -> None:
        """Lay a run out in arrays."""
        from openbell.run import twin_layout

        self.prepared = prepared
        self.source = source
        self.state, self.pairs = twin_layout.lay_out(prepared, source)

    def run(self) -> int:
        """Run the compiled loop and return its status: 0, or why the plain engine has to do it."""
        from openbell.parts.kernels.compiling import compiled_step
        from openbell.parts.kernels.entrance import run_loop

        made: dict[Any, Any] = {}
        functions = []
        for strategy in self.prepared.strategies.values():
            step = strategy.step  # type: ignore[union-attr]  # only stock strategies come here
            functions.append(made.setdefault(step, compiled_step(step)) if step not in made else made[step])
        padded = tuple(functions + [functions[0]] * (STEPS - len(functions)))
        return int(run_loop(self.state, padded))


def backtest_auto(prepared: Prepared, source: Source, progress: Callable[[int], None] | None = None) -> Result:
    """Run the compiled twin where there is one, the plain engine else; `engine` and `engine_reason` say which."""
    from openbell.run.backtest import backtest

    reason = why_plain(prepared, source)
    if not reason:
        result = compiled_backtest(prepared, source)
        if not isinstance(result, str):
            return result
        reason = result
    plain = backtest(prepared, source, progress)
    plain.figures["engine_reason"] = reason
    return plain


def compiled_backtest(prepared: Prepared, source: Source) -> Result | str:
    """Return the compiled twin's result, or in words why it gave up half way."""
    from openbell.run import twin_result

    begin = time.perf_counter()
    twin = Twin(prepared, source)
    status = twin.run()
    if status:
        return twin_result.STATUS[status]
    return twin_result.result_of(twin, time.perf_counter() - begin)


