"""Makers that the tests of the compiled twin share: runs without a file, markets from a seed, where to compile to.

All tests of one tree compile once: compiled code lies in `.reports/numba` under the hash of our code, and a lock
lets the workers of a session wait for the first.
"""

import fcntl
import functools
import os
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

import openbell.core
import openbell.parts
from openbell.core.events import Schedule
from openbell.core.risk import Rule
from openbell.core.spec import DeploymentSpec, ExitSpec, RunSpec, SizeSpec
from openbell.core.strategy import StockStrategy
from openbell.core.types import Instrument
from openbell.edges.calendars import sessions
from openbell.edges.feeds.table import BarTable
from openbell.parts.kernels import layout as k
from openbell.parts.kernels.compiling import UNCOUNTED
from openbell.parts.kernels.grids import grids
from openbell.parts.rules import daily_loss, drawdown, duplicate, kill, max_position, max_positions, session_hours
from openbell.parts.strategies import ema_cross
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run import assemble
from openbell.run.assemble import Prepared
from openbell.run.compiled import Twin, use_cache
from openbell.run.parts import bind_rule, source_hash
from openbell.run.source import Source, behind_last_bar
from openbell.run.twin_result import STATUS
from openbell.run.verified import verify
from openbell.schema import PartConfig
from tests.core.build import T0, account_spec, d, deployment_spec, instrument, run_spec
from tools.tree import ROOT

CACHE = ROOT / ".reports" / "numba"
MINUTE_NS = 60_000_000_000
RULES = (kill, session_hours, daily_loss, max_position, max_positions, duplicate, drawdown)
SEEN = (("seen", "f8", 1), ("bars", "i8", 1))
GAVE_UP = ("", STATUS[k.TOO_LARGE], STATUS[k.SOLD_OUT], STATUS[k.EXPOSED], STATUS[k.WATCHED])
"""Why a twin of a random run may leave it to the plain engine half way."""
CODE = source_hash(Path(openbell.core.__path__[0]), Path(openbell.parts.__path__[0]))


def begin() -> None:
    """Compile the loop, or load it, before the first test needs it; call it where a test file is imported."""
    use_cache(CACHE, CODE)


@functools.cache
def compiled_once() -> None:
    """Compile the loop, and what only some runs need, while every other worker waits for it."""
    begin()
    from openbell.parts.kernels.apart import APART
    from openbell.parts.kernels.entrance import LOOP, make
    from openbell.parts.kernels.known import remembering

    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with remembering():
            for number in (LOOP, *range(len(APART.functions))):
                make(number)


# --- strategies -------------------------------------------------------------------------------------------------


def wish(state: Any, params: Any, row: Any) -> tuple[float, int]:
    """Target is what the bar's volume says: 1000 long, 2000 short, 3000 flat, 5000 more of the same; else as before."""
    state.q[0] += 1
    if row.volume != row.volume:
        return float("nan"), 2
    asked = row.volume - float(int(row.volume / 10000.0)) * 10000.0
    if asked >= 1000.0 and asked < 2000.0:
        state.d[0] = 1.0
        return 1.0, 12
    if asked >= 2000.0 and asked < 3000.0:
        state.d[0] = -1.0
        return -1.0, 13
    if asked >= 3000.0 and asked < 4000.0:
        state.d[0] = 0.0
        return 0.0, 14
    if asked >= 5000.0 and asked < 6000.0:
        return state.d[0], 15
    if asked >= 9000.0:
        return float("nan"), 2
    return state.d[0], 1


def stock(step: Any = wish, params: Sequence[float] = (), layout: Any = SEEN) -> StockStrategy:
    """Return a stock strategy made of a function."""
    return StockStrategy(kind=step.__name__, layout=layout, params=array("d", params), step=step)


def cross(fast: int = 12, slow: int = 26) -> StockStrategy:
    """Return the strategy of the benchmark."""
    return stock(ema_cross.step, (fast, slow), ema_cross.STATE)


def rule(module: Any, **options: Any) -> Rule:
    """Return a rule bound to its options, without the stages that have no twin."""
    stages = ("reduce", "flatten") if hasattr(module, "stages") else ()
    options = {stage: "off" for stage in stages if stage in module.Config.model_fields} | options
    config: PartConfig = module.Config(**options)
    return bind_rule(module.__name__.rpartition(".")[2], module, config)


# --- runs -------------------------------------------------------------------------------------------------------


@functools.cache
def _loaded() -> Any:
    loaded, _ = assemble.read(ROOT / "examples" / "demo" / "config.yaml", os.environ)
    return loaded


def prepared(
    spec: RunSpec, strategies: dict[str, StockStrategy], rules: Sequence[Rule] = (), venue: VenueOptions | None = None
) -> Prepared:
    """Return a run of `spec`; every account trades on the same kind of venue."""
    return Prepared(
        loaded=_loaded(),
        spec=spec,
        strategies=dict(strategies),
        rules=tuple(rules),
        venues={name: venue or VenueOptions() for name in spec.accounts},
        hashes={},
        code=CODE,
    )


def table(symbol: str, prices: Any, ts: Any = None, volume: Any = None) -> BarTable:
    """Return one-minute bars from an array of (open, high, low, close); closes a minute apart from `T0` on."""
    grid = np.array(prices, float)
    stamps = T0 + MINUTE_NS * (1 + np.arange(len(grid))) if ts is None else ts
    units = np.zeros(len(grid)) if volume is None else volume
    columns = [np.ascontiguousarray(grid[:, n]) for n in range(4)]
    return BarTable(
        symbol=symbol,
        interval_ns=MINUTE_NS,
        ts=np.array(stamps, np.int64),
        open=columns[0],
        high=columns[1],
        low=columns[2],
        close=columns[3],
        volume=np.array(units, float),
    )


def source(spec: RunSpec, tables: Sequence[BarTable], schedule: Sequence[Schedule] | None = None) -> Source:
    """Return what a run is told; without a schedule, days that never close."""
    if schedule is None:
        start, end = min(int(t.open_ts[0]) for t in tables), max(int(t.ts[-1]) for t in tables)
        schedule = [e for e in behind_last_bar(sessions("24x7", start, end)) if e.ts <= end + 1]
    return Source(tables=list(tables), schedule=list(schedule), digest="", notes=())


def one(volumes: Sequence[float], prices: Any = None, **changes: Any) -> tuple[Prepared, Source]:
    """Return a run of one pair whose bars carry its targets as volumes; `changes` as the makers of core tests."""
    grid = prices if prices is not None else [(100.0, 100.5, 99.5, 100.0)] * len(volumes)
    rules, venue = changes.pop("rules", ()), changes.pop("venue", None)
    thing, account = changes.pop("thing", {}), changes.pop("account", {})
    spec = run_spec(
        deployment_spec("alpha", **{"can_short": True, **changes}),
        instruments=[instrument("AAPL", **thing)],
        accounts=[account_spec(**account)],
    )
    return prepared(spec, {"alpha": stock()}, rules, venue), source(spec, [table("AAPL", grid, volume=volumes)])


# --- the benchmark's workloads ----------------------------------------------------------------------------------


def bench_bars(count: int = 1_000_000) -> dict[str, Any] | None:
    """Return the benchmark's bars, None where they have not been made."""
    path = Path(os.environ.get("BENCH_DATA", "")) / f"one_{count}.npz"
    if "BENCH_DATA" not in os.environ or not path.is_file():
        return None
    return dict(np.load(path))


def seeded_bars(count: int, seed: int = 7) -> dict[str, Any]:
    """Return invented bars of the same nature."""
    draws = np.random.default_rng(seed)
    noise = draws.standard_normal(count) * 0.006
    close = np.empty(count)
    x = 0.0
    for n, step in enumerate(noise.tolist()):
        x += step - 6e-4 * x
        close[n] = x
    close = 100.0 * np.exp(close)
    open_ = np.concatenate(([100.0], close[:-1])) * np.exp(draws.standard_normal(count) * 0.0006)
    high = np.maximum(open_, close) * np.exp(np.abs(draws.standard_normal(count)) * 0.003)
    low = np.minimum(open_, close) * np.exp(-np.abs(draws.standard_normal(count)) * 0.003)
    o, h, low, c = (np.round(column, 2) for column in (open_, high, low, close))
    return {
        "o": o,
        "h": np.maximum(h, np.maximum(o, c)),
        "l": np.minimum(low, np.minimum(o, c)),
        "c": c,
        "v": np.full(count, 1000.0),
    }


def workload(name: str, bars: dict[str, Any]) -> tuple[Prepared, Source]:
    """Return W1 or W2 of the benchmark over bars of one instrument."""
    is_first = name == "W1"
    cash = d(1_000_000 if is_first else 100_000_000)
    size = SizeSpec(kind="quantity", value=d(1)) if is_first else SizeSpec(kind="notional", value=d(10_000))
    exits = ExitSpec() if is_first else ExitSpec(stop_loss=d("0.02"), take_profit=d("0.05"))
    spec = run_spec(
        DeploymentSpec(
            name="cross",
            account="main",
            strategy="ema_cross",
            instruments=("SPY",),
            interval=MINUTE_NS,
            capital=cash,
            size=size,
            exits=exits,
        ),
        instruments=[Instrument(symbol="SPY")],
        accounts=[account_spec(cash={"USD": cash})],
    )
    venue = VenueOptions(fees=FeeModel(kind="per_notional", rate=d("0.001")))
    first = 1_600_000_000_000_000_000 // MINUTE_NS * MINUTE_NS
    ts = first + MINUTE_NS * (1 + np.arange(len(bars["c"]), dtype=np.int64))
    prices = np.column_stack([bars[key] for key in "ohlc"])
    made = prepared(spec, {"cross": cross()}, (), venue)
    return made, source(spec, [table("SPY", prices, ts, bars["v"])])


# --- looking at the outcome -------------------------------------------------------------------------------------


def twin_of(run: tuple[Prepared, Source]) -> Twin:
    """Return a run's twin after its end."""
    compiled_once()
    twin = Twin(*run)
    assert twin.run() == ""
    return twin


def orders_of(twin: Twin) -> list[list[int]]:
    """Return the rows of the order log."""
    return twin.state.log[k.ORDERS, : twin.state.g[k.COUNTER, 0]].tolist()


def fills_of(twin: Twin) -> list[list[int]]:
    """Return the rows of the fill log."""
    return twin.state.log[k.EXECUTIONS, : twin.state.g[k.FILLS, 0]].tolist()


def same(run: tuple[Prepared, Source]) -> Twin:
    """Return the twin of a run after both engines have agreed on it."""
    compiled_once()
    found = verify(*run, CACHE)
    assert (found["reason"], found["difference"], found["equal"]) == ("", "", True)
    return twin_of(run)


def opened(function: Any) -> Any:
    """Return a kernel with a way in from Python; by itself it has none."""

    @njit(**UNCOUNTED)
    def call(*args: Any) -> Any:
        return function(*grids(args))

    return call


def flat(count: int, px: float = 100.0) -> list[tuple[float, float, float, float]]:
    """Return bars that do not move."""
    return [(px, px, px, px)] * count


LONG, SHORT, FLAT, AGAIN = 1000.0, 2000.0, 3000.0, 5000.0
"""Volumes that ask for a target; AGAIN asks for the same once more."""
