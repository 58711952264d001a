"""The compiled twin of a backtest: which runs have one, and when it is used."""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from openbell.core.spec import ExitSpec
from openbell.core.strategy import FreeStrategy, StockStrategy
from openbell.core.types import E8, ZERO, Caps, Instrument, OrderType, Tif, is_multiple
from openbell.run.ahead import compile_ahead, processors
from openbell.run.assemble import Prepared
from openbell.run.backtest import backtest
from openbell.run.collector import rare_collections
from openbell.run.results import Result
from openbell.run.source import Source
from openbell.run.state import home

if TYPE_CHECKING:
    from openbell.parts.kernels.layout import State
    from openbell.run.twin_layout import Bounds

FEW_BARS = 100_000
"""Below this many bars `auto` does not begin to compile: the plain engine is done sooner."""
LEAST_BARS = 15_000
"""Below this many it does not even load what has been compiled: that takes some four tenths of a second."""
FOLDERS = 2
"""Folders of compiled code that are kept: this code's and one before, for going back and forth between two."""
READY = "ready"


# --- which runs have a twin -------------------------------------------------------------------------------------


def why_plain(prepared: Prepared, source: Source) -> str:
    """Return why a run has no compiled twin, in words; empty when it has one.

    What only shows while running (a target between flat and full, numbers that grow too large …) makes the twin
    give up half way instead; the run then begins anew on the plain engine.
    """
    spec = prepared.spec
    if len(spec.accounts) != 1:
        return "more than one account"
    (account,) = spec.accounts.values()
    options, instruments = prepared.venues[account.name], spec.instruments.values()
    money = (
        account.cash[account.currency], options.fees.minimum,
        *(amount for own in spec.deployments.values() for amount in (own.capital, own.max_value, own.max_loss)),
    )  # fmt: skip
    checks = (
        (account.venue != "sim", "orders do not go to the simulated exchange"),
        (account.netting, "netting is allowed"),
        (account.caps != Caps(), "the venue cannot do all that the simulated one can"),
        (account.cash[account.currency] <= 0, "the account begins without cash"),
        (bool(options.latency), "the venue has latency"),
        (bool(options.participation), "fills are bounded by volume"),
        (options.spread >= 1 or options.slippage >= 1, "spread or slippage is the whole price"),
        (any(i.currency != account.currency for i in instruments), "more than one currency"),
        (not all(is_multiple(amount, E8) for amount in money), "an amount of money is finer than 1e-8"),
        (bool(spec.subscriptions), "its data have a maximum age"),
    )
    from openbell.run.twin_rules import odd_rule

    found = next((why for is_so, why in checks if is_so), "")
    found = found or _odd_deployment(prepared) or odd_rule(prepared) or _odd_source(prepared, source)
    found = found or next((why for i in instruments if (why := _odd_instrument(i))), "")
    return found or _odd_machine(prepared, source)


def _odd_deployment(prepared: Prepared) -> str:
    from openbell.run.twin_free import extra_hook

    for name, deployment in prepared.spec.deployments.items():
        exits = deployment.exits
        strategy = prepared.strategies[name]
        if not isinstance(strategy, StockStrategy) and (hook := extra_hook(strategy)):
            return f"{name} runs a free strategy with {hook}"
        if isinstance(strategy, StockStrategy) and strategy.step.__closure__:
            return f"{name} warms up for longer than its strategy needs, or is asked before a bar has closed"
        if deployment.entry_type is not OrderType.MARKET or deployment.entry_tif is not Tif.GTC:
            return f"{name} does not enter with market orders that last"
        if (exits.stop_loss and exits.stop_atr) or len([away for away in trails(exits) if away]) > 1:
            return f"{name} states one stop in two ways"
        if min(exits.stop_loss, exits.stop_atr, *trails(exits), exits.take_profit) < 0 or deployment.size.value <= 0:
            return f"{name} has a size or a distance below zero"
        if deployment.size.kind == "notional" and not is_multiple(deployment.size.value, E8):
            return f"{name} has a size finer than 1e-8"
    return ""


def trails(exits: ExitSpec) -> tuple[Decimal, Decimal, Decimal]:
    """Return the three ways of stating how far a trailing stop is."""
    return exits.trail_frac, exits.trail_amount, exits.trail_atr


def _odd_source(prepared: Prepared, source: Source) -> str:
    from openbell.run.twin_layout import has_odd_instants, has_odd_schedule, wants_instants

    if source.actions:
        return "splits, dividends or other names happen to what is traded"
    if any(t.bid is not None or t.ask is not None for t in source.tables):
        return "the data have two sides"
    if len({t.symbol for t in source.tables}) != len(source.tables):
        return "an instrument has bars of two lengths"
    if any(t.spans is not None and len(np.unique(t.spans)) > 1 for t in source.tables):
        return "bars are of uneven length"
    if any(len(t) and int(t.open_ts.min()) <= 0 for t in source.tables):
        return "there are bars from before 1970"
    lengths = {t.symbol: t.interval_ns for t in source.tables}
    asked = [(s, d.interval) for d in prepared.spec.deployments.values() for s in d.instruments]
    if any(lengths.get(symbol, interval) != interval for symbol, interval in asked):
        return "a deployment takes bars of another length than there are"
    if not source.tables or any(symbol not in prepared.spec.instruments for symbol in lengths):
        return "there are no bars, or bars of an unknown instrument"
    if wants_instants(prepared) and has_odd_instants(source):
        return "bars are out of order, and a strategy takes those of one instant together"
    return "the ends of sessions contradict their begins" if has_odd_schedule(source) else ""


def _odd_instrument(instrument: Instrument) -> str:
    ticks = [band.tick for band in instrument.bands]
    edges = [(band.above, *ticks[max(n - 1, 0) : n + 1]) for n, band in enumerate(instrument.bands)]
    if not instrument.positive:
        return f"prices of {instrument.symbol} may fall below zero"
    if not all(is_multiple(tick, instrument.quantum) for tick in ticks):
        return f"order ticks of {instrument.symbol} are no whole price quanta"
    if any(not is_multiple(above, tick) for above, *around in edges for tick in around):
        return f"order ticks of {instrument.symbol} change between ticks"
    if instrument.bands[0].above != ZERO or instrument.lot <= 0 or instrument.multiplier <= 0:
        return f"{instrument.symbol} has no usual lots, ticks or multiplier"
    return ""


def _odd_machine(prepared: Prepared, source: Source) -> str:
    from openbell.run.twin_bounds import bounds_of

    found = bounds_of(prepared, source)
    if isinstance(found, str):
        return found
    from openbell.parts.kernels.arith import is_exact

    return "" if is_exact() else "this machine's compiler rounds a product and a sum only once"


# --- compiled code on disk --------------------------------------------------------------------------------------


def use_cache(folder: Path, code: str) -> Path:
    """Let compiled code be kept in `folder`, apart for every version of code and compiler.

    Numba notices a change of a function's own file but not of what it calls, so the name of the folder has to. Call
    it before kernels are imported: each of them looks for its place then. All but the two newest versions are removed.

    Args:
        folder: Of all versions.
        code: Hash of all code that can change a decision; kernels are among the parts.

    Returns:
        Where this version's compiled code is: below `folder`, or in a folder of its own where that cannot be written.
    """
    versions = "/".join((code, version("numba"), version("numpy"), version("llvmlite"), sys.version))
    place = folder / hashlib.sha256(versions.encode()).hexdigest()[:16]
    try:
        place.mkdir(parents=True, exist_ok=True)
        os.utime(place)
        old = sorted((p for p in folder.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime_ns)[:-FOLDERS]
        for one in old:
            shutil.rmtree(one, ignore_errors=True)
    except OSError:
        place = Path(tempfile.mkdtemp(prefix="openbell-numba-"))
    at_cache(place)
    return place


def at_cache(place: Path) -> None:
    """Let compiled code be kept in just this folder."""
    os.environ["NUMBA_CACHE_DIR"] = str(place)
    if "numba" in sys.modules:
        sys.modules["numba"].config.reload_config()


# --- running it -------------------------------------------------------------------------------------------------


class Twin:
    """A run as the kernels see it: numbers for names, whole numbers for money."""

    def __init__(self, prepared: Prepared, source: Source, like: "Twin | None" = None) -> None:
        """Lay a run out in arrays; it must have a twin.

        Args:
            prepared: The run.
            source: Everything it is told.
            like: Another twin of the same source and instruments, whose bars are used instead of laying them out anew.
        """
        from openbell.run import twin_bounds, twin_layout

        limiting = twin_layout.limiting
        is_alike = like is not None and limiting(prepared) == limiting(like.prepared)
        bounds = like.bounds if like is not None and is_alike else twin_bounds.bounds_of(prepared, source)
        if isinstance(bounds, str):
            raise ValueError(bounds)
        self.prepared: Prepared = prepared
        self.source = source
        self.bounds: Bounds = bounds
        self.pairs = twin_layout.pair_names(prepared)
        tape = twin_layout.tape_of(prepared, source, None if like is None else (like.prepared, like.state.tape))
        self.state: State = twin_layout.lay_out(prepared, tape, bounds)

    def run(self) -> str:
        """Run the compiled loop and return why the plain engine has to do it, empty when done."""
        from numba.core.errors import NumbaError

        from openbell.parts.kernels import ranges
        from openbell.parts.kernels.calls import compiled_step, free_step
        from openbell.parts.kernels.entrance import run_loop
        from openbell.run.twin_free import Callers
        from openbell.run.twin_result import STATUS

        functions = []
        for name, strategy in self.prepared.strategies.items():
            try:
                functions.append(free_step() if isinstance(strategy, FreeStrategy) else compiled_step(strategy.step))
            except (NumbaError, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
                return f"the strategy of {name} cannot be compiled: {first_line(error)}"
        functions.append(compiled_step(ranges.step))
        callers = Callers(self)
        try:
            # The compiler makes millions of objects, a tenth of whose time went into looking for cycles.
            with rare_collections():
                compile_ahead(self.state.g)
                status = run_loop(self.state, functions)
        except (ArithmeticError, AssertionError, LookupError, RuntimeError, TypeError, ValueError) as error:
            return f"a strategy raised {type(error).__name__}"
        if callers.raised is not None:
            raise callers.raised
        return f"a free strategy: {callers.why}" if callers.why else STATUS[status]


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, or its name where it says nothing."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def backtest_auto(
    prepared: Prepared,
    source: Source,
    progress: Callable[[int], bool | None] | None = None,
    cache: Path | None = None,
    tell: Callable[[int, int], object] | None = None,
) -> Result:
    """Run the compiled twin where there is one, else the plain engine.

    The figures `engine` and `engine_reason` say which.

    The first compiled run of a version takes some seconds to compile, for which the plain engine would play a few
    hundred thousand bars: so a small run does not begin to compile, but uses what has been compiled before; a very
    small one is done before that is loaded.

    Args:
        prepared: The run.
        source: Everything it is told.
        progress: As in `backtest`; the twin is done too soon to tell any.
        cache: Where compiled code is kept, by default below the folder of all state.
        tell: Called while code is compiled, with how many functions are done and about how many there are.
    """
    place = use_cache(cache_place(cache), prepared.code)
    is_ready = (place / READY).exists()
    if source.bars < (LEAST_BARS if is_ready else FEW_BARS):
        reason = (
            f"{'loading compiled code' if is_ready else 'compiling'} would take longer than {source.bars:,} bars do"
        )
    else:
        reason = why_plain(prepared, source)
    if not reason:
        with telling(tell):
            result = compiled_backtest(prepared, source)
        if not isinstance(result, str):
            (place / READY).touch()
            return result
        reason = result
    plain = backtest(prepared, source, progress)
    plain.figures["engine_reason"] = reason
    return plain


@contextmanager
def telling(tell: Callable[[int, int], object] | None) -> Iterator[None]:
    """Call `tell` while code is compiled, with how many functions are done of about how many."""
    from openbell.parts.kernels.compiling import KERNELS, SHARED, told

    about = SHARED if processors() > 1 else KERNELS
    with told(lambda done: tell and tell(done, max(done, about))):
        yield


def cache_place(cache: Path | None) -> Path:
    """Return the folder of all compiled code: as given, else below the folder of all state."""
    return cache if cache is not None else home(os.environ) / "cache" / "numba"


def compiled_backtest(prepared: Prepared, source: Source) -> Result | str:
    """Return the compiled twin's result, or in words why it gave up half way."""
    from openbell.run import twin_result

    begin = time.perf_counter()
    twin = Twin(prepared, source)
    return twin.run() or twin_result.result_of(twin, time.perf_counter() - begin)
