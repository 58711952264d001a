"""The runs that the benchmark of the compiled engine measures."""

from collections.abc import Iterable

import msgspec
import numpy as np

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.events import Bar
from openbell.core.spec import DeploymentSpec, SizeSpec
from openbell.core.strategy import FreeStrategy, View
from openbell.core.types import Instrument
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.assemble import Prepared
from openbell.run.source import Source
from tests.bench.data import Columns
from tests.core.build import account_spec, d, run_spec
from tests.parts.kernels.build import MINUTE_NS, cross, prepared, source, table, workload

Run = tuple[Prepared, Source]
GRID = tuple((fast, slow) for fast in range(5, 45) for slow in range(50, 300, 10))
"""W4: lengths of both averages, bars."""
FIRST = 1_600_000_000_000_000_000 // MINUTE_NS * MINUTE_NS


def crossing(run: Run, fast: int, slow: int) -> Run:
    """Return a run of one deployment with other lengths of its averages (bars)."""
    return msgspec.structs.replace(run[0], strategies={"cross": cross(fast, slow)}), run[1]


def many(bars: Columns, chosen: Iterable[int]) -> Run:
    """Return W3 over some of the hundred instruments: 10,000 USD each, one cash account of ten million."""
    names, cash = {f"S{n:02d}": n for n in chosen}, d(10_000_000)
    spec = run_spec(
        DeploymentSpec(
            name="cross",
            account="main",
            strategy="ema_cross",
            instruments=tuple(names),
            interval=MINUTE_NS,
            capital=cash,
            size=SizeSpec(kind="notional", value=d(10_000)),
        ),
        instruments=[Instrument(symbol=name) for name in names],
        accounts=[account_spec(cash={"USD": cash})],
    )
    venue = VenueOptions(fees=FeeModel(kind="per_notional", rate=d("0.001")))
    ts = FIRST + MINUTE_NS * (1 + np.arange(bars["c"].shape[1], dtype=np.int64))
    tables = [
        table(name, np.column_stack([bars[key][n] for key in "ohlc"]), ts, bars["v"][n]) for name, n in names.items()
    ]
    return prepared(spec, {"cross": cross()}, (), venue), source(spec, tables)


class Averages(msgspec.Struct):
    """Memory of the free cross: both averages, the bars seen, and whether the fast one was above."""

    fast: float = 0.0
    slow: float = 0.0
    bars: int = 0
    is_above: bool = False


def decide(config: None, state: Averages, bar: Bar, view: View) -> list[Intent]:
    """Be long after a cross up and flat after a cross down, as W1, in plain Python."""
    close = bar.close
    if state.bars:
        state.fast += 2.0 / 13.0 * (close - state.fast)
        state.slow += 2.0 / 27.0 * (close - state.slow)
    else:
        state.fast = state.slow = close
    is_above = state.fast > state.slow
    has_crossed = is_above != state.is_above and state.bars >= 26
    state.is_above = is_above
    state.bars += 1
    if not has_crossed:
        return []
    reason = Code.SIGNAL_LONG if is_above else Code.SIGNAL_FLAT
    return [Intent(instrument=bar.instrument, target=1.0 if is_above else 0.0, reason=reason)]


def free(bars: Columns) -> Run:
    """Return W1 with the same cross as a free strategy."""
    run = workload("W1", bars)
    strategy = FreeStrategy(kind="cross", config=None, state=Averages, state_type=Averages, decide=decide)
    return msgspec.structs.replace(run[0], strategies={"cross": strategy}), run[1]
