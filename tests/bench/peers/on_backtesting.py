"""W1 by backtesting.py, in an environment of its own: `next` for each bar in Python, orders at the next open.

    python on_backtesting.py BARS.npz

Averages are computed before the run, as its own examples do. The statistics that it always computes are part of the run.
"""

import json
import sys
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")

import backtesting  # noqa: E402  # its import warns where no notebook is
from backtesting import Backtest, Strategy  # noqa: E402


def mean(closes: Any, span: int) -> Any:
    """Return an exponential average."""
    return pd.Series(closes).ewm(span=span, adjust=False).mean().to_numpy()


class Cross(Strategy):
    """Long one unit after a cross up, flat after a cross down."""

    def init(self) -> None:
        """Compute both averages."""
        self.fast = self.I(mean, self.data.Close, 12, plot=False)
        self.slow = self.I(mean, self.data.Close, 26, plot=False)

    def next(self) -> None:
        """Take one bar."""
        if len(self.data) <= 26:
            return
        fast, slow = self.fast, self.slow
        if fast[-1] > slow[-1]:
            if fast[-2] <= slow[-2] and not self.position:
                self.buy(size=1)
        elif fast[-2] > slow[-2] and self.position:
            self.position.close()


bars = np.load(sys.argv[1])
columns = {"Open": bars["o"], "High": bars["h"], "Low": bars["l"], "Close": bars["c"], "Volume": bars["v"]}
stamps = pd.to_datetime(1_600_000_020_000_000_000 + 60_000_000_000 * np.arange(len(bars["c"])))
frame = pd.DataFrame(columns, index=stamps)
backtesting.backtesting._tqdm = lambda given, **_: given
begin = time.process_time()
told = Backtest(frame, Cross, cash=1_000_000, commission=0.001, finalize_trades=False).run()
spent = time.process_time() - begin
fills = 2 * len(told["_trades"]) + len(told._strategy.trades)
equity = float(told["Equity Final [$]"])
print(json.dumps({"version": backtesting.__version__, "seconds": spent, "fills": fills, "equity": equity}))
