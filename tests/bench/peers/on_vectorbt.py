"""W1 by vectorbt's Rust engine, in an environment of its own: signals by pandas, moved one bar, filled at the next open.

    python on_vectorbt.py BARS.npz

Its statistics are lazy; the final value is asked for. A first small run compiles what Numba has to.
"""

import json
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt


def crossed(close: Any) -> tuple[Any, Any]:
    """Return where the fast average crosses above the slow one, and where below; one bar later."""
    series = pd.Series(close)
    is_above = (series.ewm(span=12, adjust=False).mean() > series.ewm(span=26, adjust=False).mean()).to_numpy()
    found = []
    for is_side in (is_above, ~is_above):
        signal = np.zeros(len(close), bool)
        signal[2:] = is_side[1:-1] & ~is_side[:-2]
        signal[:27] = False
        found.append(signal)
    return found[0], found[1]


def run(opens: Any, closes: Any) -> tuple[int, float]:
    """Return the fills and the value at the end."""
    entries, exits = crossed(closes)
    folio = vbt.Portfolio.from_signals(
        closes, entries, exits, price=opens, size=1.0, fees=0.001, init_cash=1_000_000.0, engine="rust", freq="1min"
    )
    return len(folio.orders.values), float(folio.final_value())


bars = np.load(sys.argv[1])
run(bars["o"][:10_000], bars["c"][:10_000])
begin = time.process_time()
fills, equity = run(bars["o"], bars["c"])
spent = time.process_time() - begin
print(json.dumps({"version": vbt.__version__, "seconds": spent, "fills": fills, "equity": equity}))
